"""Characters and voices: made, listed and deleted at the vendor, each on its account (flow-api.md 12 and 13).

The page writes a row and an errand; a worker asks the vendor. Both are free of credits; making a voice
costs the captcha solver's money. Neither call is ever repeated by itself: a second one makes a second one,
so a worker that comes to an errand that was tried before looks first whether it was made.
"""

import contextlib
from datetime import timedelta

from django.db import transaction

from ...catalog.references import preset_voices, reference
from ...library import intake, storage
from ...library.storage import Incoming
from ...models import Account, Character, Errand, Person, Picture, Voice, clock
from ...models.character import CastState
from ...models.errand import ErrandKind
from ...models.picture import PictureState
from ...permissions import check_may_spend_from
from ...vendor.errors import DownloadFailed, FlowError, NotFound, Refused
from ..intend import Refusal
from ..people import connect
from . import uploads

LONGEST_NAME, LONGEST_NOTES, LONGEST_LINE = 200, 2000, 120  # flow-api.md 12 and 13
MOST_BYTES = 5 * 1024 * 1024  # of a sample or a face
FACES = 20  # fetched in one go
STILL_NEW = timedelta(minutes=5)  # what was made just now may not be listed yet


# --- asked by a page -----------------------------------------------------------------------------------


def ask_read(person: Person, account: Account) -> Errand:
    """Have the characters and voices of an account listed, whoever made them."""
    return connect.ask(ErrandKind.READ_CAST, person=person, account=account)


def make_character(
    person: Person, account: Account, *, name: str, pictures: list[Picture], notes: str = "", voice: str = ""
) -> Character:
    """Have a character made out of one or two pictures. Raises Refusal (with the field), NotAllowed."""
    check_may_spend_from(person, account)
    name, notes = name.strip(), notes.strip()
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Refusal(f"Give the character a name of at most {LONGEST_NAME} characters.", "name")
    if not 1 <= len(pictures) <= 2:
        raise Refusal("Choose one or two pictures of the character.", "pictures")
    for picture in pictures:
        if picture.kind != "image" or picture.person_id != person.pk:
            raise Refusal("Choose pictures of yours, not clips.", "pictures")
        if picture.state == PictureState.REFUSED:
            raise Refusal(picture.sentence, "pictures")
    if len(notes) > LONGEST_NOTES:
        raise Refusal(f"Shorten the notes to {LONGEST_NOTES:,} characters.", "notes")
    if voice and not _is_voice_of(account, voice):
        raise Refusal(f"{account.name} has no such voice. Choose another.", "voice")
    first, second = [*pictures, None][:2]
    with transaction.atomic():
        character = Character.objects.create(
            person=person, account=account, name=name, notes=notes, voice=voice, images=len(pictures),
            picture_1=first, picture_2=second,
        )  # fmt: skip
        connect.ask(
            ErrandKind.MAKE_CHARACTER, person=person, account=account, asked={"character": character.pk}
        )
    return character


def _is_voice_of(account: Account, voice: str) -> bool:
    if voice.lower() in {name.lower() for name in preset_voices()}:
        return True
    return Voice.objects.ready().filter(account=account, ref=voice).exists()


def make_voice(
    person: Person, account: Account, *, name: str, base: str, dialog: str, performance: str
) -> Voice:
    """Have a voice made out of a preset. Raises Refusal (with the field), NotAllowed."""
    check_may_spend_from(person, account)
    name, dialog, performance = name.strip(), dialog.strip(), performance.strip()
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Refusal(f"Give the voice a name of at most {LONGEST_NAME} characters.", "name")
    if base not in preset_voices():
        raise Refusal("Choose the voice it begins with.", "base")
    if not 1 <= len(dialog) <= LONGEST_LINE:
        raise Refusal(f"Write what the voice says, in at most {LONGEST_LINE} characters.", "dialog")
    if not 1 <= len(performance) <= LONGEST_LINE:
        raise Refusal(f"Say how the voice speaks, in at most {LONGEST_LINE} characters.", "performance")
    with transaction.atomic():
        voice = Voice.objects.create(
            person=person, account=account, name=name, base=base, dialog=dialog, performance=performance
        )
        connect.ask(ErrandKind.MAKE_VOICE, person=person, account=account, asked={"voice": voice.pk})
    return voice


def ask_delete(person: Person, member: Character | Voice) -> Errand | None:
    """Delete it at Google, for good; one that was never made just goes. Raises NotAllowed."""
    check_may_spend_from(person, member.account)
    if not member.ref:
        if member.state == CastState.FAILED:
            member.delete()
        return None
    kind = ErrandKind.DELETE_CHARACTER if isinstance(member, Character) else ErrandKind.DELETE_VOICE
    asked = {"character" if isinstance(member, Character) else "voice": member.pk}
    return connect.ask(kind, person=person, account=member.account, asked=asked)


