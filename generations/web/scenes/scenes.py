"""Scenes: the list, one scene with its timeline and what was joined of it, and the forms that change it.

Every form works as a page of its own; htmx gets the scene anew as one fragment. What is not visible is 404.
"""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from ...flow.intend import Refusal
from ...flow.scenes import arrange, join
from ...flow.scenes.join import Parts
from ...models import Clip, Generation, Person, Scene
from .. import words
from ..access import get_clip, says_no, way_back, whole
from ..gallery.tiles import poster_url
from ..live import fragment, poll_of
from ..strip import feed
from .picker import Picker
from .timeline import Timeline

PER_PAGE = 60
SHOWN = 4  # pictures of a scene in the list
MOST_JOINS = 12


def get_scene(person: Person, pk: int) -> Scene:
    """The scene, if this person may see it. Raises Http404."""
    found = (
        Scene.objects.visible_to(person).filter(team=person.team(), pk=pk).select_related("person").first()
    )
    if found is None:
        raise Http404
    return found


# --- the list -------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@says_no
def every(request) -> HttpResponse:
    """All scenes of the team that one may see, the last changed first; a POST begins a new one."""
    if request.method == "POST":
        clips = [get_clip(request.user, label) for label in request.POST.getlist("clip")]
        scene = arrange.begin(request.user, clips, name=request.POST.get("name", ""))
        return redirect("scene", pk=scene.pk)
    return render(request, "scenes/scenes.html", {"section": "scenes", "scenes": _listed(request.user)})


def _listed(person: Person) -> list[Scene]:
    found = Scene.objects.visible_to(person).filter(team=person.team()).select_related("person")
    scenes = list(found.prefetch_related("places__clip__generation").order_by("-changed_at")[:PER_PAGE])
    seen = Clip.objects.visible_to(person).filter(places__scene__in=scenes)
    may_see = set(seen.values_list("pk", flat=True))
    for scene in scenes:
        places = [place for place in scene.places.all() if place.clip_id in may_see]
        scene.many, scene.length = len(places), sum(join.kept(place) for place in places)
        scene.pictures = [picture(place.clip) for place in places[:SHOWN]]
    return scenes


def picture(clip: Clip) -> dict:
    return {"poster": poster_url(clip, 320), "ratio": words.nearest_class(clip.width, clip.height)}


# --- one scene ------------------------------------------------------------------------------------------


@require_safe
def page(request, pk: int) -> HttpResponse:
    scene = get_scene(request.user, pk)
    poll = poll_of(request.user, page="scenes")
    context = _scene(request, scene)
    if "q" in request.GET or "add" in request.GET or not context["timeline"].places:
        context["picker"] = Picker(request.user, scene, request.GET.get("q", ""))
        if request.htmx:  # the picker's own field
            answer = render(request, "scenes/_picker.html", context)
            patch_vary_headers(answer, ["HX-Request"])
            return answer
    return render(
        request, "scenes/scene.html", context | {"poll": poll, "cards": _cards(request.user, scene)}
    )


def _scene(request, scene: Scene, chosen: int | None = None) -> dict:
    """What scenes/_scene.html needs; a worker is asked to look at files that nobody has looked at."""
    parts = Parts(scene, request.user)
    if parts.unlooked and request.user.may_spend:
        join.ask_to_look(parts, request.user)
    return {
        "section": "scenes",
        "scene": scene,
        "timeline": Timeline(parts, chosen),
        "may_change": arrange.may_change(request.user, scene),
    }


def _cards(person: Person, scene: Scene) -> list:
    """What was joined of it, newest first."""
    rows = Generation.objects.visible_to(person).filter(scenes=scene).order_by("-pk")[:MOST_JOINS]
    return feed.cards(list(feed.with_all(rows)), person)


@never_cache
@require_GET
@fragment
def watch(request, pk: int) -> HttpResponse:
    """How it can be joined, while a worker still looks at the clips."""
    return render(request, "scenes/_dock.html", _scene(request, get_scene(request.user, pk)) | {"oob": True})


# --- changing it ----------------------------------------------------------------------------------------


def _add(request, scene: Scene) -> None:
    labels = request.POST.getlist("clip")
    clips = [_clip(request.user, label.strip().lstrip("#")) for label in labels if label.strip()]
    if not clips:
        raise Refusal("Choose a clip first.", "clip")
    arrange.add(scene, request.user, clips)


