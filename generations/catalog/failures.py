"""What a refusal or failure of the vendor means: who must wait, who usually pays, what a person can do.

Read from data/failures.toml: the whole of flow-api.md section 24 with the sentences of ui.md section 14.
Whether an answer may be taken for a refusal at all is decided by the vendor's client, never here.
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from .tables import table

WAITING_STATUSES = (429, 503)
REPAIRED_STATUSES = (401, 402, 596)


@dataclass(frozen=True)
class Failure:
    """One class of failure.

    `action` is what a refused POST may do by itself: `wait` (send again after the rest), `repair` (wait until
    the account, token or solver is repaired), `once` (once more after the rest), `fail`. A failed *job* is
    never sent again by itself, whatever is written here. `rest_seconds` is the first hold, doubling up to
    `rest_longest`. Sentences hold placeholders: fill them with `told`. `usually_pays` is said only while the
    ledger is being checked.
    """

    klass: str
    action: str
    sentence: str
    hint: str
    rest_scope: str = ""  # account, model, token, solver
    rest_seconds: float | None = None
    rest_longest: float | None = None
    until: str = ""  # day: until the vendor's next day begins
    tries_max: int | None = None
    usually_pays: str = "nobody"  # nobody, you, unknown, solver
    buttons: tuple[str, ...] = ()
    content: bool = False
    text: str = ""  # the vendor's own sentence, where the card repeats it

    def told(self, **known: object) -> tuple[str, str]:
        """Sentence and hint with their placeholders filled; what is not known is said in general words."""
        blank = {**table("failures")["blank"], **({"text": _brief(self.text)} if self.text else {})}
        words = {**blank, **{k: str(v) for k, v in known.items() if v not in (None, "")}}
        sentence = self.sentence if words["picture"] else self.sentence.replace(' "{picture}"', "")
        return _filled(sentence, words), _filled(self.hint, words)


def _filled(template: str, words: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: words.get(found[1], found[0]), template)


def _brief(text: str) -> str:
    return text.strip().rstrip(".")[:160]


@lru_cache(maxsize=1)
def _classes() -> dict[str, Failure]:
    return {name: _read(name, row) for name, row in table("failures")["class"].items()}


def _read(name: str, row: dict) -> Failure:
    return Failure(
        name,
        row["action"],
        row["sentence"],
        row["hint"],
        row.get("rest", ""),
        row.get("first"),
        row.get("longest"),
        row.get("until", ""),
        row.get("tries"),
        row["pays"],
        tuple(row["buttons"]),
        row.get("content", False),
    )


def failure(klass: str, text: str = "") -> Failure:
    """The failure of a stored class; `unknown` for a class that this version does not have."""
    found = _classes().get(klass) or _classes()["unknown"]
    return replace(found, text=text) if text else found


def failures() -> tuple[Failure, ...]:
    """All classes, in the order of the table."""
    return tuple(_classes().values())


def group(klass: str) -> str:
    """The short name under which a failure is counted: "Sound filter"."""
    return next((name for name, classes in table("failures")["groups"].items() if klass in classes), "Other")


def classify(
    *, status: int | None = None, reason: str = "", text: str = "", endpoint: str = "/videos", model: str = ""
) -> Failure:
    """What an answer means. `reason` is the vendor's machine word (section 16), `text` its sentence.

    `status` is that of the refused POST, or the code of a failed job; None when there is none. `model` does
    not change the meaning today; callers give it, because the vendor's reasons begin to differ by model.
    """
    word = reason or _word_in(text)
    klass = _by_name(word) or _by_word(word) or _by_text(f"{reason}\n{text}", status, endpoint)
    klass = klass or _by_place(status, endpoint) or _by_status(status)
    if status in WAITING_STATUSES and klass in ("unknown", "upstream"):
        klass = _by_status(status)  # whatever the word: it may wait, and needs a rest
    found = failure(klass, text=text or reason)
    return replace(found, action=_action(found, status, endpoint))


def rest_seconds(failure: Failure, times: int = 1) -> float:
    """How long to hold after the `times`-th refusal in a row: doubling, bounded (section 15); 0 for none."""
    if failure.rest_seconds is None:
        return 0.0
    longest = failure.rest_longest if failure.rest_longest is not None else failure.rest_seconds
    return float(min(failure.rest_seconds * 2 ** max(0, min(times, 20) - 1), longest))


def button_words(key: str) -> str:
    """What a button says: "Edit prompt"."""
    return table("failures")["buttons"][key]


def button_sends(key: str) -> bool:
    """Whether a button sends something and so carries a price."""
    return key in table("failures")["sending"]["keys"]


def button_model(key: str) -> str:
    """The model that a button such as "Use Lite" puts in; empty for a button that leaves it alone."""
    return table("failures")["models"].get(key, "")


def calm_words() -> str:
    """What "Retry with calm sound" adds to the prompt."""
    return table("failures")["calm"]["words"]


_WORD = re.compile(r"(?:PUBLIC_ERROR|FINISH_REASON|PUBLIC_BOTTLE)_[A-Z0-9_]+|\b[A-Z_]+_FILTERED\b")
_PREFIX = "PUBLIC_ERROR_"


def _word_in(text: str) -> str:
    found = _WORD.search(text)
    return found[0] if found else ""


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    return {name: klass for klass, row in table("failures")["class"].items() for name in row.get("names", [])}


@lru_cache(maxsize=1)
def _starts() -> list[tuple[str, str]]:
    rows = table("failures")["class"].items()
    return [(start, klass) for klass, row in rows for start in row.get("starts", [])]


@lru_cache(maxsize=1)
def _texts() -> list[tuple[re.Pattern, str]]:
    rows = table("failures")["class"].items()
    return [
        (re.compile(pattern, re.IGNORECASE | re.MULTILINE), klass)
        for klass, row in rows
        for pattern in row.get("texts", [])
    ]


def _by_name(word: str) -> str:
    short = word.removeprefix(_PREFIX)
    return _names().get(short) or next((k for start, k in _starts() if short.startswith(start)), "")


def _by_text(text: str, status: int | None, endpoint: str) -> str:
    rows = table("failures")["class"]
    for pattern, klass in _texts():
        wanted = rows[klass].get("text_statuses") or rows[klass].get("statuses_there")
        if wanted and status is not None and status not in wanted:
            continue
        if pattern.search(text):
            return klass
    return ""


def _by_place(status: int | None, endpoint: str) -> str:
    """A status that means something of its own at this endpoint: 503 of an asset, 404 of a picture."""
    for klass, row in table("failures")["class"].items():
        if status in row.get("statuses_there", ()) and any(endpoint.startswith(e) for e in row["endpoints"]):
            return klass
    return ""


def _by_word(word: str) -> str:
    if not word.startswith(_PREFIX):
        return ""
    parts = f"_{word.removeprefix(_PREFIX)}_"
    for row in table("failures")["word"]:
        if any((f"_{w}_" if len(w) < 3 else w) in parts for w in row["words"]):
            return row["class"]
    return "unknown"


def _by_status(status: int | None) -> str:
    rows = table("failures")["class"].items()
    return next((klass for klass, row in rows if status in row.get("statuses", ())), "unknown")


def _action(found: Failure, status: int | None, endpoint: str) -> str:
    """Only answers of architecture.md 3.2 may wait: a class that usually waits fails under another status."""
    if endpoint in table("failures")["class"][found.klass].get("repeats_on", ()):
        return "once"
    if status is None:
        return found.action
    if found.action == "wait" and status not in WAITING_STATUSES:
        return "fail"
    if found.action == "repair" and status not in (*REPAIRED_STATUSES, 503):
        return "fail"
    return found.action