# --- run by a worker ----------------------------------------------------------------------------------------


@contextlib.contextmanager
def _said_on(member: Character | Voice):
    """What goes wrong while it is made is told where it stands, and the errand fails."""
    try:
        yield
    except BaseException as trouble:
        sentence = "Something went wrong here. Make it again."
        if isinstance(trouble, uploads.PictureTrouble):
            sentence = " ".join(trouble.failure.told())
        elif isinstance(trouble, Refused):
            sentence = f"Google said no: {(trouble.text or str(trouble.status)).rstrip('.')}."
        elif isinstance(trouble, FlowError):
            sentence = connect.in_words(trouble)
        type(member).objects.filter(pk=member.pk).update(state=CastState.FAILED, sentence=sentence[:400])
        raise


def create_character(errand: Errand) -> tuple[str, dict]:
    """Upload its pictures to the account and have it made; found again, not made twice."""
    character = Character.objects.select_related("picture_1", "picture_2", "account__connection").filter(
        pk=errand.asked.get("character"), state=CastState.MAKING
    ).first()  # fmt: skip
    if character is None:
        return "This character is made already.", {}
    account, client = character.account, connect.client_for(errand.account)
    with _said_on(character):
        if not _found_again(errand, character, client.characters, "character", "displayName"):
            pictures = [picture for picture in (character.picture_1, character.picture_2) if picture]
            ids = [uploads.upload_picture(picture, account, client) for picture in pictures]
            fields = {"displayName": character.name}
            fields |= {f"imageReference_{place}": media_id for place, media_id in enumerate(ids, 1)}
            if character.notes:
                fields["personalityNotes"] = character.notes
            if character.voice:
                fields["voice"] = character.voice
            _mark_tried(errand)
            character.ref = str(client.create_character(fields).get("character") or "")
        if not character.ref:
            raise FlowError("The answer names no character.")
    face = character.picture_1.thumb if character.picture_1 else ""
    Character.objects.filter(pk=character.pk).update(
        ref=character.ref, state=CastState.READY, thumb=face, sentence=""
    )
    return f"{character.name} is ready.", {}


def create_voice(errand: Errand) -> tuple[str, dict]:
    """Have a voice made, and fetch its sample."""
    voice = Voice.objects.filter(pk=errand.asked.get("voice"), state=CastState.MAKING).first()
    if voice is None:
        return "This voice is made already.", {}
    client, url = connect.client_for(errand.account), ""
    with _said_on(voice):
        if not _found_again(errand, voice, client.voices, "voice", "displayName"):
            fields = {
                "email": errand.account.email,
                "voice": voice.base,
                "displayName": voice.name,
                "dialog": voice.dialog,
                "voicePerformance": voice.performance,
            }
            _mark_tried(errand)
            made = client.create_voice(fields)
            voice.ref, url = str(made.get("voice") or ""), str(made.get("audioUrl") or "")
        if not voice.ref:
            raise FlowError("The answer names no voice.")
    Voice.objects.filter(pk=voice.pk).update(ref=voice.ref, state=CastState.READY, sentence="")
    _fetch_sample(voice, client, url)
    return f"{voice.name} is ready.", {}


def _mark_tried(errand: Errand) -> None:
    errand.asked = {**errand.asked, "tried": True}
    Errand.objects.filter(pk=errand.pk).update(asked=errand.asked)


def _found_again(errand: Errand, member: Character | Voice, listed, key: str, name: str) -> bool:
    """After a try that was cut off: one of this name that no row of ours holds is the one that was made."""
    if not errand.asked.get("tried"):
        return False
    known = set(type(member).objects.filter(account=errand.account).values_list("ref", flat=True))
    for told in listed(errand.account.email):
        if told.get(name) == member.name and told.get(key) and told[key] not in known:
            member.ref = str(told[key])
            return True
    return False


def delete_character(errand: Errand) -> tuple[str, dict]:
    character = Character.objects.filter(pk=errand.asked.get("character")).first()
    if character and character.ref:
        with contextlib.suppress(NotFound):  # gone already is what was wanted
            connect.client_for(errand.account).delete_character(character.ref)
        Character.objects.filter(pk=character.pk).update(state=CastState.GONE)
    return "The character is deleted. Its voice stays.", {}


def delete_voice(errand: Errand) -> tuple[str, dict]:
    voice = Voice.objects.filter(pk=errand.asked.get("voice")).first()
    if voice and voice.ref:
        with contextlib.suppress(NotFound):
            connect.client_for(errand.account).delete_voice(voice.ref)
        Voice.objects.filter(pk=voice.pk).update(state=CastState.GONE)
    return "The voice is deleted.", {}


