"""`manage.py generate` over a limit: it says so and does not wait for a yes."""

import pytest

from generations.models import Budget, Generation, State
from tests.web.rows import real_account


@pytest.mark.django_db(transaction=True)
def test_what_is_held_for_a_yes_is_told_and_not_waited_for(manage, people):
    account = real_account(people.aiko)
    Budget.objects.create(team=people.team, person=people.aiko, period="month", hard=5)
    run = manage(
        "generate", "-", "--user", "aiko", "--account", account.email, "--wait", stdin="a boat at dusk\n"
    )
    assert run.returncode == 1, run.stderr
    assert "held: Aiko’s limit leaves 5 of 5 credits this month. This needs 10." in run.stdout
    assert Generation.objects.get().state == State.HELD
