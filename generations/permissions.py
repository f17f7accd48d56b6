"""Who may do what: the one list of rules, asked by templates (may_…) and by flow (check_may_…).

What a person may not see does not exist for them (`visible_to`, 404); these rules are about acting on
something they may see, and carry the sentence they read.
"""

from .models import Account, Generation, Person, State
from .models.ledger import Kind


class NotAllowed(Exception):
    """The sentence says who may."""


def may_spend_from(person: Person, account: Account) -> bool:
    """Credits belong to who connected the account, and to the team once it is lent."""
    if not person.may_spend:
        return False
    own = account.connection.owner_id == person.pk
    return own or (account.is_lent and Account.objects.usable_by(person).filter(pk=account.pk).exists())


def check_may_spend_from(person: Person, account: Account) -> None:
    if not person.may_spend:
        raise NotAllowed("You may look and comment here, not generate. An owner of the team can change that.")
    if not may_spend_from(person, account):
        raise NotAllowed(
            "Only the person who connected this account can spend its credits. Ask for it to be lent."
        )


def may_decide(person: Person, generation: Generation) -> bool:
    """Cancel, stop, save again, check, write off: the maker, the account's owner, an administrator."""
    if generation.person_id == person.pk or person.is_superuser:
        return True
    return generation.account.connection.owner_id == person.pk


def check_may_decide(person: Person, generation: Generation) -> None:
    if not may_decide(person, generation):
        owner = generation.person.shown_name
        raise NotAllowed(f"Only {owner} or the owner of the account can do this.")


def may_cancel(person: Person, generation: Generation) -> bool:
    return may_decide(person, generation) and generation.state in {State.WAITING, State.HELD}


def may_stop(person: Person, generation: Generation) -> bool:
    return may_decide(person, generation) and generation.state == State.GENERATING


def keeps_reserve(generation: Generation) -> bool:
    """Whether a held row has its credits on hold already: then no limit is in its way, only a question."""
    return any(entry.kind == Kind.RESERVE for entry in generation.credit_entries.all())


def may_allow(person: Person, generation: Generation) -> bool:
    """Say yes or no to a held row: over a limit an owner of the team, else whoever decides about it."""
    if generation.state != State.HELD:
        return False
    if keeps_reserve(generation):
        return may_decide(person, generation)
    return person.is_superuser or person.owns(generation.team_id)


def check_may_allow(person: Person, generation: Generation) -> None:
    if generation.state == State.HELD and not may_allow(person, generation):
        raise NotAllowed("Only an owner of the team can allow this, or an administrator.")


def may_limit(person: Person, team) -> bool:
    """Set what the team and its people may spend."""
    return person.is_superuser or person.owns(team.pk)


def check_may_limit(person: Person, team, own: Person | None) -> None:
    """`own` is whose own cap it is, if it is one."""
    if own is not None:
        if own.pk != person.pk:
            raise NotAllowed("An own cap is set by the person alone.")
    elif not may_limit(person, team):
        raise NotAllowed("Only an owner of the team can set its limits.")
