"""Join a scene: at the vendor, or here where its clips agree; free both ways, and the result is a clip.

At Google (flow-api.md 10.4): one click, one attempt, like everything that is sent; clips of one account, of
one shape, stored there. Here: a worker copies packets (library/joining.py); for clips of several accounts,
or ones that Google does not have. `ways_of` says what is possible, and why not, before anybody clicks.
"""

from dataclasses import dataclass
from functools import cached_property

from django.db import transaction

from ... import permissions
from ...catalog.request import Input, Request
from ...library import index, joining
from ...library.joining import Part, Streams
from ...library.probe import NotMedia
from ...models import (
    Account,
    Clip,
    ClipState,
    Errand,
    Event,
    Generation,
    Person,
    Scene,
    SceneClip,
    State,
    Team,
    clock,
)
from ...models.errand import ErrandKind
from ...models.generation import Origin, Visibility
from .. import intend
from ..engine import doorbell
from ..inputs import uses
from ..intend import Intent, Refusal
from ..money import settle
from ..people import capabilities, connect

AT_GOOGLE, HERE = "google", "here"
TROUBLE = "trouble"  # in Clip.streams: why its file could not be looked at


def _is_omni(model: str) -> bool:
    known = capabilities.engine(model)
    return known is not None and known.family == "omni"


@dataclass(frozen=True)
class Way:
    """One way to join: possible unless `why` says why not; `waits` while a worker looks at the files.

    `notes` are honest words about what comes out differently from what was asked.
    """

    why: str = ""
    waits: bool = False
    notes: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        return not self.why and not self.waits


class Parts:
    """The clips of a scene as one person sees them, in order, and how they can be joined."""

    def __init__(self, scene: Scene, person: Person) -> None:
        self.scene, self.person = scene, person
        everything = scene.places.select_related("clip__generation__account__connection__owner")
        seen = set(Clip.objects.visible_to(person).filter(places__scene=scene).values_list("pk", flat=True))
        self.places: list[SceneClip] = [place for place in everything if place.clip_id in seen]
        self.hidden = everything.count() - len(self.places)

    @property
    def clips(self) -> list[Clip]:
        return [place.clip for place in self.places]

    @property
    def length(self) -> float:
        """Seconds of the whole, as it is cut."""
        return sum(kept(place) for place in self.places)

    @cached_property
    def unlooked(self) -> list[Clip]:
        """Clips whose files nobody has looked at yet."""
        return [clip for clip in self.clips if clip.streams is None]

    # --- the two ways ----------------------------------------------------------------------------------

    @cached_property
    def ways(self) -> dict[str, Way]:
        return {AT_GOOGLE: self._at_google(), HERE: self._here()}

    def _neither(self) -> str:
        settings = capabilities.settings()
        if not self.person.may_spend:
            return "You may look and comment here, not join. An owner of the team can change that."
        if self.hidden:
            owner = self.scene.person.shown_name
            return f"{self.hidden} of its clips you may not see. Only {owner} can join this scene."
        if len(self.places) < settings.join_min:
            return f"Add at least {settings.join_min} clips."
        return ""

    def _at_google(self) -> Way:
        return Way(self._neither() or self._not_at_google())

    def _not_at_google(self) -> str:
        clips = self.clips
        if lost := next((clip for clip in clips if not clip.media_id), None):
            return f"Google does not have {lost.label}: it was joined or brought in here."
        accounts = {clip.generation.account_id: clip for clip in clips}
        if len(accounts) > 1:
            one, other = [clip.label for clip in accounts.values()][:2]
            return f"{one} and {other} belong to two Google accounts. Google joins clips of one."
        account = clips[0].generation.account
        if not permissions.may_spend_from(self.person, account):
            owner = account.connection.owner.shown_name
            return f"The clips belong to {account.name} of {owner}, which is not lent to you."
        shapes = {clip.generation.ratio: clip for clip in clips}
        if len(shapes) > 1:
            (one, first), (other, second) = list(shapes.items())[:2]
            return f"{first.label} is {one} and {second.label} is {other}. Google joins clips of one shape."
        settings = capabilities.settings()
        omni = next((clip for clip in clips if _is_omni(clip.generation.model)), None)
        if omni and not settings.omni_join:
            return f"{omni.label} is a clip of Omni. Google does not join those; join them here."
        most = settings.trim_max
        for place in self.places:
            if max(place.trim_start, place.trim_end) > most:
                return f"Google cuts at most {most:g} s off each end, and {place.clip.label} loses more."
        return ""

    def _here(self) -> Way:
        if why := self._neither():
            return Way(why)
        if self.unlooked:
            return Way(waits=True)
        for clip in self.clips:
            if TROUBLE in clip.streams:
                return Way(f"{clip.label}: {clip.streams[TROUBLE]}")
        named = [(clip.label, Streams.read(clip.streams)) for clip in self.clips]
        notes = tuple(note for place, (_, streams) in zip(self.places, named, strict=True)
                      if (note := _moved(place, streams)))  # fmt: skip
        return Way(joining.differences(named), notes=notes)

    # --- what is asked for -----------------------------------------------------------------------------

    def request(self, where: str) -> Request:
        """The same clips and cuts are the same request; the two ways are two requests."""
        first = self.clips[0].generation
        models = {clip.generation.model for clip in self.clips}
        extra = {
            "trims": [[place.trim_start, place.trim_end] for place in self.places],
            "lengths": [clip.length or 0 for clip in self.clips],
        }
        return Request(
            prompt=f"{self.scene.name}: {', '.join(clip.label for clip in self.clips)}",
            model=models.pop() if len(models) == 1 else "",
            mode="join",
            ratio=first.ratio,
            seconds=None,
            inputs=tuple(
                Input(f"mediaGenerationId_{n}", clip=clip.pk) for n, clip in enumerate(self.clips, 1)
            ),
            extra=extra | ({"here": True} if where == HERE else {}),
        )

    def intent(self) -> Intent:
        """Whatever holds one private clip is private."""
        private = any(clip.generation.visibility == Visibility.PRIVATE for clip in self.clips)
        visibility = Visibility.PRIVATE if private else self.scene.visibility
        return Intent(visibility=visibility, parent=self.clips[0].generation, relation="joined")


