"""A media folder of its own for each test, and a small cast with work to look at."""

import pytest

from generations.library.probe import look
from generations.library.storage import Incoming, place_for
from generations.models import Account, Clip, Connection, Generation, Membership, Person, Team, clock
from generations.models.ids import new_id
from generations.models.secret import Secret

from .media import mp4


@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    return settings.MEDIA_ROOT


@pytest.fixture
def team(db):
    return Team.objects.create(name="Northlight")


def member(team: Team, name: str) -> Person:
    person = Person.objects.create(username=name, first_name=name.title())
    Membership.objects.filter(person=person).delete()
    Membership.objects.create(team=team, person=person)
    return Person.objects.get(pk=person.pk)


@pytest.fixture
def person(team):
    return member(team, "aiko")


@pytest.fixture
def other_person(team):
    return member(team, "ben")


@pytest.fixture
def outsider(db):
    return member(Team.objects.create(name="Elsewhere"), "eve")


def account_of(person: Person) -> Account:
    connection = Connection.objects.filter(
        owner=person, is_sandbox=False
    ).first() or Connection.objects.create(
        owner=person,
        base_url="http://127.0.0.1:9/v1",
        user_number=str(person.pk),
        token=Secret.seal("user:0-unusable"),
        token_end="able",
    )
    return Account.objects.filter(connection=connection).first() or Account.objects.create(
        connection=connection, email=f"{person.username}@example.com"
    )


@pytest.fixture
def make_generation(person):
    """A finished generation with as many ready clips as asked for; anything may be set by name."""

    def make(prompt="A quiet harbour", *, by=None, clips=1, **fields) -> Generation:
        by = by or person
        team, sandbox = by.team(), fields.get("is_sandbox", False)
        number = fields.pop("number", None) or Team.take_numbers(team.pk, sandbox=sandbox)[1]
        key = fields.pop("id", None) or new_id()
        defaults = {
            "team": team,
            "person": by,
            "account": account_of(by),
            "request_key": f"key-{key}",
            "request": {"prompt": prompt, "model": fields.get("model", "veo-3.1-fast"), "inputs": []},
            "prompt": prompt,
            "mode": "text",
            "kind": "video",
            "model": "veo-3.1-fast",
            "ratio": "16:9",
            "seconds": 8,
            "count": clips,
            "state": "ready",
            "accepted_at": clock.now(),
            "finished_at": clock.now(),
        }
        generation = Generation.objects.create(id=key, number=number, **(defaults | fields))
        for position in range(clips):
            Clip.objects.create(
                generation=generation,
                position=position,
                kind=generation.kind,
                state="ready",
                file=f"2026/11/24/{generation.label}-{position}.mp4",
                sha256="0" * 64,
                width=1280,
                height=720,
                length=8.0 if generation.kind == "video" else None,
                content_type="video/mp4",
                saved_at=clock.now(),
            )
        return generation

    return make


@pytest.fixture
def make_clip(make_generation):
    def make(*, position=0, **fields) -> Clip:
        return make_generation(clips=position + 1, **fields).clips.get(position=position)

    return make


@pytest.fixture
def saved_clip(media, make_clip):
    """A ready clip whose real file lies in the library, as the engine leaves it."""

    def save(data=None, content_type="video/mp4", **fields) -> Clip:
        clip = make_clip(**fields)
        with Incoming(place_for(clip, content_type)) as incoming:
            incoming.write(mp4() if data is None else data)
            probed = look(incoming.path)
            kept = incoming.keep()
        clip.file, clip.sha256, clip.size = kept.file, kept.sha256, kept.size
        clip.content_type, clip.width, clip.height = probed.content_type, probed.width, probed.height
        clip.length, clip.frame_rate, clip.kind = probed.length, probed.frame_rate, probed.kind
        clip.save()
        return clip

    return save
