"""What the first page of Create weighs on the wire, against the budgets of design/ui.md section 19.

    .venv/bin/python tests/bench/page_weight.py

A full page: 25 strips with 60 frames. HTML as GZipMiddleware sends it, files as WhiteNoise serves them
(gzip), modules followed through their imports. Printed per part: kilobytes, budget, and the share used.
"""

import gzip
import os
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402

KB = 1024
BUDGETS = {"HTML": 45, "CSS": 22, "JS": 40, "icons": 9, "font": 30}
MODULE = re.compile(r"""(?:from\s*|import\s*\(?\s*)["'](\.[^"']+)["']""")


def main() -> int:
    setup_test_environment()
    connection.creation.create_test_db(verbosity=0)
    try:
        call_command("collectstatic", verbosity=0, interactive=False)
        return weigh(first_page())
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def first_page() -> bytes:
    """Create, full, as it goes over the wire."""
    from generations.models import Clip, clock
    from tests.people import cast
    from tests.web.rows import made, real_account

    mara = cast().mara
    account = real_account(mara)
    prompt = "A red-and-white lighthouse on a granite headland at dusk, beam number {} sweeping over the sea"
    for number, count in enumerate((1, 2, 4, 1, 4) * 5):
        state = "generating" if number > 21 else "ready"
        made(mara, state, count=count, prompt=prompt.format(number), account=account if number % 2 else None)
    Clip.objects.update(posters_at=clock.now())
    client = Client()
    client.force_login(mara)
    answer = client.get("/create/", HTTP_ACCEPT_ENCODING="gzip")
    assert answer.status_code == 200 and answer.headers["Content-Encoding"] == "gzip"
    return answer.content


def weigh(page: bytes) -> int:
    html = gzip.decompress(page).decode()
    assert len(re.findall(r'<div class="frame[ "]', html)) == 60
    sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)"', html)
    scripts = re.findall(r'<script[^>]*src="([^"]+)"', html)
    sizes = {
        "HTML": len(page),
        "CSS": sum(served(sheet) for sheet in sheets),
        "JS": sum(served(module) for module in with_imports(scripts)),
        "icons": served(re.search(r'href="([^"#]+sprite[^"#]*)#', html)[1]),
        "font": served(re.search(r'rel="preload" href="([^"]+)" as="font"', html)[1]),
    }
    over = False
    for part, budget in BUDGETS.items():
        share = sizes[part] / (budget * KB)
        over |= share > 1
        print(f"{part:6} {sizes[part] / KB:5.1f} KB of {budget}, {share:.2f} of the budget")
    print(f"{len(sheets)} stylesheets, of at most 8")
    print("within the budget" if not over and len(sheets) <= 8 else "OVER the budget")
    return int(over)


def served(address: str) -> int:
    """Bytes of a static file as a browser gets it: compressed where WhiteNoise made a compressed one."""
    file = file_of(address)
    packed = file.with_name(file.name + ".gz")
    return (packed if packed.exists() else file).stat().st_size


def file_of(address: str) -> Path:
    return Path(settings.STATIC_ROOT) / address.removeprefix(settings.STATIC_URL)


# Not on Create:
ELSEWHERE = re.compile(r"/js/(clip|connect|gallery|intake|player|queue|scenes)\.[0-9a-f]+\.js$")


def with_imports(addresses: list[str]) -> set[str]:
    """These scripts and all modules they import, now or once something on this page needs them."""
    found: set[str] = set()
    left = list(addresses)
    while left:
        address = left.pop()
        if address in found or ELSEWHERE.search(address):
            continue
        found.add(address)
        here = address.rsplit("/", 1)[0]
        for other in MODULE.findall(file_of(address).read_text()):
            left.append(os.path.normpath(f"{here}/{other}"))
    return found


if __name__ == "__main__":
    sys.exit(main())
