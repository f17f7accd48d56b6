"""The next steps of a clip as the page shows them: each with its price, or dashed with the reason.

What a step is and what stands against it is decided in flow/follow.py and the catalog; here it gets words, an
icon and an address. Whoever may not spend is offered nothing that spends.
"""

from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from django.urls import reverse

from ...catalog import engines
from ...catalog.options import use_of
from ...catalog.prices import extension_seconds, price_of
from ...catalog.request import Input, Request
from ...catalog.rules import model_reason, upscale_choices
from ...flow import follow
from ...flow.people import capabilities
from ...models import Clip, Person, State
from .. import prompts, words
from ..create.dock import new_key
from ..strip.drawing import link

COUNTS = (1, 2, 3, 4)
GIF = "image/gif"


@dataclass(frozen=True)
class Step:
    """One button. `href` is a link, `action` a form that sends `fields`; `why` makes it dashed.

    `credits` is the price that the click sends back: no other is spent. `choices` make it a menu.
    """

    key: str  # data-act, and the shortcut that presses it
    label: str
    icon: str = ""
    price: str = ""
    credits: int | None = None
    href: str = ""
    action: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    why: str = ""
    confirm: str = ""
    request_key: str = ""
    choices: tuple["Step", ...] = ()
    is_primary: bool = False
    is_frame: bool = False  # "Use this frame": a script takes it from the player

    @property
    def is_on(self) -> bool:
        return not self.why


@dataclass(frozen=True)
class Model:
    """A model in the panel of Extend; `why` it cannot go on with this clip."""

    id: str
    name: str
    use: str
    credits: int | None
    price: str
    why: str = ""
    chosen: bool = False


@dataclass
class Extension:
    """The panel of Extend: what is written, which models go on with this clip, what it costs.

    `asks` says that a price is not known, and that the click must carry a yes to that.
    """

    action: str
    prompt: str
    models: list[Model]
    count: int = 1
    seconds: int = 0
    request_key: str = ""
    why: str = ""
    error: str = ""
    confirm_above: int = 0
    ask_above: int | None = None  # credits above which somebody must say yes first
    approver: str = ""
    counts: tuple[int, ...] = COUNTS

    @property
    def model(self) -> Model | None:
        return next((m for m in self.models if m.chosen), None)

    @property
    def credits(self) -> int | None:
        model = self.model
        return None if model is None or model.credits is None else model.credits * self.count

    @property
    def price(self) -> str:
        return words.price(self.credits)

    @property
    def word(self) -> str:
        """On the button: Extend, or Ask Aiko above a limit."""
        above = self.ask_above is not None and self.credits is not None and self.credits > self.ask_above
        return f"Ask {self.approver}" if above else "Extend"

    @property
    def asks(self) -> bool:
        return any(m.credits is None and not m.why for m in self.models)


@dataclass
class Steps:
    """The row under the player. `why` holds for all that needs the original at Google, and is said once."""

    extend: Extension | None = None
    row: list[Step] = field(default_factory=list)
    why: str = ""
    lost: str = ""  # what is not possible for that reason


def steps_of(clip: Clip, person: Person, typed: dict | None = None, error: str = "") -> Steps:
    """What can be done next. `typed` stood in the panel of Extend when it was refused with `error`."""
    if not person.may_spend:
        return Steps()
    drawing = _Drawing(clip, person)
    if clip.content_type == GIF:
        return Steps()
    why = drawing.outlook.obstacle
    if clip.kind == "image":
        row = [drawing.animate(), *drawing.again(), drawing.use(), drawing.upscale()]
        return Steps(None, row, why, "It cannot be made larger.")
    row = [*drawing.again(), drawing.edit(), FRAME, drawing.upscale(), drawing.more()]
    lost = "Extend, Edit clip and Upscale are not possible."
    return Steps(drawing.extension(typed or {}, error), row, why, lost)


FRAME = Step("frame", "Use this frame", "image-plus", is_frame=True)


