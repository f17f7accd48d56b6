"""The only reader of the environment.

A slip (a word where a number belongs, a URL that is none) stops the start with a sentence that
names the variable; nothing is silently taken as "no". README.md lists every name used in settings.py.
"""

import os
import secrets
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo

from cryptography.fernet import Fernet

YES = {"1", "true", "yes", "on"}
NO = {"0", "false", "no", "off"}


class Slip(SystemExit):
    """A setting cannot be understood; carries the sentence and ends the start with status 2."""

    def __init__(self, sentence: str) -> None:
        super().__init__(f"flowsite: {sentence}")


def text(name: str, default: str = "") -> str:
    """The variable as text, without surrounding space; empty counts as absent."""
    return os.environ.get(name, "").strip() or default


def is_set(name: str) -> bool:
    return bool(os.environ.get(name, "").strip())


def flag(name: str, default: bool = False) -> bool:
    """Yes or no. Raises Slip for anything that is neither."""
    word = os.environ.get(name, "").strip().lower()
    if not word:
        return default
    if word in YES:
        return True
    if word in NO:
        return False
    raise Slip(f"{name} is {word!r}. Write yes or no.")


def number(name: str, default: float, *, least: float = 0, most: float = 1e9, whole: bool = False) -> float:
    """A number from `least` to `most`. Raises Slip otherwise."""
    word = os.environ.get(name, "").strip()
    if not word:
        return default
    try:
        value = int(word) if whole else float(word)
    except ValueError:
        raise Slip(f"{name} is {word!r}. Write a {'whole ' if whole else ''}number.") from None
    if not least <= value <= most:
        raise Slip(f"{name} is {word}. Write at least {least:g} and at most {most:g}.")
    return value


def words(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """A list separated by commas."""
    return [w.strip() for w in os.environ.get(name, "").split(",") if w.strip()] or list(default)


def secret(name: str, home: Path, *, must_be_given: bool, make=lambda: secrets.token_urlsafe(50)) -> str:
    """A secret from NAME, from the file NAME_FILE, or made once into `home` (mode 0600).

    Raises Slip when it must be given and is not, or when the named file cannot be read.
    """
    if is_set(name):
        return text(name)
    if is_set(f"{name}_FILE"):
        path = Path(text(f"{name}_FILE"))
        try:
            given = path.read_text().strip()
        except OSError as exc:
            raise Slip(f"{name}_FILE names {path}, which cannot be read: {exc.strerror}.") from None
        if not given:
            raise Slip(f"{name}_FILE names {path}, which is empty.")
        return given
    if must_be_given:
        raise Slip(f"{name} is missing. With DEBUG=off give {name} or {name}_FILE.")
    return _made_once(home / name.lower(), make)


def _made_once(path: Path, make) -> str:
    """Two processes may start together: the one whose link wins decides for both."""
    if path.exists():
        return path.read_text().strip()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(make())
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return path.read_text().strip()


def base_url(name: str, default: str) -> str:
    """An http or https address without a trailing slash. Raises Slip otherwise."""
    value = text(name, default).rstrip("/")
    if value and (_parts(value).scheme not in {"http", "https"} or not _parts(value).hostname):
        raise Slip(f"{name} is {value!r}. Write an address such as https://flow.example.com.")
    return value


def _parts(address: str) -> SplitResult:
    """The parts of an address; all empty when it is none, a port that is no number included."""
    try:
        parts = urlsplit(address)
        return parts if parts.port is None or parts.port else urlsplit("")
    except ValueError:
        return urlsplit("")


def folder(name: str, default: Path) -> Path:
    """A folder that can be written to, made if it is missing. Raises Slip."""
    path = Path(text(name, str(default))).expanduser().resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise Slip(f"{name} names {path}, which cannot be made: {exc.strerror}.") from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise Slip(f"{name} names {path}, where nothing can be written.")
    return path


def time_zone(name: str) -> str:
    """A place in the time zone database, such as Europe/Berlin. Raises Slip."""
    value = text(name, "UTC")
    try:
        ZoneInfo(value)
    except (ValueError, OSError, KeyError):
        raise Slip(f"{name} is {value!r}. Write a place such as Europe/Berlin.") from None
    return value


def keys(name: str, value: str) -> list[str]:
    """A list of Fernet keys, the first of which encrypts. Raises Slip for one that is none."""
    listed = [key.strip() for key in value.split(",") if key.strip()]
    for place, key in enumerate(listed, 1):
        try:
            Fernet(key)
        except ValueError:
            make = "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
            raise Slip(f"Key {place} of {name} is not a Fernet key. Make one with: {make}") from None
    return listed


def database(name: str, default_file: Path) -> dict:
    """A database address as Django's dictionary: sqlite:///FILE or postgres://USER:PASSWORD@HOST:PORT/NAME.

    SQLite runs with WAL, IMMEDIATE transactions and synchronous=FULL: measured in
    shared/design/stack.md section 4 (no "database is locked", no lost write-ahead mark in a power cut).
    """
    url = _parts(text(name, f"sqlite:///{default_file}"))
    if url.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(url.path[1:]) or str(default_file),
            "CONN_MAX_AGE": 600,
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-20000;"
                " PRAGMA mmap_size=268435456; PRAGMA foreign_keys=ON;",
            },
        }
    if url.scheme in {"postgres", "postgresql"} and url.path.strip("/"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(url.path.strip("/")),
            "USER": unquote(url.username or ""),
            "PASSWORD": unquote(url.password or ""),
            "HOST": url.hostname or "",
            "PORT": url.port or "",
            "CONN_MAX_AGE": 600,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": dict(parse_qsl(url.query)),
        }
    raise Slip(f"{name} must be sqlite:///FILE or postgres://USER:PASSWORD@HOST:PORT/NAME.")


def email(name: str) -> dict:
    """A mail server as Django's settings: smtp://USER:PASSWORD@HOST:PORT (smtps and ?tls=yes for encryption).

    Without one the administrator makes password links by hand and mail goes nowhere.
    """
    if not is_set(name):
        return {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    url = _parts(text(name))
    if url.scheme not in {"smtp", "smtps"} or not url.hostname:
        raise Slip(f"{name} must be smtp://USER:PASSWORD@HOST:PORT.")
    query = dict(parse_qsl(url.query))
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": url.hostname,
        "EMAIL_PORT": url.port or (465 if url.scheme == "smtps" else 587),
        "EMAIL_HOST_USER": unquote(url.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(url.password or ""),
        "EMAIL_USE_SSL": url.scheme == "smtps",
        "EMAIL_USE_TLS": url.scheme == "smtp" and query.get("tls", "yes") in YES,
        "DEFAULT_FROM_EMAIL": query.get("from", unquote(url.username or "") or "flowsite@localhost"),
    }
