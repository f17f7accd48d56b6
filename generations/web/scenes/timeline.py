"""The timeline of a scene: its clips in order with their cuts, and the two ways to join them. No query."""

from dataclasses import dataclass
from functools import cached_property

from django.urls import reverse

from ...flow.people import capabilities
from ...flow.scenes import join
from ...flow.scenes.join import AT_GOOGLE, HERE, Parts
from ...library.joining import Streams
from ...models import SceneClip
from .. import prompts, words
from ..create.dock import new_key
from ..gallery.tiles import file_url, poster_url
from ..strip.cards import shortened

LONGEST_SHOWN = 16  # seconds; a longer clip is drawn no wider


@dataclass(frozen=True)
class Place:
    """One clip in its place. Seconds are text with one decimal; cuts are per cent of its length."""

    id: int
    label: str
    href: str
    alt: str
    file: str
    poster: str
    ratio: str
    wide: int
    length: str
    left: str
    start: str
    end: str
    cut_start: str
    cut_end: str
    end_at: str
    keys: tuple[str, ...]
    key_seconds: str
    number: int
    is_first: bool
    is_last: bool
    is_chosen: bool


@dataclass(frozen=True)
class Choice:
    """One way to join, as the dock shows it."""

    id: str
    label: str
    is_open: bool
    is_chosen: bool
    why: str
    waits: bool


class Timeline:
    def __init__(self, parts: Parts, chosen: int | None = None) -> None:
        self.parts, self._chosen = parts, chosen
        self.request_key = new_key()
        self.most = capabilities.settings().join_max

    @cached_property
    def places(self) -> list[Place]:
        found = self.parts.places
        ids = [place.pk for place in found]
        chosen = self._chosen if self._chosen in ids else next(iter(ids), None)
        return [
            _place(place, n, len(found), is_chosen=place.pk == chosen) for n, place in enumerate(found, 1)
        ]

    @property
    def hidden(self) -> int:
        return self.parts.hidden

    @property
    def has_room(self) -> bool:
        return len(self.places) + self.hidden < self.most

    @property
    def length(self) -> str:
        return precise(self.parts.length)

    @property
    def ratio(self) -> str:
        return self.places[0].ratio if self.places else "r169"

    @property
    def shape(self) -> str:
        return self.parts.clips[0].generation.ratio if self.places else ""

    @cached_property
    def choices(self) -> list[Choice]:
        """At Google first; the first open one is chosen."""
        ways, found = self.parts.ways, []
        first = next((where for where in (AT_GOOGLE, HERE) if ways[where].is_open), "")
        for where, label in ((AT_GOOGLE, "At Google"), (HERE, "Here")):
            way = ways[where]
            found.append(Choice(where, label, way.is_open, where == first, way.why, way.waits))
        return found

    @property
    def may_join(self) -> bool:
        return any(choice.is_open for choice in self.choices)

    @property
    def waits(self) -> bool:
        return any(choice.waits for choice in self.choices)

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """Why a way is closed; once, when both say the same."""
        closed = [(choice.label, choice.why) for choice in self.choices if choice.why]
        same = len(closed) == 2 and closed[0][1] == closed[1][1]
        return [("", closed[0][1])] if same else closed

    @property
    def notes(self) -> tuple[str, ...]:
        return self.parts.ways[HERE].notes


def precise(seconds: float) -> str:
    """0:21.5"""
    return f"{int(seconds) // 60}:{seconds % 60:04.1f}"


def _place(place: SceneClip, number: int, of: int, *, is_chosen: bool) -> Place:
    clip = place.clip
    length = clip.length or 1.0
    streams = Streams.read(clip.streams) if clip.streams and join.TROUBLE not in clip.streams else None
    keys = streams.keys if streams else ()
    return Place(
        id=place.pk,
        label=clip.label,
        href=reverse("clip", args=[clip.label]),
        alt=f"{clip.label}: {shortened(prompts.said(clip.generation))}",
        file=file_url(clip),
        poster=poster_url(clip, 640),
        ratio=words.nearest_class(clip.width, clip.height),
        wide=min(LONGEST_SHOWN, max(2, round(length))),
        length=f"{length:.1f}",
        left=f"{join.kept(place):.1f}",
        start=f"{place.trim_start:.1f}",
        end=f"{place.trim_end:.1f}",
        cut_start=_per_cent(place.trim_start / length),
        cut_end=_per_cent(place.trim_end / length),
        end_at=_per_cent(1 - place.trim_end / length),
        keys=tuple(_per_cent(key / length) for key in keys if key),
        key_seconds=" ".join(f"{key:g}" for key in keys),
        number=number,
        is_first=number == 1,
        is_last=number == of,
        is_chosen=is_chosen,
    )


def _per_cent(share: float) -> str:
    return f"{min(1.0, max(0.0, share)) * 100:.2f}%"