class _Drawing:
    """One clip, the person who looks, and what flow says about each step."""

    def __init__(self, clip: Clip, person: Person) -> None:
        self.clip, self.row, self.person = clip, clip.generation, person
        self.outlook = follow.Outlook(clip, person)

    def price(self, credits: int | None) -> dict:
        """What stands on the button, and the number it sends back; make-believe costs nothing."""
        credits = 0 if self.row.is_sandbox else credits
        return {"price": words.price(credits), "credits": credits}

    def sends(self, label: str, credits: int | None) -> dict:
        """A button that sends: price, key, and the question before what is dear or nobody knows."""
        told = self.price(credits)
        asks = ""
        if told["credits"] is None:
            asks = f"{label}: the price is not known. Send it anyway?"
        elif told["credits"] > self.person.confirm_above:
            asks = f"{label} for {told['price']}?"
        if (room := self.outlook.room).asks(told["credits"] or 0) and room.approver:
            asks = f"{label} for {told['price']} passes a limit. {room.approver.shown_name} is asked first."
        return told | {"confirm": asks, "request_key": new_key()}

    def extension(self, typed: dict, error: str) -> Extension:
        row, facts, models, room = self.row, self.outlook.facts, [], self.outlook.room
        for engine in facts.engines("video"):
            price, why = self.outlook.look(follow.extension(self.clip, row.prompt, model=engine.id))
            why = model_reason(engine, "extend", facts) or why
            use = use_of(engine, facts)
            models.append(Model(engine.id, engine.name, use, why=why, **self.price(price.credits)))
        possible = [m.id for m in models if not m.why]
        wanted = (typed.get("model", ""), row.model, engines.default_engine("video").id, *possible)
        chosen = next((id for id in wanted if id in possible), "")
        own = next((m.why for m in models if m.id == row.model), "No model of this account extends clips.")
        return Extension(
            action=reverse("clip-step", args=[self.clip.label, "extend"]),
            prompt=typed.get("prompt", prompts.said(row)),
            models=[replace(m, chosen=m.id == chosen) for m in models],
            count=next((n for n in COUNTS if str(n) == typed.get("count")), 1),
            seconds=extension_seconds(),
            request_key=typed.get("request_key") or new_key(),
            why="" if possible else own,
            error=error,
            confirm_above=self.person.confirm_above,
            ask_above=room.left(own=False) if room.approver else None,
            approver=room.approver.shown_name if room.approver else "",
        )

    def again(self) -> list[Step]:
        """Reroll and Reuse prompt. A copy (GIF, larger, joined) has nothing to roll again."""
        row = self.row
        reuse = Step("reuse", "Reuse prompt", "pencil", href=f"{reverse('create')}?from={row.label}")
        if row.mode in ("gif", "upscale", "join"):
            return []
        asked = Request.from_json(row.request).but(seed=None)
        sends = self.sends("Reroll", price_of(asked, self.outlook.facts).credits)
        address = reverse("act", args=[row.label, "reroll"])
        return [Step("reroll", "Reroll", "dice-5", action=address, **sends), reuse]

    def edit(self) -> Step:
        able = (e for e in self.outlook.facts.engines("video") if "edit" in e.modes)
        engine = next(able, None)
        if engine is None:
            return Step("edit", "Edit clip", "wand-sparkles", why="No model of this account edits clips.")
        given = (Input(slot="referenceVideo_1", clip=self.clip.pk),)
        asked = Request("an edit", engine.id, mode="edit", seconds=None, inputs=given)
        price, why = self.outlook.look(asked)
        told = self.price(price.credits)
        return Step("edit", "Edit clip", "wand-sparkles", href=use_url(self.clip, "edit"), why=why, **told)

    def upscale(self) -> Step:
        sizes = upscale_choices(capabilities.engine(self.row.model), capabilities.settings())
        choices = tuple(self._copy("upscale", _size(s), follow.larger(self.clip, s)) for s in sizes)
        first = next((c for c in choices if c.is_on and c.action), choices[0])
        why = first.why if len({c.why for c in choices}) == 1 else ""
        price = {"price": first.price, "credits": first.credits} if first.action else {}
        return Step("upscale", "Upscale", "image-upscale", choices=choices, why=why, **price)

    def more(self) -> Step:
        """What is wanted less often: a GIF, a place in a scene."""
        choices = []
        gif = replace(self._copy("gif", "GIF", follow.moving_picture(self.clip)), icon="images")
        if gif.why != self.outlook.obstacle or gif.is_on:
            choices.append(gif)
        if to_scene := link("scene-add"):
            address = f"{to_scene}?c={self.clip.label}"
            choices.append(Step("scene", "Add to scene", "clapperboard", href=address))
        why = "" if choices else self.outlook.obstacle
        return Step("more", "", "ellipsis", choices=tuple(choices), why=why)

    def _copy(self, key: str, label: str, request: Request) -> Step:
        """Google would give the same copy twice: where it is there, the way to it stands in its place."""
        if before := self.outlook.made_before(request):
            page = (
                ("clip", f"{before.label}a") if before.state == State.READY else ("generation", before.label)
            )
            return Step(key, label, price=before.label, href=reverse(page[0], args=[page[1]]))
        price, why = self.outlook.look(request)
        fields = (("resolution", request.resolution),) if request.resolution else ()
        address = reverse("clip-step", args=[self.clip.label, key])
        return Step(key, label, action=address, fields=fields, why=why, **self.sends(label, price.credits))

    def animate(self) -> Step:
        return Step("extend", "Animate", "play", href=use_url(self.clip, "start"), is_primary=True)

    def use(self) -> Step:
        places = (("start", "Start frame"), ("end", "End frame"), ("ingredient", "Ingredient"))
        choices = tuple(Step("frame", label, href=use_url(self.clip, place)) for place, label in places)
        return Step("frame", "Use as", "image-plus", choices=choices)


def _size(resolution: str) -> str:
    """2K, 4K, 1080p"""
    return resolution.upper() if resolution.endswith("k") else resolution


def use_url(clip: Clip, place: str) -> str:
    """Create with this clip in it, as start, end, ingredient or edit."""
    return f"{reverse('create')}?{urlencode({'use': f'clip:{clip.label}', 'as': place}, safe=':')}"
