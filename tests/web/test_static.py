"""The files every page is made of: whole, small, and possible under a strict Content-Security-Policy."""

import gzip
import hashlib
import math
import re
from pathlib import Path

import django_htmx
import pytest
from django.conf import settings

from flowsite.static import lean
from generations.web.create.dock import MODES, SHAPES
from generations.web.strip.cards import LOOKS

STATIC = settings.BASE_DIR / "static"
TEMPLATES = settings.BASE_DIR / "templates"
VENDORED = STATIC / "vendored"
SPRITE = (VENDORED / "lucide/sprite.svg").read_text()
LAYERS = "reset, tokens, base, layout, parts, pages"
SHARED = ("reset", "tokens", "base", "layout", "parts", "strip", "dock")


def packed(*files: Path) -> int:
    """Bytes on the wire, compressed file by file."""
    return sum(len(gzip.compress(file.read_bytes(), 9)) for file in files)


def templates() -> list[tuple[str, str]]:
    without_comments = re.compile(r"{% comment %}.*?{% endcomment %}", re.DOTALL)
    return [
        (str(file.relative_to(TEMPLATES)), without_comments.sub("", file.read_text()))
        for file in sorted(TEMPLATES.rglob("*.html"))
        if "admin" not in file.parts
    ]


def test_files_of_others_are_kept_as_they_came():
    listed = dict(
        reversed(line.split("  ", 1)) for line in (VENDORED / "SHA256SUMS").read_text().splitlines()
    )
    kept = {str(f.relative_to(VENDORED)) for f in VENDORED.rglob("*/*") if f.is_file()}
    assert kept == set(listed)
    for name, sum_ in listed.items():
        assert hashlib.sha256((VENDORED / name).read_bytes()).hexdigest() == sum_, name
    for folder in {name.split("/")[0] for name in kept}:
        assert f"{folder}/LICENSE" in kept


def test_every_icon_that_a_page_names_is_in_the_sprite():
    there = set(re.findall(r'<symbol id="([a-z0-9-]+)"', SPRITE))
    named = {look.icon for look in LOOKS.values() if look.icon}
    for _, text in templates():
        named |= set(re.findall(r'{% icon "([^"]+)"', text))
    for file in (settings.BASE_DIR / "generations/web").glob("*.py"):
        named |= set(re.findall(r'icon="([a-z0-9-]+)"', file.read_text()))
    named |= {icon for _, _, icon in MODES} | set(SHAPES.values()) | {"rectangle-vertical"}
    assert named - there == set()


def test_stylesheets_fit_the_budget_and_eight_of_them_are_linked():
    base = (TEMPLATES / "layout/base.html").read_text()
    linked = re.findall(r"css/([a-z]+)\.css", base)
    assert tuple(linked[:-1]) == SHARED and len(linked) <= 8
    shared = [STATIC / f"css/{name}.css" for name in SHARED]
    own = max(
        (f for f in (STATIC / "css").glob("*.css") if f not in shared and f.stem not in {"admin", "design"}),
        key=lambda f: f.stat().st_size,
    )
    assert packed(*shared, own) <= 22 * 1024, "ui.md section 19"
    for name, text in templates():
        own_sheets = set(re.findall(r"css/([a-z]+)\.css", text)) - set(SHARED)
        assert len(own_sheets) <= 1, f"{name} links more than one stylesheet of its own"


PAGES = {f"{name}.js" for name in ("clip", "connect", "dock", "gallery", "intake", "queue", "scenes")}
PLAYER = {"player.js"}  # fetched where a player stands: with a clip


def modules_of(page: str) -> set[str]:
    """What a page loads, now or once something needs it: what all pages load, and its own."""
    found, left = set(), ["site.js", page]
    elsewhere = (PAGES | PLAYER) - {page} - (PLAYER if page == "clip.js" else set())
    while left:
        one = left.pop()
        if one in found or one in elsewhere:
            continue
        found.add(one)
        script = (STATIC / "js" / one).read_text()
        left += re.findall(r"""(?:from|import)\s*\(?\s*["']\./([\w-]+\.js)["']""", script)
    return found


@pytest.mark.parametrize("page", sorted(PAGES))
def test_scripts_of_a_page_with_htmx_fit_the_budget(page):
    """As they are sent: without comments (flowsite/static.py)."""
    htmx = Path(django_htmx.__file__).parent / "static/django_htmx/htmx-2.min.js"
    scripts = [lean((STATIC / "js" / name).read_text()) for name in modules_of(page)]
    sent = sum(len(gzip.compress(script.encode(), 9)) for script in scripts)
    assert packed(htmx) + sent <= 40 * 1024, "ui.md section 19"


