"""Generations in any state, for tests of pages: written by a click and moved by the only door."""

import itertools

from generations.catalog.request import Request
from generations.flow.intend import Intent, write_intent
from generations.flow.money import settle
from generations.models import Account, Clip, ClipState, Connection, Generation, Outcome, Person, State, clock
from generations.models.generation import Attempt
from tests.people import sandbox_account

clicks = itertools.count()
ON_THE_WAY = {
    State.WAITING: (),
    State.SENDING: (State.SENDING,),
    State.GENERATING: (State.SENDING, State.GENERATING),
    State.STOPPED: (State.SENDING, State.GENERATING, State.STOPPED),
    State.SAVING: (State.SENDING, State.GENERATING, State.SAVING),
    State.READY: (State.SENDING, State.GENERATING, State.SAVING, State.READY),
    State.FAILED: (State.SENDING, State.FAILED),
    State.UNCERTAIN: (State.SENDING, State.UNCERTAIN),
    State.CANCELLED: (State.CANCELLED,),
}


def real_account(
    person: Person, *, email: str = "studio@northlight.example", credits: int | None = 1000, **more
):
    """An Ultra account with money in it, as far as Flowsite knows; nothing is asked of any vendor."""
    known = {"owner": person, "base_url": "http://127.0.0.1:9", "user_number": str(4000 + person.pk)}
    connection = Connection.objects.filter(**known).first() or Connection(**known)
    connection.give_token("user:4242-a-token-that-is-not-real")
    connection.is_good = True
    connection.save()
    facts = {
        "label": "Studio account",
        "sku": "WS_ULTRA",
        "tier": "PAYGATE_TIER_TWO",
        "credits": credits,
    } | more
    return Account.objects.create(connection=connection, email=email, **facts)


def made(
    person: Person,
    state: str = State.WAITING,
    *,
    account: Account | None = None,
    prompt: str = "A lighthouse at dusk",
    visibility: str = "team",
    count: int = 1,
    batch=None,
) -> Generation:
    """A generation of this person's that has come as far as `state`."""
    request = Request(prompt=prompt, model="veo-3.1-fast", count=count)
    intent = Intent(visibility=visibility, batch=batch)
    generation, _ = write_intent(
        person, account or sandbox_account(person), request, request_key=f"made-{next(clicks)}", intent=intent
    )
    for step in ON_THE_WAY[State(state)]:
        _move(generation, step)
    return Generation.objects.get(pk=generation.pk)


def _move(generation: Generation, step: str) -> None:
    now, changes = clock.now(), {}
    if step == State.SENDING:
        changes["sent_at"] = now
        Attempt.objects.create(
            generation=generation,
            account=generation.account,
            number=1,
            reference=f"site.{generation.pk}.1.{'ab' * 16}",
            lease_until=now,
            base_url=generation.account.base_url,
            user_number=generation.account.user_number,
        )
    if step == State.GENERATING:
        changes["accepted_at"] = now
        generation.attempts.update(outcome=Outcome.ACCEPTED, job_id=f"job-{generation.pk}", closed_at=now)
    if step == State.UNCERTAIN:
        changes["uncertain_at"] = now
        generation.attempts.update(outcome=Outcome.UNKNOWN, closed_at=now, evidence={"looks": []})
    if step == State.SAVING:
        changes["completed_at"] = now
        for position in range(generation.count):
            Clip.objects.create(generation=generation, position=position, kind=generation.kind)
    if step == State.READY:
        generation.clips.update(
            state=ClipState.READY, sha256="0" * 64, file="clips/x.mp4", width=1280, height=720, length=8.0
        )
        settle.charge(generation, generation.expected_credits)
    if step in (State.FAILED, State.CANCELLED):
        settle.give_back(generation, "Nothing was charged.")
        generation.attempts.update(outcome=Outcome.REFUSED, closed_at=now)
    if step == State.FAILED:
        changes |= {"failure": "content_audio", "failure_reason": "PUBLIC_ERROR_AUDIO_FILTERED"}
    assert generation.move(step, **changes)
