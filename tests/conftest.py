"""What every test may ask for: the cast, a real sandbox, a real server with hashed files, a real browser."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from tests.people import cast

ROOT = Path(__file__).resolve().parent.parent
CI = os.environ.get("CI", "").lower() == "true"
ATTACHED = "html[data-attached], html:not(:has(script[src*='js/site']))"
CHROMIUM = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--disable-quic", "--no-first-run")  # fmt: skip


@pytest.fixture(scope="session", autouse=True)
def hashed_files() -> Exception | None:
    """Static files as in production: hashed names, imports of modules rewritten, compressed.

    What is wrong with them is told by the tests that show pages, not by all.
    """
    try:
        call_command("collectstatic", verbosity=0, interactive=False)
    except Exception as trouble:
        return trouble


@pytest.fixture(autouse=True)
def known_capabilities(monkeypatch):
    """No administrator knows better than the tables, and no page asks for it, until a test says so."""
    from generations.catalog.overlay import Overlay
    from generations.flow.people import capabilities

    monkeypatch.setattr(capabilities, "_kept", (float("inf"), Overlay()))


@pytest.fixture
def people(db):
    """The cast of people.py: people.mara, .aiko, .jonas, .vera, .charlie, .team, .other_team."""
    return cast()


@pytest.fixture(scope="session")
def sandbox():
    """The make-believe vendor on a socket of its own; tests that bend it put it back."""
    from generations.sandbox import Sandbox

    with Sandbox() as running:
        yield running


# --- processes beside the test --------------------------------------------------------------------------


@pytest.fixture
def child_env(transactional_db) -> dict[str, str]:
    """The environment of a process that shares this test's database, folder and keys."""
    database = settings.DATABASES["default"]
    if connection.vendor == "sqlite":
        address = f"sqlite:///{connection.settings_dict['NAME']}"
    else:
        user, host, port = database["USER"], database["HOST"], database["PORT"] or 5432
        password = f":{database['PASSWORD']}" if database["PASSWORD"] else ""
        address = f"postgres://{user}{password}@{host}:{port}/{connection.settings_dict['NAME']}"
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "flowsite.settings",
        "DATA_DIR": str(settings.DATA_DIR),
        "DATABASE_URL": address,
        "SECRET_KEY": settings.SECRET_KEY,
        "TOKEN_KEYS": ",".join(settings.TOKEN_KEYS),
    }


@pytest.fixture
def manage(child_env):
    """Run a management command as a person would: manage("generate", "prompts.json", stdin="", status=0)."""

    def run(*words: str, stdin: str = "", timeout: float = 60, **env: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=child_env | env,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    return run


@pytest.fixture
def workers(child_env):
    """A real django-q2 cluster on this test's database, with the pump rung; ended with the test."""
    from generations.flow.engine.doorbell import ring_pump

    cluster = subprocess.Popen(
        [sys.executable, "manage.py", "qcluster"], cwd=ROOT, env=child_env, start_new_session=True
    )
    ring_pump()
    yield cluster
    end_group(cluster)


def end_group(process: subprocess.Popen) -> None:
    """End a process and all it started; nothing of a test outlives it."""
    import signal
    from contextlib import suppress

    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=20)


# --- the site in a browser --------------------------------------------------------------------------------


class Live:
    """The site on a loopback socket, answering from this test's database."""

    def __init__(self) -> None:
        from django.test.testcases import LiveServerThread

        # WhiteNoise serves the hashed files, as in production, so Django's own handler stays out of the way.
        self._server = LiveServerThread("127.0.0.1", static_handler=lambda app: app)
        self._server.daemon = True
        self._server.start()
        self._server.is_ready.wait()
        if self._server.error:
            raise self._server.error
        self.url = f"http://127.0.0.1:{self._server.port}"

    def stop(self) -> None:
        self._server.terminate()


@pytest.fixture
def live(transactional_db, hashed_files):
    """The running site; `live.url` is its address."""
    if hashed_files:
        raise hashed_files
    site = Live()
    yield site
    site.stop()


@pytest.fixture(scope="session")
def chromium():
    """The machine's Chromium under Playwright. Without one browser tests are left out; in CI they fail."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        missing = "no Chromium on this machine (Debian: apt install chromium)"
        pytest.fail(missing) if CI else pytest.skip(missing)
    from playwright.sync_api import sync_playwright

    # Playwright runs an event loop in this thread; Django would take our database calls for async ones.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(CHROMIUM))
        yield browser
        browser.close()


@pytest.fixture
def browser(chromium, live):
    """A fresh window on the running site.

    `browser(person=None, width=1440, height=900, dark=False, **context)` gives a page, signed in as them.
    At the end a breach of the Content-Security-Policy or an uncaught script error fails the test;
    `browser.console` holds all that the console said.
    """
    window = Window(chromium, live)
    yield window
    window.close()


class Window:
    def __init__(self, chromium, live) -> None:
        self.chromium, self.live = chromium, live
        self.contexts: list = []
        self.console: list[str] = []
        self.breaches: list[str] = []

    def __call__(self, person=None, *, width: int = 1440, height: int = 900, dark: bool = False, **context):
        scheme = "dark" if dark else "light"
        size = {"width": width, "height": height}
        made = self.chromium.new_context(
            base_url=self.live.url, viewport=size, color_scheme=scheme, **context
        )
        made.set_default_timeout(20_000)  # a build machine may be busy; nobody waits longer than it takes
        self.contexts.append(made)
        if person is not None:
            made.add_cookies([self._session_of(person)])
        page = made.new_page()
        if context.get("java_script_enabled", True):
            self._wait_for_parts(page)
        page.on("console", lambda said: self._heard(said.text))
        page.on("pageerror", self._failed)
        return page

    def _wait_for_parts(self, page) -> None:
        """A page is there when its scripts listen (static/js/site.js); tests would click before that."""
        goto, reload = page.goto, page.reload

        def attached(answer):
            page.wait_for_selector(ATTACHED, state="attached")
            return answer

        page.goto = lambda *words, **more: attached(goto(*words, **more))
        page.reload = lambda *words, **more: attached(reload(*words, **more))

    def _failed(self, error) -> None:
        # Chromium's own note that it left a view transition out, also where no script runs (2026-11-24).
        if "Transition was" not in str(error):
            self.breaches.append(f"script error: {error}")

    def _heard(self, text: str) -> None:
        self.console.append(text)
        if "Content Security Policy" in text or "violates the following" in text:
            self.breaches.append(text)

    def _session_of(self, person) -> dict:
        from django.test import Client

        client = Client()
        client.force_login(person)
        return {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": self.live.url}

    def close(self) -> None:
        for context in self.contexts:
            context.close()
        assert not self.breaches, self.breaches
