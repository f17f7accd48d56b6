"""Where a clip came from and what came of it: a tree of generations, as a nested list with drawn lines.

Columns are steps, rows are branches; the lines between them are SVG whose numbers are counted here, because a
page may carry no style attributes. Only what the person may see is in it. Two steps can be marked, by the
address alone, and are then told apart (differing.py).
"""

from dataclasses import dataclass, field, replace
from typing import Self
from urllib.parse import quote

from django.http import QueryDict
from django.urls import reverse

from ...flow.inputs import lineage
from ...flow.people import capabilities
from ...models import Clip, CreditEntry, Generation, Person, Picture
from ...models.ledger import Kind
from ...models.states import FINISHED, State
from .. import prompts, words
from ..gallery.finding import Search
from ..gallery.tiles import poster_url
from ..strip.cards import LOOKS, shortened
from ..strip.drawing import link
from .differing import Difference, difference

MOST_UP, MOST_DOWN, MOST_ROWS = 30, 10, 120
SHOWN = 3  # branches of one node; the others are folded into +N
PITCH, GAP, MIDDLE, TWIG = (
    84,
    8,
    27,
    54,
)  # pixels: row to row, between rows, to a picture's middle, node to node
RELATIONS = {"gif": "GIF"}


@dataclass(frozen=True)
class Marked:
    """What the address of a clip says of its tree: the marked steps (two at most), and whether it is open."""

    address: str
    asked: Search
    labels: tuple[str, ...] = ()
    whole: bool = False

    @classmethod
    def read(cls, given: QueryDict, clip: Clip) -> Self:
        said = dict.fromkeys(
            label for one in given.getlist("mark")[:9] for label in one.split(",")[:9] if label
        )
        labels = tuple(label[:12] for label in said)[-2:]
        return cls(
            reverse("clip", args=[clip.label]), Search.read(given), labels, given.get("tree") == "whole"
        )

    @property
    def _more(self) -> dict[str, str]:
        return {
            **({"mark": ",".join(self.labels)} if self.labels else {}),
            **({"tree": "whole"} if self.whole else {}),
        }

    @property
    def url(self) -> str:
        return self.asked.at(self.address, **self._more)

    @property
    def packed(self) -> str:
        """The same as one value, for the poller."""
        return quote(self.url.partition("?")[2], safe="")

    def unfolded(self, address: str = "") -> str:
        return replace(self, address=address or self.address, whole=True).url

    def turned(self, label: str) -> str:
        """The address with this step marked too, or no more; a third one takes the place of the first."""
        kept = tuple(one for one in self.labels if one != label)
        return replace(self, labels=kept if label in self.labels else (*kept, label)[-2:]).url

    @property
    def cleared(self) -> str:
        return replace(self, labels=()).url


@dataclass
class Node:
    """One generation, shown by the clip that the next step stands on, else its first ready one."""

    label: str
    relation: str
    href: str
    ratio: str
    alt: str
    poster: str = ""
    state: str = ""  # the word of what is not ready
    icon: str = ""
    is_here: bool = False
    from_frame: str = ""  # start frame of 228a at 0:05
    mark: str = ""  # the address that marks it, or takes the mark away
    is_marked: bool = False
    children: list["Node"] = field(default_factory=list)
    folded: int = 0

    def all(self) -> list["Node"]:
        return [self, *(node for child in self.children for node in child.all())]

    @property
    def rows(self) -> int:
        return max(1, sum(child.rows for child in self.children) + bool(self.folded))

    @property
    def width(self) -> int:
        return TWIG

    @property
    def height(self) -> int:
        return self.rows * PITCH - GAP

    @property
    def twigs(self) -> str:
        """The lines to the children, as the data of an SVG path."""
        paths, row = [], 0
        for size in [child.rows for child in self.children] + [1] * bool(self.folded):
            y = row * PITCH + MIDDLE
            start = f"M0 {MIDDLE}" if row == 0 else f"M{TWIG // 2} {MIDDLE}V{y}"
            paths.append(f"{start}H{TWIG}")
            row += size
        return "".join(paths)