def kept(place: SceneClip) -> float:
    """Seconds that are left of a clip in its place."""
    return max(0.0, (place.clip.length or 0) - place.trim_start - place.trim_end)


def _moved(place: SceneClip, streams: Streams) -> str:
    start = streams.start(place.trim_start)
    if place.trim_start - start < 0.05:
        return ""
    return (
        f"Joined here, {place.clip.label} starts at {start:.1f} s, not at {place.trim_start:.1f} s:"
        " pictures are copied, and only a key frame can stand first."
    )


# --- the click ----------------------------------------------------------------------------------------


def join(scene: Scene, by: Person, where: str, *, request_key: str) -> Generation:
    """One click on Join. Raises Refusal when that way is not possible, NotAllowed, OtherContent."""
    parts = Parts(scene, by)
    way = parts.ways.get(where)
    if way is None:
        raise Refusal("Choose where to join it: at Google, or here.", "where")
    if way.waits:
        raise Refusal("A worker still looks at the clips. Try again in a moment.", "where")
    if way.why:
        raise Refusal(way.why, "where")
    if where == AT_GOOGLE:
        account = parts.clips[0].generation.account
        made, _ = intend.write_intent(
            by, account, parts.request(where), request_key=request_key, intent=parts.intent()
        )
    else:
        made = _write_here(parts, request_key)
    scene.joins.add(made)
    return made


def _write_here(parts: Parts, request_key: str) -> Generation:
    """A generation that goes to no vendor, born while its one clip is on its way from files of ours."""
    person, request, intent = parts.person, parts.request(HERE), parts.intent()
    if known := intend.find(person, request_key, request):
        return known
    account = _account_of(parts.clips)
    source = joining.source_of([Part(p.clip.file, p.trim_start, p.trim_end) for p in parts.places])
    with transaction.atomic():
        version, number = Team.take_numbers(parts.scene.team_id, sandbox=account.is_sandbox)
        made = Generation.objects.create(
            team=parts.scene.team,
            person=person,
            account=account,
            is_sandbox=account.is_sandbox,
            number=number,
            request_key=request_key,
            content_hash=request.fingerprint(),
            request=request.to_json(),
            prompt=request.prompt,
            mode=request.mode,
            kind=request.kind,
            model=request.model,
            ratio=request.ratio,
            origin=Origin.JOINED,
            state=State.SAVING,
            completed_at=clock.now(),
            visibility=intent.visibility,
            parent=intent.parent,
            relation=intent.relation,
            version=version,
        )
        Clip.objects.create(generation=made, position=0, kind="video", source_url=source)
        settle.reserve(made, by=person)
        settle.charge(made, 0, "Joined here.")
        Event.objects.create(
            generation=made, team=made.team, by=person, verb="asked", to_state=State.SAVING, why="joined here"
        )
        uses.note_uses(made, request)
        index.write_new(made)
        transaction.on_commit(lambda: doorbell.hand("save"))
    return made


def _account_of(clips: list[Clip]) -> Account:
    """Whose number it gets: a real account's as soon as one clip is real; sandbox work counts by itself."""
    accounts = [clip.generation.account for clip in clips]
    return next((account for account in accounts if not account.is_sandbox), accounts[0])


# --- looking at files, in a worker --------------------------------------------------------------------


def ask_to_look(parts: Parts, by: Person) -> None:
    """Let a worker look at the files that nobody has looked at yet; repeated asking changes nothing."""
    for generation in {clip.generation for clip in parts.unlooked}:
        connect.ask(ErrandKind.STREAMS, person=by, generation=generation)


def look(errand: Errand) -> tuple[str, dict]:
    """How the files of a generation are made, kept with its clips (an errand of the scene page)."""
    clips = errand.generation.clips.filter(state=ClipState.READY, kind="video", streams__isnull=True)
    for clip in clips:
        try:
            streams = joining.look(clip.file).to_json()
        except NotMedia as trouble:
            streams = {TROUBLE: trouble.sentence}
        except (FileNotFoundError, ValueError):
            streams = {TROUBLE: "Its file is missing on the disk."}
        Clip.objects.filter(pk=clip.pk).update(streams=streams)
    return f"Looked at {len(clips)} clip{'' if len(clips) == 1 else 's'}.", {}


def sources_of(generation: Generation, person: Person) -> list[Clip]:
    """The clips a joined one is made of, in order, as far as this person may see them."""
    if generation.mode != "join":
        return []
    wanted = [given.clip for given in Request.from_json(generation.request).inputs if given.clip]
    seen = Clip.objects.visible_to(person).select_related("generation").in_bulk(wanted)
    return [seen[pk] for pk in wanted if pk in seen]
