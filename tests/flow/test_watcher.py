"""The watcher: 2,000 jobs in one process, no account in another's way, and a hand-over within a minute."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.db import connection, connections

from generations.catalog.request import Request
from generations.flow import watch
from generations.models import Account, Attempt, Connection, EngineLease, Generation, Outcome, State, clock
from generations.models.ids import new_id
from tests.conftest import ROOT

from .conftest import fresh

pytestmark = pytest.mark.django_db(transaction=True)


class Vendor:
    """Every job runs. Jobs of an account whose e-mail begins "slow" are answered when `let_go` is set."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.at_once, self.most_at_once = 0, 0
        self.let_go = threading.Event()
        self.lock = threading.Lock()
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                vendor.answer(self)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.base_url = f"http://127.0.0.1:{self.server.server_port}/v1/google-flow"

    def answer(self, handler) -> None:
        job = handler.path.rpartition("/")[2]
        with self.lock:
            self.asked[job] += 1
        if "email:slow" in job:
            with self.lock:
                self.at_once += 1
                self.most_at_once = max(self.most_at_once, self.at_once)
            self.let_go.wait(20)
            with self.lock:
                self.at_once -= 1
        status = 401 if "email:broken" in job else 200
        body = json.dumps({"error": "Unauthorized"} if status == 401 else {"jobid": job, "status": "started"})
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body.encode())

    def asked_of(self, account: str) -> int:
        return sum(n for job, n in self.asked.items() if f"email:{account}@" in job)


@pytest.fixture
def vendor():
    running = Vendor()
    yield running
    running.let_go.set()
    running.server.shutdown()
    running.server.server_close()


@pytest.fixture
def jobs(people, vendor):
    """jobs("slow", 30) are 30 running jobs on an account of that name, all due."""
    numbers = iter(range(1, 100_000))

    def write(name: str, count: int) -> list[Generation]:
        user = str(4242 + Connection.objects.count())
        token = Connection(owner=people.mara, base_url=vendor.base_url, user_number=user)
        token.give_token(f"user:{user}-{name}-token")
        token.is_good = True
        token.save()
        account = Account.objects.create(connection=token, email=f"{name}@example.com")
        request, moment = Request(prompt="A lamp", model="veo-3.1-fast"), clock.now() - timedelta(minutes=10)
        rows = [
            Generation(
                id=new_id(), team=people.team, person=people.mara, account=account, content_hash="x",
                number=(n := next(numbers)), request_key=f"k{n}", request=request.to_json(), mode="text",
                prompt="A lamp", kind="video", model="veo-3.1-fast", ratio="16:9", state=State.GENERATING,
                accepted_at=moment, sent_at=moment,
            )
            for _ in range(count)
        ]  # fmt: skip
        Generation.objects.bulk_create(rows)
        for row in rows:
            Attempt.objects.create(
                generation=row, account=account, number=1, reference=f"r{row.pk}", outcome=Outcome.ACCEPTED,
                lease_until=moment, base_url=vendor.base_url, user_number=user,
                job_id=f"j{row.pk}v-u{user}-email:{name}@example.com-bot:google-flow",
            )  # fmt: skip
        return rows

    return write


def looked_at(rows: list[Generation]) -> int:
    return Generation.objects.filter(pk__in=[row.pk for row in rows], looks=1).count()


def test_accounts_that_do_not_answer_delay_nobody(jobs, vendor):
    slow = [jobs(f"slow{n}", 20) for n in range(3)]
    broken = jobs("broken", 20)
    quick = [jobs(f"quick{n}", 25) for n in range(4)]
    begun = time.monotonic()
    watch.watch_due(4)
    took = time.monotonic() - begun
    assert [looked_at(rows) for rows in quick] == [25] * 4
    assert looked_at(broken) == 20
    assert Connection.objects.get(accounts__email="broken@example.com").is_good is False
    assert [looked_at(rows) for rows in slow] == [0] * 3
    assert vendor.most_at_once <= 3, "one question each, until it is answered"
    assert took < 8, "and the pass does not wait for them at its end"


def test_an_account_that_recovers_is_asked_more_and_more(jobs, vendor):
    rows = jobs("slow", 40)
    threading.Timer(1.0, vendor.let_go.set).start()
    watch.watch_due(10)
    assert looked_at(rows) == 40
    assert all(n == 1 for n in vendor.asked.values())


def test_one_account_with_many_jobs_does_not_hold_up_one_with_few(jobs, vendor):
    many = jobs("many", 300)
    few = jobs("few", 3)
    Generation.objects.filter(pk__in=[row.pk for row in many]).update(due_at=clock.now() - timedelta(hours=1))
    order: list[int] = []
    apply = watch._Watch._apply

    def noted(self, question, told):
        order.append(question.account_id)
        apply(self, question, told)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(watch._Watch, "_apply", noted)
        watch.watch_due(20)
    assert looked_at(many) == 300 and looked_at(few) == 3
    last = max(place for place, account in enumerate(order) if account == few[0].account_id)
    assert last < 250, "they were due last and were not asked last"


def test_two_watchers_at_once_ask_about_every_job_once(jobs, vendor):
    rows = [*jobs("one", 60), *jobs("two", 60)]

    def run() -> None:
        watch.watch_due(10)
        connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert looked_at(rows) == 120
    assert set(vendor.asked.values()) == {1}


def test_a_watcher_that_lost_its_role_stops(jobs, vendor):
    jobs("quick", 5)
    assert watch.watch_due(10, keep=lambda: False) == 0
    assert vendor.asked == {}


def test_a_call_that_comes_while_a_job_is_asked_about_is_not_forgotten(jobs, vendor):
    """The vendor said "now" while our question, sent before, was still on its way."""
    (row,) = jobs("slow", 1)
    now = clock.now()

    def call() -> None:
        Generation.objects.filter(pk=row.pk).update(due_at=now)
        connections.close_all()
        vendor.let_go.set()

    threading.Timer(0.5, call).start()
    watch.watch_due(1.5)
    assert vendor.asked_of("slow") >= 1
    assert fresh(row).looks <= 1
    if fresh(row).looks == 0:
        assert fresh(row).due_at == now
    else:
        assert vendor.asked_of("slow") == 2, "asked once more because of the call"


def test_a_killed_watcher_is_followed_within_a_minute(jobs, vendor, child_env):
    rows = jobs("slow", 3)
    code = "import django; django.setup(); from generations.flow.engine import tasks; tasks.poll()"
    watcher = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=child_env)
    end = time.monotonic() + 30
    while not vendor.asked and time.monotonic() < end:
        time.sleep(0.05)
    assert vendor.asked, "it asks"
    assert EngineLease.take("poll", 30) is None, "one watches at a time"
    watcher.send_signal(signal.SIGKILL)
    watcher.wait(timeout=10)
    connection.close()
    vendor.let_go.set()
    try:
        clock.shift(timedelta(seconds=46))
        assert EngineLease.take("poll", 30), "its role is free"
        watch.watch_due(5)
    finally:
        clock.shift(timedelta())
    assert looked_at(rows) == 3
