"""Clicks as people make them: some twice at the same moment, with pictures, in batches."""

import hashlib
import io
import random
import threading
from datetime import timedelta

from django.db import connections
from PIL import Image

from generations.catalog.request import Input, Request
from generations.flow import intend, reconcile, stop
from generations.flow.engine import reorder
from generations.flow.intend import Intent, Refusal
from generations.flow.people import errands
from generations.library import storage
from generations.models import (
    Account,
    Batch,
    Connection,
    Generation,
    Membership,
    Person,
    Picture,
    State,
    Team,
    clock,
)
from generations.models.generation import Lane

from .vendor import QUIET

DOUBLED = 0.1
FRAMES, IMAGES, BATCHES = 0.12, 0.1, 0.1
HALF_AN_HOUR = timedelta(seconds=18)  # at the speed of the run
ASKS_A_PERSON = timedelta(seconds=15)
KEY = "click-"


class Clicks:
    def __init__(self, vendor, users: list[int], dice: random.Random) -> None:
        self.dice, self.made, self.doubled = dice, 0, 0
        self.errors: list[str] = []
        team = Team.objects.create(name="Chaos")
        self.accounts = {user: _account(vendor, team, user) for user in users}
        self.busy = [account for user, account in self.accounts.items() if user != QUIET]
        self.pictures = {account.pk: _picture(account, 0) for account in self.accounts.values()}
        self.batch: tuple[Account, Batch, int] | None = None

    def click(self) -> None:
        """One click of somebody busy: text, a picture as first frame, a still, or a row of a batch."""
        account, intent = self.dice.choice(self.busy), Intent()
        if self.batch is None and self.dice.random() < BATCHES / 5:
            batch = Batch.objects.create(
                team=account.connection.owner.team(), person=account.connection.owner, name=f"b{self.made}"
            )
            self.batch = (account, batch, 5)
        if self.batch:
            account, batch, left = self.batch
            intent = Intent(batch=batch, lane=Lane.BATCH)
            self.batch = (account, batch, left - 1) if left > 1 else None
        self._write(account, self._request(account), intent)

    def quiet_click(self) -> None:
        account = self.accounts[QUIET]
        self._write(account, Request(prompt=f"stone number {self.made}", model="veo-3.1-fast"), Intent())

    def _request(self, account: Account) -> Request:
        prompt, kind = f"wave number {self.made}", self.dice.random()
        count = self.dice.choice([1, 1, 2])
        if kind < IMAGES:
            return Request(prompt=prompt, model="nano-banana-2", mode="image", seconds=None, count=count)
        if kind < IMAGES + FRAMES:
            if self.dice.random() < 0.7:
                self.pictures[account.pk] = _picture(account, self.made)
            first = Input(slot="startImage", picture=self.pictures[account.pk])
            return Request(prompt=prompt, model="veo-3.1-fast", mode="frames", inputs=(first,))
        return Request(prompt=prompt, model="veo-3.1-fast", count=count)

    def _write(self, account: Account, request: Request, intent: Intent) -> None:
        key = f"{KEY}{self.made}"
        self.made += 1
        if self.dice.random() < DOUBLED:
            self.doubled += 1
            twin = threading.Thread(target=self._try, args=(_write_apart, account, request, key, intent))
            twin.start()
            self._try(_write, account, request, key, intent)
            twin.join()
        else:
            self._try(_write, account, request, key, intent)

    def _try(self, verb, *args, **more) -> bool:
        """Do what a person asks for. A refusal is an answer; any other error is one too many."""
        try:
            verb(*args, **more)
            return True
        except Refusal:
            return False  # the engine was quicker; that is what the sentence says
        except Exception as trouble:
            self.errors.append(f"{getattr(verb, '__name__', verb)}: {type(trouble).__name__} {trouble}"[:300])
            return False

    # --- second thoughts -------------------------------------------------------------------------------

    def change_minds(self) -> None:
        """Now and then somebody cancels, stops waiting, watches again, pauses, or decides a question."""
        for share, state, verb in (
            (0.05, State.WAITING, stop.cancel),
            (0.2, State.GENERATING, stop.stop_waiting),
            (0.1, State.STOPPED, stop.watch_again),
            (0.1, State.WAITING, reorder.move_to_front),
        ):
            if self.dice.random() < share and (row := self._one_of(state)):
                self._try(verb, row, row.person)
        if self.dice.random() < 0.05:
            person = self.dice.choice(self.busy).connection.owner
            self._try(stop.pause_mine, person, paused=self.dice.random() < 0.5)
        if self.dice.random() < 0.05:
            self._decide()
        self.let_time_pass()

    def calm_down(self) -> None:
        """Nothing stays paused when the run comes to its end."""
        for account in self.accounts.values():
            stop.pause_mine(account.connection.owner, paused=False)

    def _one_of(self, state: State) -> Generation | None:
        rows = list(
            Generation.objects.filter(state=state).select_related("person", "account__connection")[:20]
        )
        return self.dice.choice(rows) if rows else None

    def _decide(self) -> None:
        """Somebody answers an open question: written off, or sent again with a price."""
        row = self._one_of(State.UNCERTAIN)
        if row is None or not reconcile.asks_a_person(row):
            return
        if self.dice.random() < 0.5:
            self._try(reconcile.write_off, row, row.person)
        else:
            self._try(reconcile.send_again, row, row.person, request_key=f"again-{row.pk}")

    def let_time_pass(self) -> None:
        """An unknown one holds its slot for half an hour; at the speed of the run that is some seconds."""
        old = clock.now() - HALF_AN_HOUR
        Generation.objects.filter(state=State.UNCERTAIN, uncertain_at__lt=old).update(
            sent_at=clock.now() - timedelta(hours=7)
        )

    # --- how far it is --------------------------------------------------------------------------------

    def waiting(self) -> int:
        return Generation.objects.filter(state=State.WAITING).count()

    def moving(self) -> int:
        return Generation.objects.moving().exclude(state=State.UNCERTAIN).count()

    def unfinished(self) -> bool:
        """Whether something moves that is not yet a question to a person."""
        moving = Generation.objects.moving().select_related("account__connection")
        if moving.exclude(state=State.UNCERTAIN).exists():
            return True
        return not all(reconcile.asks_a_person(row) for row in moving)


