"""How often a row was sent, in words, when it was more than once: "Sent 3 times, refused each time."

The attempts of all rows of a page are read with one question, and only where a row has waited after one.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from ...catalog import failures
from ...models import Attempt, Generation, Outcome, State

SHOWN_WITH = (State.WAITING, State.FAILED)
Ended = tuple[str, int | None, str]  # outcome, status, reason


def tries_of(rows: Iterable[Generation]) -> dict[int, list[Ended]]:
    """The decided attempts of those rows that were put back at least once, oldest first."""
    again = [row.pk for row in rows if row.waits and row.state in SHOWN_WITH]
    found: dict[int, list[Ended]] = defaultdict(list)
    if again:
        ended = Attempt.objects.filter(generation_id__in=again).exclude(outcome=Outcome.OPEN)
        for pk, *rest in ended.order_by("number").values_list("generation_id", "outcome", "status", "reason"):
            found[pk].append(tuple(rest))
    return found


def said(ended: Sequence[Ended], sentence: str = "") -> str:
    """What became of them in a sentence, and what was said beside `sentence`; nothing for a single one."""
    if len(ended) < 2:
        return ""
    counts = Counter(outcome for outcome, _, _ in ended)
    refused, never, many = counts[Outcome.REFUSED], counts[Outcome.NEVER_SENT], len(ended)
    if refused == many:
        told = f"Sent {_times(many)}, refused {'both times' if many == 2 else 'each time'}."
    elif never == many:
        told = f"Tried {_times(many)}; Google could not be reached."
    else:
        parts = [
            f"refused {_times(refused)}" if refused else "",
            f"not sent {_times(never)}" if never else "",
        ]
        other = many - refused - never
        parts.append(f"no answer {_times(other)}" if other else "")
        told = f"Tried {_times(many)}: {', '.join(filter(None, parts))}."
    reasons = dict.fromkeys(
        _why(status, reason) for outcome, status, reason in ended if outcome == Outcome.REFUSED
    )
    return " ".join([told, *(why for why in reasons if why and why != sentence)])


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _why(status: int | None, reason: str) -> str:
    failure = failures.classify(status=status, reason=reason)
    return "" if failure.klass == "unknown" else failure.told()[0]
