"""Again, as a new generation with a parent: its own click, reserve and attempt. Never the old row."""

from .. import permissions
from ..catalog import failures
from ..catalog.request import Request
from ..models import Account, Generation, Person
from .intend import Intent, write_intent


def again(
    generation: Generation,
    by: Person,
    *,
    request_key: str,
    relation: str = "again",
    account: Account | None = None,
    **changes,
) -> Generation:
    """Queue the same request once more; `changes` replace fields of it (a reroll passes seed=None).

    Raises Refusal and NotAllowed like a click of its own.
    """
    account = account or account_for(generation, by)
    request = Request.from_json(generation.request)
    request = request.but(**changes) if changes else request
    intent = Intent(visibility=generation.visibility, parent=generation, relation=relation)
    made, _ = write_intent(by, account, request, request_key=request_key, intent=intent)
    return made


def account_for(generation: Generation, by: Person) -> Account:
    """The account it was for; for somebody who may not spend from that, one of theirs."""
    account = generation.account
    if permissions.may_spend_from(by, account):
        return account
    return Account.objects.usable_by(by).filter(is_sandbox=generation.is_sandbox).first() or account


def reroll(generation: Generation, by: Person, *, request_key: str) -> Generation:
    """Same prompt and settings, new seed."""
    return again(generation, by, request_key=request_key, relation="reroll", seed=None)


def calmer(generation: Generation, by: Person, *, request_key: str) -> Generation:
    """The same with words that ask for calm sound (ui.md section 14, row 1)."""
    calm, prompt = failures.calm_words(), generation.prompt
    if not prompt.endswith(calm):
        prompt = f"{prompt} {calm}"
    return again(generation, by, request_key=request_key, prompt=prompt)