def _write(account: Account, request: Request, key: str, intent: Intent) -> None:
    intend.write_intent(account.connection.owner, account, request, request_key=key, intent=intent)


def _write_apart(*args) -> None:
    """The same in a thread of its own, as another process of the site would."""
    try:
        _write(*args)
    finally:
        connections.close_all()


def _picture(account: Account, number: int) -> int:
    """A picture of this person's that has been checked already, with a colour of its own."""
    file = io.BytesIO()
    Image.new("RGB", (320, 180), (number % 256, number // 256 % 256, account.pk % 256)).save(file, "PNG")
    sha256 = hashlib.sha256(file.getvalue()).hexdigest()
    with storage.Incoming(f"pictures/{sha256[:2]}/{sha256}.png") as incoming:
        incoming.write(file.getvalue())
        kept = incoming.keep()
    facts = {"content_type": "image/png", "size": kept.size, "width": 320, "height": 180}
    person = account.connection.owner
    return Picture.objects.create(person=person, sha256=sha256, file=kept.file, **facts).pk


def _account(vendor, team: Team, user: int) -> Account:
    person = Person.objects.create_user(f"person{user}", f"{user}@example.com", None)
    Membership.objects.filter(person=person).delete()
    Membership.objects.create(person=person, team=team)
    if user == QUIET:
        person.resend_proved_absent = True
        person.save()
    connection = Connection(owner=person, base_url=vendor.base_url, user_number=str(user))
    connection.give_token(f"user:{user}-sandbox-chaos")
    connection.is_good = True
    connection.save()
    account = Account.objects.create(connection=connection, email="ultra@sandbox.example", running_cap=30)
    errands.learn(account, errands.connect.client_for(account).account(account.email))
    return account
