"""The page /usage/ and the same entries as CSV."""

import csv
from collections.abc import Iterator

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.timezone import localtime
from django.views.decorators.http import require_GET

from ... import permissions
from .chart import bar, chart
from .figures import Usage
from .forecast import forecast
from .sources import sources_of
from .spans import NAMES, Span, span

COLUMNS = ("time", "number", "person", "account", "model", "entry", "credits", "why")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a table program would run these


def _asked(request) -> tuple[str, Span]:
    """Me or the team, and which stretch; what is not understood is the team's month."""
    scope = "me" if request.GET.get("scope") == "me" else "team"
    return scope, span(request.GET.get("span", ""))


@require_GET
def page(request) -> HttpResponse:
    scope, when = _asked(request)
    usage = Usage(request.user, scope, when)
    failed, sent, charged = usage.failed_of()
    people = usage.people()
    context = {
        "section": "usage",
        "scope": scope,
        "span": when,
        "spans": NAMES,
        "usage": usage,
        "as_table": request.GET.get("as") == "table",
        "forecast": forecast(usage.accounts, when),
        "accounts": [a for a in usage.accounts if a.is_chosen],
        "saved": usage.saved(),
        "chart": chart(usage),
        "ledger": usage.ledger(),
        "people": people,
        "near": usage.near_limits(people),
        "may_limit": usage.team is not None and permissions.may_limit(request.user, usage.team),
        "causes": bar(usage.causes()),
        "sources": sources_of(usage.accounts),
        "models": usage.models(),
        "failed": failed,
        "sent": sent,
        "charged": charged,
    }
    return render(request, "usage/usage.html", context)


@require_GET
def as_csv(request) -> StreamingHttpResponse:
    """Every line of the ledger in the span, as it is read: no prompts, no secrets."""
    scope, when = _asked(request)
    answer = StreamingHttpResponse(
        _lines(Usage(request.user, scope, when)), content_type="text/csv; charset=utf-8"
    )
    name = f"flowsite-{scope}-{when.name}-{when.today:%Y-%m-%d}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


class _Echo:
    def write(self, line: str) -> str:
        return line


def _lines(usage: Usage) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(COLUMNS)
    entries = usage.entries.select_related("generation__person", "account__connection").order_by("pk")
    for entry in entries.iterator(500):
        row = entry.generation
        why = ". ".join(part for part in (entry.cause, entry.why) if part)
        told = (
            f"{localtime(entry.at):%Y-%m-%d %H:%M:%S}",
            row.label,
            row.person.shown_name,
            entry.account.name,
            row.model,
            entry.get_kind_display(),
            entry.amount,
            why,
        )
        yield writer.writerow([_plain(cell) for cell in told])


def _plain(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
