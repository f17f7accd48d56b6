"""What the dock of Create shows (templates/create/_dock.html): choices with prices and reasons, decided here.

The same numbers go along as JSON, so that dock.js keeps the price true while one chooses; every rule is the
catalog's (catalog/options.py), here they only take the shapes that the template and the script read.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from django.urls import reverse
from django.utils.crypto import get_random_string

from ...catalog import money, prices
from ...catalog.options import nearest, options
from ...catalog.plans import Facts
from ...flow.intend import Refusal
from ...flow.money import quote
from ...models import Account, Person
from .. import prompts, words
from ..context import Shell
from .forms import MODES as FORM_MODES
from .forms import Typed
from .given import address
from .limits import Limits, purse
from .slots import Inputs, Slot, Spoken, slots
from .wordings import how_many

MODES = (
    ("text", "Text", "type"),
    ("frames", "Frames", "gallery-horizontal-end"),
    ("ingredients", "Ingredients", "shapes"),
    ("edit", "Edit clip", "wand-sparkles"),
    ("image", "Image", "image"),
)
SHAPES = {"16:9": "rectangle-horizontal", "4:3": "rectangle-horizontal", "1:1": "square"}
MOST_CLIPS = 4
USUAL_SECONDS = 8
RESOLUTIONS = ("720p", "360p")


def new_key() -> str:
    """The key of the next click, made with the form and used once."""
    return get_random_string(32)


@dataclass(frozen=True)
class Choice:
    """One entry of a menu. `on` False with `why`: shown, and not possible."""

    id: str
    label: str = ""
    icon: str = ""
    on: bool = True
    why: str = ""
    chosen: bool = False
    # Of models and accounts only.
    name: str = ""
    use: str = ""
    kind: str = ""
    cost: int | None = None
    hidden: bool = False
    plan: str = ""
    note: str = ""


class Dock:
    """Everything the template names, for one person and what they have typed so far."""

    draft_url = property(lambda self: reverse("draft"))
    action = property(lambda self: reverse("generate"))
    batch_url = ""
    pictures_url = property(lambda self: reverse("pictures"))

    def __init__(
        self, shell: Shell, typed: Typed, *, key: str = "", no: Refusal | None = None, last_prompt: str = ""
    ) -> None:
        self.person, self.typed, self.last_prompt = shell.person, typed, last_prompt
        self.error, self.error_field = (no.sentence, no.field) if no else ("", "")
        self.request_key = key or new_key()
        self.all_accounts = shell.accounts
        self.used = next((a for a in shell.accounts if str(a.pk) == typed.account), None) or shell.account
        self.facts = quote.facts_of(self.used) if self.used else Facts()
        self.prompt, self.seed, self.visibility = typed.prompt, typed.seed, typed.visibility
        self.confirm_above = shell.person.confirm_above
        self.inputs = Inputs(shell.person, typed)
        if self.inputs.lost and no is None:
            self.error, self.error_field = self.inputs.lost[0].sentence, self.inputs.lost[0].field
        self.asked = self._possible()
        self.inputs.move_to(self.asked.mode, self.asked)

    def _possible(self):
        """What was typed, moved to the nearest that is possible here."""
        givens, spoken = self.inputs.givens, self.inputs.spoken
        try:
            asked = self.typed.request(givens, spoken)
        except Refusal:
            mode = self.typed.mode if self.typed.mode in FORM_MODES else "text"
            asked = Typed(prompt=self.typed.prompt, mode=mode).request(givens, spoken)
        return nearest(asked, self.facts)[0]

    # --- choices ------------------------------------------------------------------------------------------

    @cached_property
    def modes(self) -> list[Choice]:
        return [Choice(id, label, icon, chosen=id == self.asked.mode) for id, label, icon in MODES]

    @cached_property
    def offered(self) -> dict[str, dict]:
        """What the catalog offers on this account, by mode."""
        return {mode: options(self.facts, mode) for mode, *_ in MODES}

    @cached_property
    def row(self) -> dict:
        """What the catalog says of the chosen model in the chosen mode."""
        rows = self.offered[self.asked.mode]["models"]
        return next((row for row in rows if row["id"] == self.asked.model), rows[0])

    @cached_property
    def models(self) -> list[Choice]:
        """The models of this mode, and those of the other kind, hidden until the mode changes."""
        here, listed = self.asked.mode, []
        for mode in (here, "text") if here == "image" else (here, "image"):
            for row in self.offered[mode]["models"]:
                listed.append(
                    Choice(
                        row["id"],
                        name=row["name"],
                        label=row.get("short", row["name"]),
                        use=row.get("use", ""),
                        kind="image" if mode == "image" else "video",
                        cost=_costs(row).get(str(self.asked.seconds or "")),
                        on="why" not in row,
                        why=row.get("why", ""),
                        chosen=row["id"] == self.asked.model,
                        hidden=mode != self.asked.mode,
                    )
                )
        return listed

    @cached_property
    def ratios(self) -> list[Choice]:
        offer = self.offered[self.asked.mode]
        every = list(dict.fromkeys(r for offer in self.offered.values() for r in offer["ratios"]))
        every.sort(key=_width, reverse=True)
        listed = [
            Choice(
                r,
                r,
                SHAPES.get(r, "rectangle-vertical"),
                on=r in offer["ratios"],
                chosen=r == self.asked.ratio,
                hidden=r not in offer["ratios"],
            )
            for r in every
        ]
        return [*listed, self._auto(offer)]

    def _auto(self, offer: dict) -> Choice:
        """The ratio follows a picture: only images, and only when there is one."""
        why = "" if self.asked.inputs else offer.get("auto", "")
        return Choice(
            "auto",
            "auto",
            "shapes",
            on="auto" in offer and not why,
            why=why,
            chosen=self.asked.ratio == "auto",
            hidden="auto" not in offer,
        )

    @cached_property
    def resolutions(self) -> list[Choice]:
        """720p, or about half the credits for less; hidden where the model has no choice."""
        able = "small" in self.row or any("small" in length for length in self.row.get("lengths", ()))
        chosen = self.asked.resolution or RESOLUTIONS[0]
        return [Choice(r, r, on=able, hidden=not able, chosen=r == chosen) for r in RESOLUTIONS]

    @cached_property
    def lengths(self) -> list[Choice]:
        """All lengths of all models; hidden where the chosen model has none of it."""
        models = self.offered["text"]["models"]
        every = sorted({length["seconds"] for row in models for length in row["lengths"]})
        own = next((row["lengths"] for row in models if row["id"] == self.asked.model), [])
        why = {length["seconds"]: length.get("why", "") for length in own}
        chosen = self.asked.seconds or USUAL_SECONDS
        return [
            Choice(
                str(s),
                f"{s} s",
                on=s in why and not why[s],
                why=why.get(s, ""),
                hidden=s not in why,
                chosen=s == chosen,
            )
            for s in every
        ]

    @cached_property
    def counts(self) -> list[Choice]:
        noun = "image" if self.asked.mode == "image" else "clip"
        return [
            Choice(str(n), f"{n} {noun}{'s' * (n > 1)}", chosen=n == self.asked.count)
            for n in range(1, MOST_CLIPS + 1)
        ]

    @cached_property
    def accounts(self) -> list[Choice]:
        return [self._account(a) for a in self.all_accounts]

    def _account(self, account: Account) -> Choice:
        own = account.connection.owner_id == self.person.pk
        facts = quote.facts_of(account)
        if account.is_sandbox:
            note = "Make-believe clips, free and marked"
        else:
            told = "balance not known yet" if account.credits is None else words.credits(account.credits)
            note = told if own else f"{told}, lent by {account.connection.owner.shown_name}"
        why = "" if account.is_healthy else account.connection.trouble or "Must sign in again at useapi.net"
        if not self.person.may_spend:
            why = "You may look here, not generate"
        return Choice(
            str(account.pk),
            name=account.name,
            plan="" if account.is_sandbox else facts.plan_name,
            note=note,
            on=not why,
            why=why,
            chosen=account == self.used,
        )

    # --- what it stands on --------------------------------------------------------------------------------

    @cached_property
    def slots(self) -> list[Slot]:
        return slots(self.asked.mode, self.row, self.inputs.givens)

    @cached_property
    def voices(self) -> list[Spoken]:
        return self.inputs.voices(self.all_accounts)

    @property
    def voice(self) -> str:
        """The words of the chip; empty where it has no place."""
        if self.asked.mode == "image":
            return ""
        if why := self.row.get("voice"):
            return why
        names = [name for name, _ in self.inputs.spoken]
        return names[0] if len(names) == 1 else f"{len(names)} voices" if names else "Voice"

    @property
    def fixed(self) -> str:
        """The words of a length that is no choice: fixed by the model or the mode, or that of the clip."""
        return "Length follows the clip" if self.asked.mode == "edit" else self.row.get("fixed", "")

    # --- the chosen ones ----------------------------------------------------------------------------------

    mode = property(lambda self: _chosen(self.modes))
    model = property(lambda self: _chosen(self.models))
    ratio = property(lambda self: _chosen(self.ratios))
    length = property(lambda self: _chosen(self.lengths) if self.asked.seconds else None)
    count = property(lambda self: _chosen(self.counts))
    account = property(lambda self: _chosen(self.accounts) if self.accounts else None)

    @property
    def connect_url(self) -> str:
        """Until a real account is there, the way to one stands beside the button."""
        return "" if any(not a.is_sandbox for a in self.all_accounts) else address("connect")

    # --- money --------------------------------------------------------------------------------------------

    @cached_property
    def quote(self) -> quote.Quote | None:
        if self.used is None:
            return None
        many = how_many(self.prompt)
        asked = quote.quote(self.used, self.asked)
        price = asked.price
        if many > 1 and price.credits is not None:
            price = replace(
                price,
                credits=price.credits * many,
                money=price.money and price.money * many,
                official=price.official and price.official * many,
            )
        return replace(asked, price=price)

    @property
    def is_sandbox(self) -> bool:
        return self.used is None or self.used.is_sandbox

    @property
    def price(self) -> int | None:
        """Credits for the click; 0 in the sandbox."""
        return 0 if self.is_sandbox else self.quote.price.credits

    unit = property(lambda self: "sandbox, free" if self.is_sandbox else "credits")
    button = property(lambda self: self.limits.button(self.price))

    @cached_property
    def limits(self) -> Limits:
        return Limits(self.person)

    @property
    def money(self) -> str:
        return (
            ""
            if self.is_sandbox or not self.price
            else money.line(self.quote.price.money, self.quote.price.official)
        )

    @property
    def price_months(self) -> str:
        return prices.table_months()

    @property
    def price_source(self) -> str:
        """Who says what a model costs, for the menu of models."""
        return f"What the account states itself comes first, then {prices.said_by()['credits']}."

    @property
    def left(self) -> int | None:
        if self.is_sandbox or self.quote.balance is None or self.price is None:
            return None
        return self.quote.balance - self.price

    @property
    def after(self) -> str:
        if note := self.limits.note(self.price):
            return note
        return "" if self.left is None else f"{words.credits(self.left)} after"

    @cached_property
    def problem(self) -> str:
        """Why this cannot be sent, before anybody clicks; an empty prompt is no problem yet."""
        if not self.person.may_spend:
            return "You may look here, not generate."
        if self.used is None:
            return "There is no account to spend from."
        if self.left is not None and self.left < 0 and self.price:
            return f"Needs {self.price:,}, you have {max(0, self.quote.balance):,}."
        if cap := self.limits.problem(self.price):
            return cap
        return next((p.sentence for p in self.quote.problems if p.field not in ("prompt", "account")), "")

    # --- for dock.js --------------------------------------------------------------------------------------

    @cached_property
    def catalog(self) -> dict:
        """Prices and reasons of every account, in the shape that static/js/dock.js describes."""
        cast = [given.for_script() for given in self.inputs.cast()]
        return {
            "wordings": True,
            "cast": cast,
            "limits": self.limits.for_script(),
            "accounts": {str(a.pk): self._for_script(a) for a in self.all_accounts},
        }

    @cached_property
    def purse(self) -> dict:
        return purse(self.limits, self.all_accounts)

    def _for_script(self, account: Account) -> dict:
        facts = quote.facts_of(account)
        return {
            "name": account.name,
            "plan": "" if account.is_sandbox else facts.plan_name,
            "sandbox": account.is_sandbox,
            "modes": {mode: options(facts, mode) for mode, *_ in MODES},
        }


def _costs(row: dict) -> dict[str, int | None]:
    """Credits of one clip by length, under "" where no length is chosen."""
    if "lengths" in row:
        return {str(r["seconds"]): r["credits"] for r in row["lengths"] if "credits" in r}
    return {"": row.get("credits")}


def _chosen(choices: list[Choice]) -> Choice:
    return next((c for c in choices if c.chosen), choices[0])


def _width(ratio: str) -> Decimal:
    width, height = ratio.split(":")
    return Decimal(width) / Decimal(height)


def last_prompt(person: Person) -> str:
    """What ↑ in an empty field recalls."""
    newest = person.generations.order_by("-pk").first()
    return prompts.said(newest) if newest else ""
