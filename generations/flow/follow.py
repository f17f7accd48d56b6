"""Next steps on a clip: what is asked for, what stands against it, and the click (flow-api.md 8.2, 10).

The vendor works on its own original, so the account is always the clip's, and a clip without an original
there (a GIF, a joined film, an enlarged image) has no next step. Each step is a generation like any other:
key, reserve, attempt, states; its parent is the generation of the clip.
"""

from ..catalog import prices, rules
from ..catalog.prices import Price
from ..catalog.request import Input, Request
from ..models import Clip, ClipState, Generation, Person, State
from ..models.states import MOVING
from ..permissions import may_spend_from
from .inputs import lineage
from .intend import Intent, Refusal, write_intent
from .money import budget, quote

RATIOS = {"16:9": 16 / 9, "4:3": 4 / 3, "1:1": 1.0, "3:4": 3 / 4, "9:16": 9 / 16}
STEPS = ("extend", "upscale", "gif")
GONE = ("original_gone", "media_missing")  # classes of failure that say so


def extension(clip: Clip, prompt: str, *, model: str, count: int = 1) -> Request:
    """A piece that goes on where the clip ends; shape and sound follow it (flow-api.md 10.1)."""
    made = Request.from_json(clip.generation.request)
    return Request(
        prompt=prompt.strip(),
        model=model,
        mode="extend",
        ratio=_ratio(clip),
        seconds=prices.extension_seconds(),
        count=count,
        inputs=_standing_on(clip),
        extra={"source_model": made.model},
    )


def larger(clip: Clip, resolution: str) -> Request:
    """The same clip at 1080p or 4K, the same image at 2k or 4k (flow-api.md 10.2, 8.2)."""
    return _copy(clip, "upscale", resolution=resolution)


def moving_picture(clip: Clip) -> Request:
    """An animated GIF of the clip (flow-api.md 10.3)."""
    return _copy(clip, "gif")


def take(clip: Clip, by: Person, request: Request, *, request_key: str) -> Generation:
    """The click. Raises Refusal with what stands against it, NotAllowed, OtherContent."""
    if why := obstacle(clip, by) or _wrong_source(clip, request):
        raise Refusal(why)
    intent = Intent(visibility=clip.generation.visibility)
    made, _ = write_intent(by, clip.generation.account, request, request_key=request_key, intent=intent)
    return made


class Outlook:
    """Prices and obstacles of all next steps of one clip for one person; the database is asked once."""

    def __init__(self, clip: Clip, person: Person) -> None:
        account = clip.generation.account
        self.clip, self.obstacle = clip, obstacle(clip, person)
        self.facts, self.balance = quote.facts_of(account), quote.available(account)
        self.room = budget.Room() if account.is_sandbox else budget.room(person)
        children = Generation.objects.visible_to(person).filter(
            parent=clip.generation_id, mode__in=STEPS, state__in=[State.READY, *MOVING]
        )
        self.children = [child for child in children if lineage.source_of(child) == clip.pk]

    def look(self, request: Request) -> tuple[Price, str]:
        """The price of a step, and why it is not possible ("" when it is)."""
        price = prices.price_of(request, self.facts)
        # The prompt of an extension is still to be written.
        found = (p.sentence for p in rules.problems(request, self.facts) if p.field != "prompt")
        why = self.obstacle or _wrong_source(self.clip, request) or next(found, "")
        if not why and price.credits and self.balance is not None and price.credits > self.balance:
            why = f"Needs {price.credits:,}, you have {max(0, self.balance):,}."
        if not why and (cap := self.room.refuses(price.credits or 0)):
            why = cap.words
        return price, why

    def made_before(self, request: Request) -> Generation | None:
        """The same copy, there or on its way: Google would give the same file again (flow-api.md 10.2)."""
        alike = (child for child in self.children if child.mode == request.mode)
        return next((c for c in alike if Request.from_json(c.request).resolution == request.resolution), None)


def obstacle(clip: Clip, person: Person) -> str:
    """Why nothing can be made of this clip's original at Google by this person; "" when it can."""
    row = clip.generation
    if clip.state != ClipState.READY:
        return "It is not saved yet."
    if not may_spend_from(person, row.account):
        owner = row.account.connection.owner.shown_name
        return f"It lies on {owner}'s account. Ask {owner} to lend it to the team."
    if not clip.media_id:
        return "Google keeps no original of it."
    if _is_gone(clip):
        return f"Google no longer has the original of {clip.label}."
    return ""


def _is_gone(clip: Clip) -> bool:
    """Google said so of an earlier step, and nothing was made of it since."""
    failed = Generation.objects.filter(parent=clip.generation_id, state=State.FAILED, failure__in=GONE)
    return any(lineage.source_of(child) == clip.pk for child in failed.order_by("-pk")[:20])


def _wrong_source(clip: Clip, request: Request) -> str:
    """A larger copy is no original: the vendor takes what it made first. Images neither go on nor move."""
    row = clip.generation
    if clip.kind == "image" and request.mode in ("extend", "gif"):
        return "An image cannot do this. Animate it."
    if row.mode != "upscale" or request.mode not in ("extend", "upscale", "edit"):
        return ""
    before = Clip.objects.filter(pk=lineage.source_of(row)).select_related("generation").first()
    return f"This is a larger copy. Take {before.label if before else 'the clip it was made from'}."


def _copy(clip: Clip, mode: str, *, resolution: str = "") -> Request:
    made = Request.from_json(clip.generation.request)
    seconds = round(clip.length) if clip.length and clip.kind == "video" else None
    return Request(
        prompt=made.prompt,
        model=made.model,
        mode=mode,
        ratio=_ratio(clip),
        seconds=seconds,
        resolution=resolution,
        inputs=_standing_on(clip),
    )


def _standing_on(clip: Clip) -> tuple[Input, ...]:
    return (Input(slot="mediaGenerationId", clip=clip.pk),)


def _ratio(clip: Clip) -> str:
    """One of the five shapes, so that the new card has its place: an edit or `auto` has none of its own."""
    ratio = clip.generation.ratio
    if ratio in RATIOS or not clip.height:
        return ratio
    return min(RATIOS, key=lambda name: abs(RATIOS[name] - clip.width / clip.height))