@dataclass
class Family:
    """The tree, and what is said of it."""

    root: Node
    steps: int
    credits: str
    is_moving: bool
    awaits_picture: bool  # something is ready and its poster is being made
    version: int
    folded: int = 0
    whole: str = ""  # the address of the whole tree alone, and of the page with it
    page: str = ""
    marked: str = ""  # the label of the one that is marked so far
    difference: Difference | None = None  # of two
    cleared: str = ""


def family_of(clip: Clip, person: Person, marked: Marked) -> Family | None:
    """The oldest known ancestor and all that came of it; None without relatives."""
    row = clip.generation
    line = _line_up(row, person)
    below = _below(line[0], person)
    by_parent: dict[int, list[Generation]] = {}
    for one in below:
        by_parent.setdefault(one.parent_id, []).append(one)
    if len(line) == 1 and not below:
        return None
    rows = [line[0], *below]
    shown = {lower.parent_id: source for lower in line if (source := lineage.source_of(lower))}
    shown[row.pk] = clip.pk
    tree = _Tree(by_parent, _clips(rows, set(shown.values())), {one.pk for one in line}, row.pk, marked)
    # Not of the oldest: its parent, if it has one, is not the viewer's to see or to hear of.
    tree.frames = lineage.frames_of(below)
    root = tree.node(line[0])
    chosen = tree.marked_rows(rows)
    return Family(
        root,
        steps=len(rows),
        credits=_credits(rows),
        is_moving=any(one.state not in FINISHED for one in rows),
        awaits_picture=any(not node.poster and not node.state for node in root.all()),
        version=max(one.version for one in rows),
        folded=sum(node.folded for node in root.all()),
        whole=marked.unfolded(reverse("clip-family", args=[clip.label])),
        page=marked.unfolded(),
        marked=chosen[0][0] if len(chosen) == 1 else "",
        difference=difference(*chosen, person) if len(chosen) == 2 else None,
        cleared=marked.cleared,
    )


def _line_up(row: Generation, person: Person) -> list[Generation]:
    """From the oldest ancestor that may be seen down to this row."""
    line = [row]
    while line[0].parent_id and len(line) <= MOST_UP:
        parent = Generation.objects.visible_to(person).filter(pk=line[0].parent_id).first()
        if parent is None or parent in line:
            break
        line.insert(0, parent)
    return line


def _below(root: Generation, person: Person) -> list[Generation]:
    found: list[Generation] = []
    level = [root.pk]
    for _ in range(MOST_UP + MOST_DOWN):
        if not level or len(found) >= MOST_ROWS:
            break
        children = Generation.objects.visible_to(person).filter(parent__in=level).order_by("pk")
        level = []
        for child in children[: MOST_ROWS - len(found)]:
            found.append(child)
            level.append(child.pk)
    return found


def _clips(rows: list[Generation], wanted: set[int]) -> dict[int, Clip]:
    """One clip for each row: the wanted one, else the first that is ready."""
    found: dict[int, Clip] = {}
    ready = Clip.objects.ready().filter(generation__in=rows).select_related("generation")
    for clip in ready.order_by("position"):
        if clip.generation_id not in found or clip.pk in wanted:
            found[clip.generation_id] = clip
    return found