def test_a_script_is_sent_without_its_comments_and_otherwise_as_written():
    written = '/* why,\n   over lines */\nlet a = "/* b */"; // c\n\n  // d\n  a += "  // e";\n'
    written += "/* f */ a();\n/* g */\n"
    assert lean(written) == 'let a = "/* b */"; // c\na += "  // e";\n/* f */ a();\n'
    for file in (STATIC / "js").glob("*.js"):
        for number, line in enumerate(file.read_text().splitlines(), 1):
            assert line.count("`") % 2 == 0, (
                f"{file.name}:{number}: a string over lines would lose its margins"
            )


def test_icons_and_fonts_fit_the_budget():
    assert packed(VENDORED / "lucide/sprite.svg") <= 9 * 1024
    assert (VENDORED / "fonts/instrument-sans-latin.woff2").stat().st_size <= 30 * 1024
    assert (VENDORED / "fonts/instrument-sans-latin-ext.woff2").stat().st_size <= 11 * 1024


@pytest.mark.parametrize(("name", "text"), templates(), ids=[name for name, _ in templates()])
def test_templates_hold_nothing_that_the_policy_forbids(name, text):
    """No style attribute, no script text, no handler attribute: one would silently do nothing."""
    tags = re.findall(r"<[a-zA-Z][^>]*", re.sub(r"{%.*?%}|{{.*?}}", " ", text))
    for tag in tags:
        assert not re.search(r"\sstyle\s*=", tag), tag
        assert not re.search(r"\son[a-z]+\s*=", tag), tag
        assert not re.search(r"\shx-on[:-]", tag), tag
        assert "javascript:" not in tag, tag
    assert "<style" not in text
    for opening in re.findall(r"<script[^>]*>", text):
        assert "src=" in opening, "text in a script element is not run"


def test_every_rule_stands_in_a_layer_whose_order_is_fixed_once():
    first = (STATIC / "css/reset.css").read_text()
    assert f"@layer {LAYERS};" in first
    for file in (STATIC / "css").glob("*.css"):
        if file.stem == "admin":  # beside Django's own stylesheets, which know no layers
            continue
        text = re.sub(r"/\*.*?\*/", "", file.read_text(), flags=re.DOTALL).replace(f"@layer {LAYERS};", "")
        depth, outside = 0, ""
        for letter in text:
            depth -= letter == "}"
            if depth == 0 and letter not in "{}":
                outside += letter
            depth += letter == "{"
        used = re.findall(r"@layer (\w+)", outside)
        assert used and set(used) <= set(LAYERS.split(", ")), file.name
        assert not re.sub(r"@layer \w+", "", outside).strip(), f"{file.name} has rules outside a layer"


# --- contrast (ui.md section 18) --------------------------------------------------------------------------


def colours(theme: int) -> dict[str, tuple[float, float, float]]:
    """Linear RGB of every colour token, light (0) or dark (1), after rounding to 8 bits as a screen does."""
    found = {}
    tokens = (STATIC / "css/tokens.css").read_text()
    for name, light, dark in re.findall(
        r"--([a-z0-9-]+): light-dark\((oklch\([^)]*\)), (oklch\([^)]*\))\)", tokens
    ):
        if "/" not in light:
            numbers = (light, dark)[theme][6:-1].split()
            found[name] = seen(*(float(n) for n in numbers))
    return found


def seen(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    l_, m, s = (
        (lightness + x * a + y * b) ** 3
        for x, y in (
            (0.3963377774, 0.2158037573),
            (-0.1055613458, -0.0638541728),
            (-0.0894841775, -1.291485548),
        )
    )
    linear = (
        4.0767416621 * l_ - 3.3077115913 * m + 0.2309699292 * s,
        -1.2684380046 * l_ + 2.6097574011 * m - 0.3413193965 * s,
        -0.0041960863 * l_ - 0.7034186147 * m + 1.707614701 * s,
    )
    return tuple(_rounded(min(1.0, max(0.0, part))) for part in linear)


def _rounded(part: float) -> float:
    shown = 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055
    shown = round(shown * 255) / 255
    return shown / 12.92 if shown <= 0.04045 else ((shown + 0.055) / 1.055) ** 2.4


def contrast(one: tuple, other: tuple) -> float:
    bright = sorted(0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (one, other))
    return (bright[1] + 0.05) / (bright[0] + 0.05)


TEXT = [
    ("text", "bg surface matte raised sunken"),
    ("text-2", "bg surface matte sunken raised"),
    ("text-3", "bg surface sunken raised matte"),
    ("on-ink on-ink-2", "ink"),
    ("accent", "bg surface matte accent-soft"),
    ("ok", "bg ok-soft"),
    ("warn", "bg warn-soft matte raised"),
    ("bad", "bg bad-soft matte"),
]
EDGES = [("accent-fill", "bg matte"), ("edge", "bg raised")]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_and_edges_can_be_read_on_what_they_stand_on(theme):
    known = colours(theme)
    for least, pairs in ((4.5, TEXT), (3.0, EDGES)):
        for inks, grounds in pairs:
            for ink in inks.split():
                for ground in grounds.split():
                    ratio = contrast(known[ink], known[ground])
                    assert ratio >= least, f"{ink} on {ground}: {ratio:.2f}"
