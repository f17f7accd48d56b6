"""What a row names becomes what it stands on: 228a a clip, Pip a character, Captain a voice.

Found only through what the person may see; what a clip decides about its next step (model, shape, length)
is filled in as the clip page does it (follow.py).
"""

from ...catalog import engines, rules
from ...catalog.request import Input, Request
from ...models import Account, Character, Clip, Generation, Person, Voice
from ...models.clip import LETTERS
from .. import follow
from ..money import quote
from . import uses
from .compose import UNKNOWN, Row


def look_up(rows: list[Row], person: Person, account: Account) -> None:
    """Put clips, characters and voices into the requests of rows; what is missing becomes their sentence."""
    for row in rows:
        if row.request is None:
            continue
        try:
            row.request = _resolved(row, person, account)
        except LookupError as slip:
            row.request, row.sentence = None, str(slip.args[0])
            continue
        known = tuple(given for given in row.request.inputs if given.picture != UNKNOWN)
        if found := uses.check(person, account, row.request.but(inputs=known)):
            row.request, row.sentence = None, found[0].sentence


def _resolved(row: Row, person: Person, account: Account) -> Request:
    request: Request = row.request
    clips = {slot: clip_called(person, label) for slot, label in row.clips.items()}
    refs = {slot: _ref_called(person, account, slot, name) for slot, name in row.names.items()}
    given = []
    for one in request.inputs:
        if one.slot in clips:
            given.append(Input(slot=one.slot, clip=clips[one.slot].pk))
        else:
            given.append(Input(slot=one.slot, ref=refs[one.slot]) if one.slot in refs else one)
    request = request.but(inputs=tuple(given))
    if request.mode in ("extend", "upscale", "gif") and "mediaGenerationId" in clips:
        return _step(request, clips["mediaGenerationId"], account)
    if request.mode == "join" and clips:
        first = clips[min(clips)]
        lengths = [clips[one.slot].length or 0 if one.slot in clips else 99 for one in request.inputs]
        return request.but(
            ratio=first.generation.ratio,
            model=request.model or first.generation.model,
            extra={**request.extra, "lengths": lengths},
        )
    return request


def clip_called(person: Person, label: str) -> Clip:
    """The clip people call 228a. Raises LookupError with a sentence."""
    mine = Generation.objects.visible_to(person).filter(team=person.team()).numbered(label[:-1])
    clip = Clip.objects.filter(generation__in=mine, position=LETTERS.find(label[-1]))
    found = clip.select_related("generation__account__connection").first()
    if found is None:
        raise LookupError(f"There is no clip {label} that you may see.")
    return found


def _ref_called(person: Person, account: Account, slot: str, name: str) -> str:
    shelf, thing = (Character, "character") if slot.startswith("character") else (Voice, "voice")
    named = shelf.objects.visible_to(person).ready().filter(name__iexact=name)
    found = named.filter(account=account).first()
    if found:
        return found.ref
    if elsewhere := named.select_related("account__connection").first():
        raise LookupError(f"{elsewhere.name} is a {thing} of {elsewhere.account.name}. Choose that account.")
    raise LookupError(f"{account.name} has no {thing} called {name[:40]!r}.")


def _step(request: Request, clip: Clip, account: Account) -> Request:
    if request.mode == "gif":
        return follow.moving_picture(clip)
    if request.mode == "upscale":
        known = engines.engine(clip.generation.model)
        return follow.larger(clip, request.resolution or rules.upscale_choices(known)[0])
    model = request.model or _model_to_extend(clip, account)
    made = follow.extension(clip, request.prompt, model=model, count=request.count)
    return made.but(seed=request.seed)


def _model_to_extend(clip: Clip, account: Account) -> str:
    """The clip's own model where it can go on, else the vendor's default."""
    own = quote.facts_of(account).engine(clip.generation.model)
    return own.id if own and "extend" in own.modes else engines.default_engine("video").id
