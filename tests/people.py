"""The cast. Whoever writes a test knows them and needs no set-up.

Mara owns the Northlight team, Aiko and Jonas make clips in it, Vera may only look. Charlie is in another
team and must never see, reach or spend anything of theirs.
"""

from types import SimpleNamespace

from generations.models import Account, Membership, Person, Team
from generations.models.team import Role

PASSWORD = "Tall-lighthouse-9"

ROLES = {"mara": Role.OWNER, "aiko": Role.MAKER, "jonas": Role.MAKER, "vera": Role.VIEWER}


def cast() -> SimpleNamespace:
    """Everybody at once: .mara .aiko .jonas .vera .charlie, .team and .other_team. Needs a database."""
    team = Team.objects.order_by("pk").first() or Team.objects.create(name="Northlight")
    other_team = Team.objects.create(name="Southbank")
    people = {name: person(name, team, role) for name, role in ROLES.items()}
    charlie = person("charlie", other_team, Role.OWNER)
    return SimpleNamespace(**people, charlie=charlie, team=team, other_team=other_team)


def person(name: str, team: Team, role: str = Role.MAKER, **fields) -> Person:
    """Somebody who can sign in with PASSWORD; like everybody, with a sandbox account that works at once."""
    somebody = Person.objects.create_user(
        name, f"{name}@example.com", PASSWORD, first_name=name.capitalize(), **fields
    )
    Membership.objects.filter(person=somebody).delete()
    Membership.objects.create(person=somebody, team=team, role=role)
    return Person.objects.get(pk=somebody.pk)


def sandbox_account(somebody: Person) -> Account:
    """The account every person starts with."""
    return Account.objects.get(connection__owner=somebody, is_sandbox=True)
