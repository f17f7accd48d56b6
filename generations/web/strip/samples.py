"""Three prompts for an empty page, as strips with bundled pictures; a click puts one in the dock."""

from urllib.parse import urlencode

from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.urls import reverse

from .cards import Action, Card, Frame

PROMPTS = (
    (
        "lighthouse-wide",
        "A red-and-white lighthouse on a granite headland at dusk, beam sweeping over the sea",
    ),
    ("planet-wide", "Ringed planet, teal nebula, slow orbit, dust in the light"),
    ("robot-wide", "A small robot waves from a meadow of paper tulips, late sun"),
)


def sample_cards() -> tuple[Card, ...]:
    return tuple(_card(name, prompt) for name, prompt in PROMPTS if finders.find(f"img/samples/{name}.webp"))


def _card(name: str, prompt: str) -> Card:
    into_dock = f"{reverse('create')}?{urlencode({'prompt': prompt})}"
    picture = Frame(
        "ready",
        href=into_dock,
        poster=static(f"img/samples/{name}.webp"),
        alt=prompt,
        sandbox=True,
        eager=True,
    )
    use = Action("Use this prompt", into_dock, method="get", key="reuse")
    return Card(f"sample-{name}", "Sample", "ready", prompt, frames=(picture,), actions=(use,))
