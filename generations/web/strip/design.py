"""Every state of a card on one page, to hold beside design/screens/states.png. Only with DEBUG (urls.py).

The rows are invented and never stored; numbers and prompts are those of the picture.
"""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.templatetags.static import static

from ...models import clock
from .cards import Action, Card, Frame, row_of

META = ("Veo 3.1 Fast", "8 s", "10 credits")


@login_not_required
def states(request):
    """The fourteen states and their variants, in the order of the picture; then strips of other shapes."""
    now = clock.epoch()
    return render(request, "design/states.html", {"cards": _states(now), "shapes": _shapes(now)})


def _card(number: str, state: str, prompt: str, actions: str = "", **facts) -> Card:
    facts["actions"] = tuple(
        Action(label, "#", method="get", key=label.split(",")[0].lower().replace(" ", "-"))
        for label in actions.split("; ")
        if label
    )
    facts["frames"] = row_of(facts.get("frames", ()), facts.get("count", 1))
    facts.setdefault("meta", META)
    return Card(number, number, state, prompt, href="#", **facts)


def _picture(name: str, state: str = "ready", **facts) -> Frame:
    words = f"{name.replace('-', ' ')}, a sample"
    poster = static(f"img/samples/{name}.webp")
    return Frame(state, href="#", poster=poster, alt=words, length="0:08", **facts)


def _lettered(*names: str) -> tuple[Frame, ...]:
    tools = (
        Action("Favourite", "#", method="get", key="favourite", icon="heart"),
        Action("Reroll, 10 credits", "#", method="get", key="reroll", icon="rotate-ccw"),
        Action("Download", "#", method="get", key="download", icon="download"),
        Action("More", "#", method="get", key="more", icon="ellipsis"),
    )
    letters = zip("abcd", names, strict=False)
    return tuple(
        _picture(n, letter=i, favourite=i == "a", actions=tools, label=f"228{i}") for i, n in letters
    )


def _states(now: float) -> list[Card]:
    return [
        _card(
            "241",
            "held",
            "Harbour at first light, crane shot, fog lifting",
            "Use Fast, 10 credits; Withdraw",
            sentence="A 100-credit clip needs a yes from Aiko.",
            hint="Asked 4 min ago.",
            meta=("Veo 3.1 Quality", "8 s", "100 credits"),
        ),
        _card(
            "240",
            "waiting",
            "Keeper’s hands winding the clockwork, brass, close-up",
            "Move to front; Edit; Cancel",
            word="Waiting, 2nd in line",
            right="about 14:41",
        ),
        _card(
            "239",
            "resting",
            "Storm, spray over the rocks, lamp stays lit",
            "Move to Studio; Edit; Cancel",
            word="Resting until 15:08",
            right="Backup account",
        ),
        _card(
            "238",
            "paused",
            "Cottage kitchen, kettle steam, still camera",
            "Resume; Edit; Cancel",
            right="by you, 14:20",
        ),
        _card("237", "sending", "Beam swings toward us, fog lights up gold", "Reuse prompt", progress=4),
        _card(
            "236",
            "generating",
            "Pip turns toward the low sun, paper tulips swaying",
            "Stop waiting; Reuse prompt",
            since=now - 68,
            right="20–40 s left",
            usual=108,
            progress=64,
        ),
        _card(
            "235",
            "overdue",
            "Ringed planet drifting past a window, dust in the light",
            "Stop waiting; Tell me when ready",
            since=now - 250,
            right="usually 1:10",
            progress=95,
        ),
        _card(
            "234",
            "saving",
            "Ringed planet, teal nebula, slow orbit",
            "Reuse prompt",
            frames=(_picture("planet-wide", "dim"),),
            right="3.1 of 4.8 MB",
            progress=65,
        ),
        _card(
            "233",
            "ready",
            "Same headland, wider, beam passes once",
            frames=(_picture("lighthouse-wide"),),
            meta=(*META, "Mara"),
        ),
        _card(
            "232",
            "unsaved",
            "Moonlit swell seen from the lamp room",
            "Save now; What happened",
            frames=(_picture("sea-wide", "dim"),),
            right="Google keeps it until 20:40",
        ),
        _card(
            "231",
            "uncertain",
            "Spray over the rocks, vertical pan, lamp stays lit",
            "Check now; What happened",
            sentence="The connection broke while sending.",
            hint="Checking with Google until 14:52. Not sent again by itself.",
            right="10 credits on hold",
        ),
        _card(
            "230",
            "failed",
            "Crowd chanting at a night market, drums, fireworks",
            "Edit prompt; Retry, 10 credits; Details",
            sentence="Google’s sound filter stopped this clip.",
            hint="The picture was fine. Calmer sound words can help.",
            tag="Not charged",
        ),
        _card(
            "229",
            "failed",
            "Glass lens turning, prism light on brass",
            "Try again, 10 credits; Download anyway",
            sentence="The clip came back broken twice.",
            hint="The file does not play. Google counted it.",
            tag="Charged 10",
            charged=True,
        ),
        _card(
            "228",
            "stopped",
            "Long walk down the pier, one lamp at a time",
            "Watch again; Reuse prompt",
            sentence="You stopped waiting.",
            hint="If Google finishes it, it is saved to the gallery. It may be charged.",
        ),
        _card(
            "227",
            "cancelled",
            "Gulls over the slipway, long lens, overcast",
            "Queue again, 10 credits; Remove",
            tag="Not charged",
        ),
        _card(
            "S3",
            "ready",
            "A small robot waves from a meadow of paper tulips",
            frames=(_picture("robot-wide", sandbox=True),),
            meta=("Sandbox", "8 s", "0 credits"),
        ),
    ]


