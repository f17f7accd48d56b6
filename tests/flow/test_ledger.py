"""Where every credit went, in lines that add up; and a check that sees what does not."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from generations.flow import stop
from generations.flow.money import explain, settle
from generations.models import CreditEntry, Drift, State

from .conftest import fresh


def said(*words: str) -> str:
    out = StringIO()
    call_command("ledger", *words, stdout=out)
    return out.getvalue()


def test_the_lines_of_a_prompt_add_up(click, engine, people):
    generation = engine.finish(click("a dog [fail:partial]", count=3))
    assert generation.state == State.READY
    lines = explain.lines(generation)
    assert [(x.what, x.amount, x.on_hold, x.charged) for x in lines] == [
        ("Reserved", 30, 30, 0),
        ("Spent", 20, 10, 20),
        ("Given back", 10, 0, 20),
    ]
    assert (lines[0].who, explain.verdict(generation)) == ("Mara", "20 charged.")


def test_the_command_prints_them_and_what_moved_beside(click, engine, account):
    generation = engine.finish(click())
    Drift.objects.create(account=account, amount=77, expected=100, told=23)
    printed = said(generation.label)
    assert "Reserved" in printed and "on hold 10, charged 0" in printed and "10 charged." in printed
    assert "beside it 77 spent outside; not blamed on this prompt" in printed


def test_what_waits_failed_or_was_cancelled_says_so(click, engine, people):
    waiting, cancelled = click(), click()
    stop.cancel(cancelled, people.mara)
    assert explain.verdict(waiting) == "10 on hold until it is decided."
    assert explain.verdict(fresh(cancelled)) == "Not charged."
    stop.cancel(waiting, people.mara)
    failed = engine.finish(click("a dog [fail:content_audio]"))
    assert "shows with the next balance" in explain.verdict(failed)


def test_an_account_is_told_in_sums(click, engine, account, people):
    engine.finish(click())
    stop.cancel(click(count=2), people.mara)
    click()
    printed = said("--account", account.email.upper()).replace(" ", "")
    for line in ("reserved10", "spenthere10", "givenback20", "spentoutside0"):
        assert line in printed


def test_a_balanced_ledger_passes_the_check(click, engine, people):
    engine.finish(click())
    engine.finish(click("a dog [fail:content_audio]"))
    stop.cancel(click(), people.mara)
    click()
    assert "Everything balances." in said("--check")


@pytest.mark.parametrize("fault", ["still on hold", "never reserved", "never spent", "drift"])
def test_what_does_not_balance_is_named_and_fails_the_check(fault, click, engine, account):
    generation = engine.finish(click())
    entries = CreditEntry.objects.filter(generation=generation)
    if fault == "still on hold":
        settle._add(generation, "adjust", 5, cause="a slip")
    elif fault == "never reserved":
        entries.delete()
    elif fault == "never spent":
        entries.filter(kind="spend").update(kind="release")
    else:
        account.drift = 8
        account.save(update_fields=["drift"])
    found = list(explain.faults())
    assert found and (fault == "drift" or all(generation.label in each for each in found))
    with pytest.raises(CommandError, match="not balance"):
        said("--check")


def test_a_slip_of_the_command_is_a_sentence(db):
    for words in ([], ["999"], ["--account", "nobody@example.com"]):
        with pytest.raises(CommandError):
            said(*words)
