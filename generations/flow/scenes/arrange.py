"""Put clips in order: what its maker may do with a scene. Joining it is another verb (join.py).

Every verb checks who asks and says no in a sentence; the web's forms and scripts call the same ones.
"""

from django.db import transaction

from ...models import Clip, ClipState, Person, Scene, SceneClip, clock
from ...models.generation import Visibility
from ...permissions import NotAllowed
from ..intend import Refusal
from ..people import capabilities

UNTITLED = "Untitled scene"
LONGEST_NAME = 120
SHORTEST = 0.5  # seconds that must be left of a clip


def may_change(person: Person, scene: Scene) -> bool:
    return scene.person_id == person.pk


def check_may_change(person: Person, scene: Scene) -> None:
    if not may_change(person, scene):
        raise NotAllowed(f"Only {scene.person.shown_name} can change this scene. Make a copy to change it.")


def begin(person: Person, clips: list[Clip] = (), *, name: str = "") -> Scene:
    """A new scene of these clips. Raises Refusal."""
    team = person.team()
    if team is None:
        raise Refusal("You are not part of a team yet. An administrator can add you.")
    with transaction.atomic():
        scene = Scene.objects.create(team=team, person=person, name=_name(name))
        if clips:
            add(scene, person, clips)
    return scene


def copy(scene: Scene, by: Person) -> Scene:
    """The same clips in the same order as a scene of one's own; what the person may not see stays behind."""
    with transaction.atomic():
        mine = begin(by, name=f"{scene.name}, copy")
        seen = Clip.objects.visible_to(by)
        places = [p for p in scene.places.filter(clip__in=seen)]
        for place in places:
            place.pk, place.scene = None, mine
        SceneClip.objects.bulk_create(places)
    return mine


def add(scene: Scene, by: Person, clips: list[Clip]) -> None:
    """Put clips at the end. Raises Refusal for an image, an unfinished clip, or one too many."""
    check_may_change(by, scene)
    for clip in clips:
        if clip.kind != "video":
            raise Refusal(f"{clip.label} is an image. A scene is made of clips.", "clip")
        if clip.state != ClipState.READY:
            raise Refusal(f"{clip.label} is not saved yet. Add it when it is ready.", "clip")
    with _held(scene) as places:
        most = capabilities.settings().join_max
        if len(places) + len(clips) > most:
            left = max(0, most - len(places))
            room = f"There is room for {left} more." if left else "Take one out first."
            raise Refusal(f"A scene holds at most {most} clips. {room}", "clip")
        last = places[-1].position if places else 0
        SceneClip.objects.bulk_create(
            SceneClip(scene=scene, clip=clip, position=last + n) for n, clip in enumerate(clips, 1)
        )


def put_in_order(scene: Scene, by: Person, order: list[int]) -> None:
    """The places in this order; any that the list does not name (added meanwhile) keep theirs behind it."""
    check_may_change(by, scene)
    with _held(scene) as places:
        named = {pk: n for n, pk in enumerate(order)}
        places.sort(key=lambda place: named.get(place.pk, len(named)))
        _renumber(places)


def move(scene: Scene, by: Person, place_id: int, step: int) -> None:
    """One place earlier (-1) or later (1); at the ends nothing changes."""
    check_may_change(by, scene)
    with _held(scene) as places:
        here = next((n for n, place in enumerate(places) if place.pk == place_id), None)
        if here is None:
            raise Refusal("This clip is no longer in the scene.")
        places.insert(min(max(0, here + step), len(places)), places.pop(here))
        _renumber(places)


def trim(scene: Scene, by: Person, place_id: int, start: float, end: float) -> None:
    """Cut seconds off both ends. Raises Refusal when (nearly) nothing would be left."""
    check_may_change(by, scene)
    with _held(scene):
        place = scene.places.select_related("clip__generation").filter(pk=place_id).first()
        if place is None:
            raise Refusal("This clip is no longer in the scene.")
        length = place.clip.length or 0
        if min(start, end) < 0 or start + end > length - SHORTEST:
            raise Refusal(
                f"{place.clip.label} is {length:.1f} s long: at least {SHORTEST} s of it must be left.",
                "trim",
            )
        place.trim_start, place.trim_end = round(start, 2), round(end, 2)
        place.save(update_fields=["trim_start", "trim_end"])


def take_out(scene: Scene, by: Person, place_id: int) -> None:
    check_may_change(by, scene)
    with _held(scene):
        scene.places.filter(pk=place_id).delete()


def rename(scene: Scene, by: Person, name: str) -> None:
    check_may_change(by, scene)
    scene.name = _name(name)
    scene.save(update_fields=["name"])


def show_to(scene: Scene, by: Person, visibility: str) -> None:
    """To the team, or to its maker alone."""
    check_may_change(by, scene)
    if visibility not in Visibility.values:
        raise Refusal("Choose who sees it: the team, or only you.", "visibility")
    scene.visibility = visibility
    scene.save(update_fields=["visibility"])


def throw_away(scene: Scene, by: Person) -> None:
    """The order is gone; its clips and what was joined of them stay."""
    check_may_change(by, scene)
    scene.delete()


def _name(name: str) -> str:
    return " ".join(name.split())[:LONGEST_NAME] or UNTITLED


class _held:
    """The places of a scene, in order, while nobody else changes them: two windows may be open on it."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self._atomic = scene, transaction.atomic()

    def __enter__(self) -> list[SceneClip]:
        self._atomic.__enter__()
        Scene.objects.filter(pk=self.scene.pk).update(
            changed_at=clock.now()
        )  # its row lock, on both databases
        return list(self.scene.places.all())

    def __exit__(self, *trouble) -> None:
        self._atomic.__exit__(*trouble)


def _renumber(places: list[SceneClip]) -> None:
    for n, place in enumerate(places, 1):
        place.position = n
    SceneClip.objects.bulk_update(places, ["position"])