@dataclass
class _Tree:
    by_parent: dict[int, list[Generation]]
    clips: dict[int, Clip]
    line: set[int]
    here: int
    marked: Marked
    frames: dict[int, Picture] = field(default_factory=dict)

    def node(self, row: Generation) -> Node:
        children = self.by_parent.get(row.pk, [])
        kept = children if self.marked.whole or len(children) <= SHOWN + 1 else self._kept(children)
        node = self._drawn(row)
        node.children = [self.node(child) for child in kept]
        node.folded = len(children) - len(kept)
        return node

    def _kept(self, children: list[Generation]) -> list[Generation]:
        """The way to where we are, and the newest of the others."""
        ours = [child for child in children if child.pk in self.line]
        others = [child for child in children if child.pk not in self.line]
        kept = {child.pk for child in [*ours, *others[-(SHOWN - len(ours)) :]]}
        return [child for child in children if child.pk in kept]

    def _drawn(self, row: Generation) -> Node:
        clip = self.clips.get(row.pk)
        label = self._label(row)
        look = LOOKS.get(row.state)
        engine = capabilities.engine(row.model)
        first = engine.short if engine else row.model
        return Node(
            label=label,
            relation=RELATIONS.get(row.relation, row.relation) or first,
            href=reverse("clip" if clip else "generation", args=[label]),
            ratio=words.nearest_class(clip.width, clip.height) if clip else words.ratio_class(row.ratio),
            alt=f"{label}: {shortened(prompts.said(row))}",
            poster=poster_url(clip) if clip else "",
            state="" if clip or look is None else look.word,
            icon="" if clip or look is None else look.icon,
            is_here=row.pk == self.here,
            from_frame=self._from_frame(row),
            mark=self.marked.turned(label),
            is_marked=label in self.marked.labels,
        )

    def _label(self, row: Generation) -> str:
        clip = self.clips.get(row.pk)
        return f"{row.label}{clip.letter}" if clip else row.label

    def marked_rows(self, rows: list[Generation]) -> list[tuple[str, Generation]]:
        """The marked steps that are in the tree, the older one first."""
        found = [(self._label(row), row) for row in rows if self._label(row) in self.marked.labels]
        return sorted(found, key=lambda one: one[1].pk)

    def _from_frame(self, row: Generation) -> str:
        """Only where the clip of the frame is that of the parent, which stands in the tree."""
        frame = self.frames.get(row.pk)
        if frame is None or frame.frame_of.generation_id != row.parent_id:
            return ""
        return f"{row.relation} of {frame.frame_of.label} at {words.elapsed(frame.frame_at or 0)}"


def _credits(rows: list[Generation]) -> str:
    """95 credits in this branch: what the ledger says was spent; nothing for make-believe."""
    real = [row.pk for row in rows if not row.is_sandbox]
    entries = CreditEntry.objects.filter(generation__in=real, kind=Kind.SPEND).values_list(
        "amount", flat=True
    )
    total = sum(entries)
    return f"{words.credits(total)} in this branch" if total else ""


# --- a film in pieces ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Link:
    """One piece of a chain of extensions."""

    label: str
    href: str
    ratio: str
    poster: str
    length: str
    is_here: bool


@dataclass(frozen=True)
class Chain:
    """A clip and its extensions up to the one that is shown; `whole` is about how long they are together."""

    links: list[Link]
    whole: str
    scene: str = ""  # the address that puts them in order as a scene


MOST_JOINED = 10
OVERLAP = 1.0  # seconds: an extension begins about so long before its source ends (flow-api.md 10.1)


def chain_of(clip: Clip, person: Person) -> Chain | None:
    """The pieces this extension goes on from, the first one first; None for what extends nothing."""
    pieces = [clip]
    while pieces[0].generation.mode == "extend" and len(pieces) <= MOST_UP:
        source = lineage.source_of(pieces[0].generation)
        before = Clip.objects.visible_to(person).filter(pk=source).select_related("generation").first()
        if before is None or before.generation.state != State.READY:
            break
        pieces.insert(0, before)
    if len(pieces) == 1:
        return None
    whole = sum(piece.length or 0 for piece in pieces) - OVERLAP * (len(pieces) - 1)
    labels = ",".join(piece.label for piece in pieces)
    scene = f"{link('scene-add')}?c={labels}" if link("scene-add") and len(pieces) <= MOST_JOINED else ""
    return Chain([_link(piece, clip) for piece in pieces], words.length(whole), scene)


def _link(piece: Clip, here: Clip) -> Link:
    return Link(
        piece.label,
        reverse("clip", args=[piece.label]),
        words.nearest_class(piece.width, piece.height),
        poster_url(piece),
        words.length(piece.length),
        piece.pk == here.pk,
    )
