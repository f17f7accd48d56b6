"""Whether a person can explain a row from its page: every row of the run is asked for as its owner would."""

import html
import re

from django.test import Client, override_settings

from generations.catalog import failures
from generations.models import Generation, State
from generations.models.ledger import Kind

from .accountant import Line

PLAIN = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}


def explained(every: int = 1) -> list[Line]:
    """Reads /g/N/ of every row that is not ready, and of every so many ready ones."""
    clients: dict[int, Client] = {}
    read, dark = 0, []
    rows = Generation.objects.select_related("person")
    rows = rows.prefetch_related("events", "attempts", "credit_entries")
    with override_settings(STORAGES=PLAIN):
        for row in rows.order_by("pk").iterator(chunk_size=200):
            why = broken_story(row)
            if not why and (row.state != State.READY or row.number % every == 0):
                read += 1
                client = clients.setdefault(row.person_id, Client())
                if "_auth_user_id" not in client.session:
                    client.force_login(row.person)
                why = missing_words(row, client.get(f"/g/{row.label}/"))
            if why:
                dark.append(f"{row.label} {row.state}: {why}")
    return [
        Line("pages /g/N/ that were read", read),
        Line("rows a person cannot explain from /g/N/", len(dark), 0, tuple(dark[:5])),
    ]


def broken_story(row: Generation) -> str:
    """What does not follow in the row's events, attempts and credits; empty when all does."""
    moves = [event for event in sorted(row.events.all(), key=lambda e: e.pk) if event.to_state]
    if not moves or moves[0].to_state != State.WAITING:
        return "its first event is not the click"
    for one, next_one in zip(moves, moves[1:], strict=False):
        if next_one.from_state != one.to_state:
            return f"from {one.to_state} to {next_one.from_state} without an event"
    if moves[-1].to_state != row.state:
        return f"its last event says {moves[-1].to_state}"
    if row.state == State.FAILED and not row.failure:
        return "failed without a reason"
    if row.state == State.CANCELLED and not any(event.by_id for event in moves):
        return "cancelled by nobody"
    return ""


def missing_words(row: Generation, answer) -> str:
    """What the page does not say; empty when it tells the whole story."""
    if answer.status_code != 200:
        return f"its page answers {answer.status_code}"
    text = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))
    if row.state != State.WAITING and row.get_state_display() not in text:  # that may say Resting
        return f"the page does not say {row.get_state_display()}"
    for attempt in row.attempts.all():
        if attempt.get_outcome_display() not in text or attempt.reference[:12] not in text:
            return f"the page does not show attempt {attempt.number}"
    for entry in row.credit_entries.all():
        if Kind(entry.kind).label not in text:
            return f"the page does not show that credits were {entry.kind}"
    if row.state == State.UNCERTAIN and "What we saw:" not in text:
        return "the page does not ask the person"
    if row.state == State.FAILED and failures.failure(row.failure).told()[0] not in text:
        return f"the page does not say why ({row.failure})"
    return ""