def read_cast(errand: Errand) -> tuple[str, dict]:
    """List what stands on an account: new ones get a row, missing ones are gone; faces and samples come."""
    account, client = errand.account, connect.client_for(errand.account)
    characters = [told for told in client.characters(account.email) if _ref(told, "character")]
    voices = client.voices(account.email)
    own = [told for told in voices if told.get("source") == "user" and _ref(told, "voice")]
    for told in characters:
        _learn_character(account, told)
    for told in own:
        name = str(told.get("displayName") or "Voice")[:LONGEST_NAME]
        defaults = {"name": name, "state": CastState.READY}
        Voice.objects.get_or_create(account=account, ref=_ref(told, "voice"), defaults=defaults)
    _gone(Character, account, {_ref(told, "character") for told in characters})
    _gone(Voice, account, {_ref(told, "voice") for told in own})
    _fetch_faces(account, client)
    for told in voices:
        if told.get("source") == "system":
            _fetch_preset(str(told.get("voice", "")), str(told.get("sampleUrl") or ""), client)
    for voice in Voice.objects.ready().filter(account=account, sample=""):
        with contextlib.suppress(FlowError):
            _fetch_sample(voice, client, str(client.voice(voice.ref, tries=1).get("audioUrl") or ""))
    return f"{len(characters)} characters and {len(own)} own voices on {account.name}.", {}


def _ref(told: dict, key: str) -> str:
    value = told.get(key)
    return value if isinstance(value, str) and reference(value) else ""


def _learn_character(account: Account, told: dict) -> None:
    ref = _ref(told, "character")
    voice = told.get("voice")
    voice = str(voice.get("voice") or "")[:800] if isinstance(voice, dict) else ""
    name = str(told.get("displayName") or "Character")[:LONGEST_NAME]
    if Character.objects.filter(account=account, name=name, state=CastState.MAKING).exists():
        return  # very likely the one that is being made here
    defaults = {
        "name": name,
        "notes": str(told.get("personalityNotes") or "")[:LONGEST_NOTES],
        "voice": voice,
        "images": reference(ref).images or 1,
        "state": CastState.READY,
    }
    Character.objects.get_or_create(account=account, ref=ref, defaults=defaults)


def _gone(shelf: type[Character] | type[Voice], account: Account, there: set[str]) -> None:
    """What the vendor lists no more was deleted elsewhere. Younger rows may not be listed yet."""
    ready = shelf.objects.filter(account=account, state=CastState.READY).exclude(ref__in=there)
    ready.filter(made_at__lt=clock.now() - STILL_NEW).update(state=CastState.GONE)


def _fetch_faces(account: Account, client) -> None:
    for character in Character.objects.ready().filter(account=account, thumb="")[:FACES]:
        with contextlib.suppress(FlowError, intake.BadPicture):
            told = client.character(character.ref, tries=1)
            if url := str(told.get("thumbnailUrl") or ""):
                face = bytearray()
                client.download(url, face.extend, max_bytes=MOST_BYTES, overall=60)
                thumb = intake.keep_face(bytes(face), f"characters/{character.pk}")
                Character.objects.filter(pk=character.pk).update(thumb=thumb)


def preset_file(name: str) -> str:
    return f"voices/presets/{name.lower()}.wav"


def preset_sample(name: str) -> str:
    """The stored sample of a preset voice; empty until a worker has fetched it."""
    file = preset_file(name)
    return file if name in preset_voices() and storage.full_path(file).exists() else ""


def _fetch_preset(name: str, url: str, client) -> None:
    if url and name in preset_voices() and not preset_sample(name):
        with contextlib.suppress(DownloadFailed):
            _fetch_sound(url, preset_file(name), client)


def _fetch_sample(voice: Voice, client, url: str) -> None:
    if url:
        with contextlib.suppress(DownloadFailed):
            file = _fetch_sound(url, f"voices/{voice.pk}.wav", client)
            Voice.objects.filter(pk=voice.pk).update(sample=file)


def _fetch_sound(url: str, file: str, client) -> str:
    with Incoming(file) as incoming:
        client.download(url, incoming.write, max_bytes=MOST_BYTES, overall=60)
        return incoming.keep().file


ANSWERS = {
    ErrandKind.READ_CAST: read_cast,
    ErrandKind.MAKE_CHARACTER: create_character,
    ErrandKind.DELETE_CHARACTER: delete_character,
    ErrandKind.MAKE_VOICE: create_voice,
    ErrandKind.DELETE_VOICE: delete_voice,
}
