"""Usage: every number is a sum of the ledger, nobody sees another team's, and the sandbox is not counted."""

import csv
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from generations.flow.money import settle
from generations.flow.people import capabilities
from generations.models import Account, Budget, Capability, CreditEntry, Drift, Generation, State, clock
from tests.people import sandbox_account

from .rows import made, real_account


@pytest.fixture
def studio(people) -> Account:
    return real_account(people.mara, is_lent=True)


@pytest.fixture
def usage(client, people):
    """usage("aiko", "span=week") is the page as that person sees it, without its tags' spaces."""

    def look(name: str = "mara", query: str = "") -> str:
        client.force_login(getattr(people, name))
        return client.get(f"/usage/?{query}").content.decode()

    return look


def figure(page: str, words: str) -> str:
    return re.search(rf'<p class="figure">{words}[^<]*<b>([^<]*)</b>', page)[1]


def line(page: str, words: str) -> str:
    return re.search(rf"<dt>{words}</dt><dd>([^<]*)</dd>", page)[1]


def row(page: str, words: str) -> list[str]:
    """The cells of the table row that begins with these words."""
    found = next(r for r in re.findall(r"<tr>(.*?)</tr>", page, re.S) if words in r)
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", found, re.S)]


def test_nothing_spent_says_so(usage):
    page = usage()
    assert "No spending yet. Sandbox clips are free and not counted." in page
    assert figure(page, "Spent") == "0"


def test_the_numbers_are_sums_of_the_ledger(usage, people, studio):
    made(people.mara, State.READY, account=studio, count=2)
    made(people.aiko, State.READY, account=studio)
    made(people.aiko, State.FAILED, account=studio)
    made(people.aiko, State.WAITING, account=studio)
    made(people.mara, State.READY, account=sandbox_account(people.mara), count=4)
    page = usage()
    assert (figure(page, "Balance"), figure(page, "Spent")) == ("1,000", "30")
    assert "3 clips" in page
    assert [line(page, w) for w in ("Reserved for the queue", "Spent here", "Given back")] == [
        "10",
        "30",
        "+10",
    ]
    assert row(page, "</span>Mara")[1:] == ["20", "", "2", "none"]
    assert row(page, "</span>Aiko")[1:] == ["10", "", "1", "none"]
    assert row(page, "</i>Veo 3.1 Fast") == ["Veo 3.1 Fast", "3", "30", "10"]
    assert "1 of 3 sent prompts failed" in page and "None of them was charged" in page


def test_what_was_saved_names_the_tables_month(usage, people, studio):
    made(people.mara, State.READY, account=studio)
    page = usage()
    assert "Google prices of June 2026" in page
    assert figure(page, "Saved against the official API") == "$0.72"  # 0.80 there, 10 credits of $0.008 here
    assert "$0.08 here, $0.80 there" in page


def test_me_is_only_me_and_my_limit_has_a_bar(usage, people, studio):
    Budget.objects.create(team=people.team, person=people.aiko, period="month", hard=40)
    made(people.mara, State.READY, account=studio)
    made(people.aiko, State.READY, account=studio)
    made(people.aiko, State.WAITING, account=studio)
    page = usage("aiko", "scope=me")
    assert figure(page, "Spent") == "10"
    assert "</span>Mara" not in page
    assert '<progress max="40" value="20" aria-label="20 of 40">' in page, "what waits counts as spent"


def test_another_team_sees_nothing_of_it(usage, people, studio):
    made(people.mara, State.READY, account=studio)
    page = usage("charlie")
    assert figure(page, "Spent") == "0" and "Mara" not in page and "Studio" not in page


def test_what_moved_outside_stands_in_the_ledger(usage, people, studio):
    for amount in (8, -500):
        Drift.objects.create(account=studio, amount=amount, expected=1000, told=1000 - amount)
    Account.objects.filter(pk=studio.pk).update(drift=8, settled_at=clock.now())
    page = usage()
    assert (line(page, "Spent outside this app"), line(page, "Came in")) == ("8", "+500")
    assert re.search(r'<span class="tag ok">Balanced \d\d:\d\d</span>', page)


def test_a_ledger_that_does_not_balance_says_by_how_much(usage, people, studio):
    Account.objects.filter(pk=studio.pk).update(settled_at=clock.now(), settled_low=1000, settled_high=1000)
    row = made(people.mara, State.READY, account=studio)
    settle._add(row, "adjust", 7, cause="a slip")
    assert '<span class="tag bad">Off by 7</span>' in usage()