def _clip(person: Person, label: str) -> Clip:
    try:
        return get_clip(person, label)
    except Http404:
        raise Refusal(f"There is no clip {label[:12]} that you may see.", "clip") from None


def _order(request, scene: Scene) -> None:
    asked = request.POST.get("order", "").split(",")[:100]
    arrange.put_in_order(scene, request.user, [pk for one in asked if (pk := whole(one)) is not None])


def _rename(request, scene: Scene) -> None:
    arrange.rename(scene, request.user, request.POST.get("name", ""))


def _show(request, scene: Scene) -> None:
    arrange.show_to(scene, request.user, request.POST.get("visibility", ""))


VERBS = {"add": _add, "order": _order, "rename": _rename, "show": _show}


@require_POST
@says_no
def change(request, pk: int, verb: str) -> HttpResponse:
    """Add, order, rename, show: the scene as it has become."""
    scene = get_scene(request.user, pk)
    if verb not in VERBS:
        raise Http404
    VERBS[verb](request, scene)
    return _after(request, scene)


@require_POST
@says_no
def place(request, pk: int, place: int) -> HttpResponse:
    """One clip of it: earlier, later, out, or cut at its ends."""
    scene, do = get_scene(request.user, pk), request.POST.get("do", "trim")
    if do in ("earlier", "later"):
        arrange.move(scene, request.user, place, -1 if do == "earlier" else 1)
    elif do == "out":
        arrange.take_out(scene, request.user, place)
    else:
        arrange.trim(scene, request.user, place, _seconds(request, "start"), _seconds(request, "end"))
    return _after(request, scene, place)


def _seconds(request, name: str) -> float:
    text = request.POST.get(name, "").strip().replace(",", ".") or "0"
    try:
        seconds = float(text)
    except ValueError:
        raise Refusal(f"{text[:20]} is not a number of seconds.", "trim") from None
    if not 0 <= seconds < 10_000:  # not a number is neither
        raise Refusal("Cut off zero seconds or more.", "trim")
    return seconds


def _after(request, scene: Scene, chosen: int | None = None) -> HttpResponse:
    if not request.htmx:
        return redirect(way_back(request, reverse("scene", args=[scene.pk])))
    scene.refresh_from_db()
    return render(request, "scenes/_scene.html", _scene(request, scene, chosen))


@require_POST
@says_no
def joining(request, pk: int) -> HttpResponse:
    """Join it; the page shows the new clip as it comes."""
    scene = get_scene(request.user, pk)
    key = request.POST.get("request_key", "")[:40]
    if not key:
        raise Refusal("Open the scene again and press Join there.")
    join.join(scene, request.user, request.POST.get("where", ""), request_key=key)
    return redirect(reverse("scene", args=[scene.pk]) + "#joined")


@require_POST
@says_no
def copy(request, pk: int) -> HttpResponse:
    return redirect("scene", pk=arrange.copy(get_scene(request.user, pk), request.user).pk)


@require_POST
@says_no
def throw_away(request, pk: int) -> HttpResponse:
    arrange.throw_away(get_scene(request.user, pk), request.user)
    return redirect("scenes")


# --- from the gallery and the clip page -----------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@says_no
def add_to(request) -> HttpResponse:
    """Which scene these clips (?c=228a,228b) go to; a POST puts them there."""
    given = request.POST if request.method == "POST" else request.GET
    labels = [label for told in given.getlist("c") for label in told.split(",") if label][:10]
    clips = [get_clip(request.user, label) for label in labels]
    if not clips:
        raise Http404
    if request.method == "POST":
        pk = whole(request.POST.get("scene", ""))
        if pk is None:
            scene = arrange.begin(request.user, clips, name=request.POST.get("name", ""))
        else:
            scene = get_scene(request.user, pk)
            arrange.add(scene, request.user, clips)
        return redirect("scene", pk=scene.pk)
    mine = [scene for scene in _listed(request.user) if scene.person_id == request.user.pk]
    context = {
        "section": "scenes",
        "clips": [picture(clip) | {"label": clip.label} for clip in clips],
        "labels": ",".join(labels),
        "scenes": mine,
    }
    return render(request, "scenes/add.html", context)
