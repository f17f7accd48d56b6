"""Template tags and filters; built in (settings), so that templates need no {% load %}."""

from functools import lru_cache
from itertools import cycle
from pathlib import Path

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from PIL import Image

from . import prompts, words

register = template.Library()

SPRITE = "vendored/lucide/sprite.svg"
# The mark: a landscape frame with a cut-out play triangle beside a narrow portrait frame (ui.md section 20).
MARK = (
    '<svg class="mark" width="{width}" height="{height}" viewBox="0 0 34 22" fill="currentColor"'
    ' aria-hidden="true"><path fill-rule="evenodd" d="M2.5 2h18.8a2.5 2.5 0 0 1 2.5 2.5v13a2.5 2.5 0 0 1-2.5'
    ' 2.5H2.5A2.5 2.5 0 0 1 0 17.5v-13A2.5 2.5 0 0 1 2.5 2zm6.7 5.2v7.6L15.8 11z"/>'
    '<rect x="25.8" y="2" width="8.2" height="18" rx="2.5" opacity=".42"/></svg>'
)
# Sign-in shows these and never a team's clips (ui.md section 2). Four rows of wide (w) and tall (t) ones.
SAMPLES = "img/samples"
SAMPLE_ROWS = ("wtwt", "wtwt", "wwt", "wtw")


@register.simple_tag
def icon(name: str, *classes: str) -> SafeString:
    """A lucide icon from the sprite, silent for screen readers: {% icon "play" "i-15" %}."""
    return format_html(
        '<svg class="i {}" aria-hidden="true"><use href="{}#{}"/></svg>',
        " ".join(classes),
        static(SPRITE),
        name,
    )


@register.simple_tag
def mark(width: int = 34) -> SafeString:
    """The mark of Flowsite in the colour of its surroundings."""
    return format_html(MARK, width=width, height=round(width * 22 / 34))


@register.simple_tag
@lru_cache(maxsize=1)
def samples() -> tuple[tuple[tuple[str, str], ...], ...]:
    """Rows of bundled pictures beside the sign-in form: ((file below static/, ratio class), …)."""
    shapes: dict[str, list[tuple[str, str]]] = {"w": [], "t": []}
    folder = Path(finders.find(SAMPLES) or "")
    for file in sorted(folder.glob("*.webp")):
        with Image.open(file) as picture:
            shapes["t" if picture.height > picture.width else "w"].append(
                (f"{SAMPLES}/{file.name}", words.nearest_class(*picture.size))
            )
    turns = {kind: cycle(found) for kind, found in shapes.items()}
    if not all(shapes.values()):
        return ()
    return tuple(tuple(next(turns[kind]) for kind in row) for row in SAMPLE_ROWS)


register.filter("grouped", words.grouped)
register.filter("credits", words.credits)
register.filter("price", words.price)
register.filter("lasts", words.length)  # "length" is Django's own, and its admin needs it
register.filter("chips", prompts.chips)
register.filter("clock", words.clock)
register.filter("ratio_class", words.ratio_class)