@pytest.mark.parametrize(("span", "steps"), [("week", 7), ("month", (28, 29, 30, 31)), ("year", 12)])
def test_every_stretch_has_its_bars_and_its_table(span, steps, usage, people, studio):
    made(people.mara, State.READY, account=studio)
    page, table = usage("mara", f"span={span}"), usage("mara", f"span={span}&as=table")
    table = table[table.index("u-table") : table.index("Show as chart")]
    cells = re.findall(r'<th scope="row">[^<]*</th><td class="num">([\d,]+)</td>', table)
    assert len(cells) in (steps if isinstance(steps, tuple) else (steps,))
    assert sum(int(cell) for cell in cells) == 10
    assert len(re.findall(r'<rect class="s0"', page)) == 1
    assert "10 in all" in re.search(r'role="img" aria-label="([^"]*)"', page)[1]


def test_what_was_spent_before_is_not_in_this_stretch(usage, people, studio):
    old = made(people.mara, State.READY, account=studio)
    CreditEntry.objects.filter(generation=old).update(at=clock.now() - timedelta(days=40))
    assert figure(usage(), "Spent") == "0"


@pytest.mark.parametrize("query", ["span=decade", "span=%00", "scope=everyone&span=", "scope=<b>"])
def test_nonsense_in_the_address_is_the_teams_month(query, usage):
    assert "Credits per day" in usage("mara", query)


def test_the_csv_has_every_line_and_no_prompt_and_runs_nothing(client, people, studio):
    people.aiko.first_name = "=1+1"
    people.aiko.save()
    made(people.aiko, State.READY, account=studio, prompt="A secret plan", visibility="private")
    client.force_login(people.mara)
    answer = client.get("/usage/usage.csv?span=month")
    text = b"".join(answer.streaming_content).decode()
    lines = list(csv.DictReader(text.splitlines()))
    assert [(one["entry"], one["credits"]) for one in lines] == [("Reserved", "10"), ("Spent", "10")]
    assert lines[0]["person"] == "'=1+1" and "secret" not in text
    assert "attachment" in answer["Content-Disposition"]


def test_more_rows_ask_no_more_of_the_database(usage, people, studio):
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            usage()
        return len(queries)

    made(people.mara, State.READY, account=studio)
    usage()
    few = asked()
    for _ in range(6):
        made(people.mara, State.READY, account=studio)
    assert asked() <= few


# --- what is to come ---------------------------------------------------------------------------------------

WEDNESDAY = datetime(2031, 10, 15, 12, tzinfo=UTC)


@pytest.fixture
def wednesday():
    """The middle of a month and of a week, so that days are over and others are to come."""
    clock.shift(WEDNESDAY - datetime.now(UTC))
    yield WEDNESDAY
    clock.shift(timedelta())


def spent_on(people, studio, day: datetime, count: int = 1, who=None) -> Generation:
    """A ready prompt of so many clips, 10 credits each, paid on that day."""
    row = made(who or people.mara, State.READY, account=studio, count=count)
    CreditEntry.objects.filter(generation=row).update(at=day)
    Generation.objects.filter(pk=row.pk).update(sent_at=day, finished_at=day)
    return row


def two_weeks(people, studio, today: datetime) -> None:
    """20 credits on each working day of two weeks, nothing at their ends."""
    Account.objects.filter(pk=studio.pk).update(made_at=today - timedelta(days=15))
    for n in range(1, 18):
        day = today - timedelta(days=n)
        if day.weekday() < 5:
            spent_on(people, studio, day, 2)


def dashed(page: str) -> list[float]:
    """Heights of the dashed bars."""
    return [float(h) for h in re.findall(r'<rect class="ahead"[^>]* height="([\d.]+)"', page)]


def test_days_to_come_are_dashed_as_their_weekdays_went(usage, people, studio, wednesday):
    two_weeks(people, studio, wednesday)
    page = usage("mara", "span=week")
    bars = dashed(page)
    assert len(bars) == 2, "Thursday and Friday; nothing is sent at weekends"
    assert "Dashed: about 40 to come" in page and "To come, as in the last weeks" in page
    table = usage("mara", "span=week&as=table")
    assert '<th scope="row">16 Oct</th><td class="num">about 20</td>' in table
    assert figure(page, "Spent") == "40", "a guess is never counted"


def test_less_than_two_weeks_are_no_ground_for_a_guess(usage, people, studio, wednesday):
    for n in range(1, 13):
        spent_on(people, studio, wednesday - timedelta(days=n))
    page = usage("mara", "span=week")
    assert dashed(page) == [] and "Dashed" not in page and "To come" not in page