def _shapes(now: float) -> list[Card]:
    prompt = (
        "A red-and-white lighthouse on a granite headland at dusk, beam sweeping over the sea, "
        "warm windows in the keeper’s cottage, gulls, distant surf"
    )
    return [
        _card(
            "331",
            "generating",
            "Pip the robot turns toward the low sun, paper tulips swaying around him, slow dolly in",
            "Stop waiting; Reuse prompt",
            count=2,
            since=now - 68,
            usual=108,
            progress=64,
            right="20–40 s left",
            meta=("Veo 3.1 Fast", "8 s", "20 credits", "Mara"),
        ),
        _card(
            "330",
            "saving",
            "Aurora over a still lake, vertical, tripod shot, no people, faint wind and water sound",
            ratio="r916",
            frames=(_picture("vase-tall", "dim"),),
            progress=84,
            meta=("Omni Flash", "8 s", "25 credits", "Aiko"),
        ),
        _card(
            "329",
            "waiting",
            "Ringed planet drifting past a window, dust in the light, handheld, very slow",
            "Move to front; Edit; Cancel",
            word="Waiting, 2nd in line",
            right="about 14:41",
            meta=("Veo 3.1 Quality", "8 s", "100 credits", "Mara"),
        ),
        _card(
            "328",
            "ready",
            prompt,
            count=4,
            frames=_lettered("lighthouse-wide", "lighthouse-wide", "lighthouse-wide", "lighthouse-wide"),
            meta=("Veo 3.1 Fast", "8 s", "40 credits", "saved $2.88", "Mara", "14:22"),
        ),
        _card(
            "327",
            "ready",
            "Moon jellyfish rising through shafts of light, vertical",
            count=3,
            ratio="r916",
            frames=_lettered("jellyfish-tall", "jellyfish-tall", "jellyfish-tall"),
        ),
        _card(
            "324",
            "failed",
            "Same headland, vertical cut for stories: start on the cottage, tilt up to the lamp",
            "Edit prompt; Retry, 10 credits",
            ratio="r916",
            sentence="Google is busy.",
            hint="Trying again is one click.",
            tag="Not charged",
        ),
        _card(
            "323",
            "ready",
            "Green glass bottle on a sage plinth",
            ratio="r11",
            frames=(_picture("bottle-tall", contain=True),),
            meta=("Nano Banana Pro", "free", "Sam"),
        ),
    ]
