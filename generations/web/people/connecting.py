"""What the three steps of Connect show: where a person stands with their newest token, from rows alone."""

from dataclasses import dataclass

from ...flow.engine import pace
from ...flow.money import quote
from ...library import storage
from ...models import Account, Connection, Errand, Person, clock
from ...models.errand import ErrandKind, ErrandState
from .. import words

SECONDS_OF_HASTE = 30  # afterwards the page asks less often: no worker may be running
CLIP_BYTES = 5_000_000  # an 8 s clip of 720p, for "about N clips"


@dataclass(frozen=True)
class Choice:
    """A Google account behind the token. `why_not` says why it cannot be chosen and what to do."""

    email: str
    shown: str
    facts: str  # Ultra, 18,760 credits
    why_not: str = ""
    tag: str = "Healthy"
    is_healthy: bool = True
    chosen: bool = False


@dataclass(frozen=True)
class Check:
    """One line of the live checks: state is done, running, failed or ahead."""

    words: str
    state: str
    right: str = ""


@dataclass(frozen=True)
class Steps:
    """Where a person stands: `reading` is the errand about the token, `checking` about the account."""

    connection: Connection | None = None
    reading: Errand | None = None
    choices: tuple[Choice, ...] = ()
    account: Account | None = None
    checking: Errand | None = None
    refusal: str = ""  # of the token step, before anything was stored
    objection: str = ""  # of the account step

    @property
    def token_is_good(self) -> bool:
        return bool(self.connection and self.connection.is_good and self.reading and self.reading.is_over)

    @property
    def token_is_read(self) -> bool:
        """Whether the vendor is being asked about the token right now."""
        return bool(self.reading and not self.reading.is_over)

    @property
    def token_trouble(self) -> str:
        if self.refusal or self.token_is_read or not self.connection or self.token_is_good:
            return self.refusal
        return (self.reading.sentence if self.reading else "") or self.connection.trouble

    @property
    def account_is_checked(self) -> bool:
        return bool(self.checking and not self.checking.is_over)

    @property
    def account_trouble(self) -> str:
        if self.objection:
            return self.objection
        if self.checking and self.checking.state == ErrandState.FAILED:
            return self.checking.sentence
        if self.account and self.account.needs_sign_in and not self.account_is_checked:
            return "Google has signed this account out. Sign in again at useapi.net, then try again."
        return ""

    @property
    def account_is_good(self) -> bool:
        done = self.checking and self.checking.state == ErrandState.DONE
        return bool(self.token_is_good and self.account and done and not self.account_trouble)

    @property
    def can_choose(self) -> bool:
        return any(not choice.why_not for choice in self.choices)

    @property
    def account_facts(self) -> str:
        return facts_line(self.account) if self.account else ""

    @property
    def checks(self) -> tuple[Check, ...]:
        return checks(self.checking, self.account) if self.account and self.token_is_good else ()

    @property
    def pause(self) -> int:
        """Seconds until the page asks again; 0 when there is nothing to wait for."""
        running = [e for e in (self.reading, self.checking) if e and not e.is_over]
        if not running:
            return 0
        age = max((clock.now() - errand.made_at).total_seconds() for errand in running)
        return 1 if age < SECONDS_OF_HASTE else 5


def steps_of(person: Person, **facts) -> Steps:
    """Where this person stands with their newest token."""
    errands = Errand.objects.filter(person=person, connection__owner=person, connection__is_sandbox=False)
    asked = errands.filter(kind=ErrandKind.READ_ACCOUNTS).select_related("connection")
    reading = asked.order_by("-pk").first()
    connection = reading.connection if reading else person.connections.filter(is_sandbox=False).last()
    if connection is None:
        return Steps(**facts)
    checking = (
        errands.filter(kind=ErrandKind.READ_ACCOUNT, connection=connection, account__is_chosen=True)
        .select_related("account__connection")
        .order_by("-pk")
        .first()
    )
    account = checking.account if checking else None
    return Steps(connection, reading, choices(connection, reading, account), account, checking, **facts)


def choices(connection: Connection, reading: Errand | None, account: Account | None) -> tuple[Choice, ...]:
    """The accounts the vendor told, each with what stands against it."""
    listed = (reading.result.get("accounts") or []) if reading else []
    known = Account.objects.filter(base_url=connection.base_url, user_number=connection.user_number)
    theirs = known.exclude(connection=connection).select_related("connection__owner")
    others = {a.email: a.connection.owner for a in theirs}
    shown = [masked(row["email"]) for row in listed]
    made = []
    for row, short in zip(listed, shown, strict=True):
        owner = others.get(row["email"].lower())
        why, tag = _objection(row, owner)
        made.append(
            Choice(
                email=row["email"],
                shown=short if shown.count(short) == 1 else row["email"],
                facts=_facts(row),
                why_not=why,
                tag=tag,
                is_healthy=row["ok"] and owner is None,
            )
        )
    return _with_one_chosen(made, account)


def _objection(row: dict, owner: Person | None) -> tuple[str, str]:
    if owner is not None:
        name = owner.shown_name
        return f"{name} has connected this account already. Ask {name} to lend it to the team.", "Connected"
    if not row["ok"]:
        why = "Google has signed it out. Sign it in again at useapi.net, then read the list again."
        return why, "Sign in again"
    return "", "Healthy"


def _with_one_chosen(made: list[Choice], account: Account | None) -> tuple[Choice, ...]:
    free = [choice.email for choice in made if not choice.why_not]
    mine = account.email if account else ""
    first = next((email for email in free if email.lower() == mine), free[0] if free else "")
    return tuple(Choice(**{**vars(choice), "chosen": choice.email == first}) for choice in made)


def _facts(row: dict) -> str:
    facts = quote.facts_of(Account(tier=row.get("tier") or "", sku=row.get("sku") or ""))
    return ", ".join(part for part in (facts.plan_name, _credits(row.get("credits"))) if part)


def facts_line(account: Account) -> str:
    """Ultra, 18,760 credits"""
    parts = (quote.facts_of(account).plan_name, _credits(account.credits))
    return ", ".join(part for part in parts if part)


def _credits(number: int | None) -> str:
    return "" if number is None else words.credits(number)


def masked(email: str) -> str:
    """st***@northlight.studio: enough to know one's own account, too little for who looks over a shoulder."""
    return Account(email=email).masked_email


def checks(errand: Errand | None, account: Account) -> tuple[Check, ...]:
    """The four checks of a chosen account. The first two are one question to the vendor."""
    asked = "running" if errand and not errand.is_over else "done"
    if errand and errand.state == ErrandState.FAILED:
        asked = "failed"
    after = "done" if asked == "done" else "ahead"
    found = (errand.result or {}) if errand else {}
    took = f"{errand.took:.1f} s" if errand and errand.took is not None and asked == "done" else ""
    count = found.get("models")
    read = f"{count:,} model{'' if count == 1 else 's'}" if count else ""
    return (
        Check("Account answers", asked, took),
        Check("Plan and prices read", after, read if after == "done" else ""),
        Check("Limits known", after, _limits(account) if after == "done" else ""),
        _room(),
    )


def _limits(account: Account) -> str:
    limit = pace.running_limit(account)
    return f"{limit} at once, learned" if account.learned_running else f"starts with {limit} at once"


def _room() -> Check:
    free = storage.free_bytes()
    clips = round(free // CLIP_BYTES, -2) or free // CLIP_BYTES
    state = "done" if clips >= 20 else "failed"
    return Check("Room for saved clips", state, f"{words.size(free)}, about {clips:,} clips")