def test_the_balance_is_forecast_as_a_range_to_a_day_that_is_called_a_guess(usage, people, studio, wednesday):
    """Filled up on the 1st: again about 31 Oct – 1 Nov, 17 days on; 100 credits a week were spent."""
    two_weeks(people, studio, wednesday)
    spent_on(people, studio, wednesday - timedelta(days=8), 2)
    Account.objects.filter(pk=studio.pk).update(credits=24_000)
    drift = Drift.objects.create(account=studio, amount=-5000, expected=20_000, told=25_000)
    Drift.objects.filter(pk=drift.pk).update(at=wednesday - timedelta(days=14))
    page = usage()
    said = re.search(r"<span>([^<]*left about[^<]*)</span>", page)[1]
    low, high = (int(n.replace(",", "")) for n in re.match(r"([\d,]+)–([\d,]+) left", said).groups())
    assert said.endswith(" left about 31 Oct – 1 Nov, then 25,000 again. A guess: they came on 1 Oct before.")
    # The two whole weeks before took 100 and 120 credits: 17 days at either pace, to the nearest hundred.
    assert (low, high) == (23_700, 23_800)
    assert page.count('<polyline class="ahead"') == 2 and "a guess" in re.search(r"u-line[^>]*>", page)[0]


def test_without_a_day_that_was_seen_nothing_is_forecast(usage, people, studio, wednesday):
    two_weeks(people, studio, wednesday)
    Drift.objects.create(account=studio, amount=-20, expected=980, told=1000)  # a refund fills nothing up
    page = usage()
    assert "When new credits come is not known yet." in page
    assert "left about" not in page and '<polyline class="ahead"' not in page


def test_who_nears_a_limit_is_named_with_the_day_on_which_it_ends(usage, people, studio, wednesday):
    Budget.objects.create(team=people.team, person=people.aiko, period="month", hard=100)
    for _ in range(8):
        made(people.aiko, State.READY, account=studio)
    owner, maker = usage("mara"), usage("aiko")
    warned = "Aiko has used 80 % of the limit of October. At this pace it ends on Sunday."
    assert warned in owner and "Change the limit" in owner
    assert warned in maker and "Change the limit" not in maker


def test_failures_are_a_bar_by_cause_and_a_table_with_what_each_was_charged(usage, people, studio):
    charged = made(people.mara, State.FAILED, account=studio)
    settle.charge_after_all(charged, 10)
    made(people.aiko, State.FAILED, account=studio)
    busy = made(people.aiko, State.FAILED, account=studio)
    Generation.objects.filter(pk=busy.pk).update(failure="overloaded")
    page = usage()
    assert 'aria-label="Failures by cause: Sound filter 2, Google busy 1"' in page
    assert "10 credits were charged for them" in page
    table = usage("mara", "as=table")
    assert row(table, "sound filter") == ["Google&#x27;s sound filter stopped this clip.", "2", "10"]
    assert row(table, "Google is busy") == ["Google is busy.", "1", "0"]


def test_every_table_of_prices_says_its_date_and_its_source(usage, people, studio):
    page = usage()
    prices = page[page.index('id="prices"') :]
    for words in (
        "Credits a clip. Source: useapi.net&#x27;s documentation and scripts",
        "Source: Google&#x27;s Gemini API prices, as useapi.net quoted them",
        "Source: Google&#x27;s plans, as useapi.net quoted them",
        "of January–November 2026",
    ):
        assert words in prices, words
    lines = re.findall(r"<tr.*?</tr>", prices, re.S)
    assert len(lines) > 15 and all(re.search(r"<td>[A-Z][a-z]+ 2026</td></tr>", one) for one in lines)
    june = next(one for one in lines if "before, not used" in one)
    assert "Omni Flash" in june and "25 for 8 s" in june and "June 2026" in june


def test_a_price_by_hand_is_listed_with_its_month_and_that_of_another_account_is_not(usage, people, studio):
    foreign = real_account(people.charlie, email="far@elsewhere.example", label="Far away")
    for account, value in ((studio, "upscale 4k: 30"), (foreign, "upscale 4k: 7")):
        Capability.objects.create(
            what="credits", value=value, source="x", dated="2026-11-24", account=account
        )
    capabilities.forget()
    page = usage()
    capabilities.forget()
    assert "upscale 4k: 30" in page and "Credits a clip, by an administrator" in page
    assert "upscale 4k: 7" not in page and "Far away" not in page
