"""Settings: one narrow column, one save per section (ui.md sections 2 and 12)."""

from django import forms
from django.conf import settings as site
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from ...flow.intend import Refusal
from ...flow.money import quote
from ...flow.people import capabilities, captcha, connect
from ...models import Account, Connection, Errand, Person
from ...models.errand import ErrandKind
from ...models.person import Density, Theme
from .. import words
from ..access import says_no, way_back
from . import standing
from .connecting import facts_line

SECTIONS = (
    ("appearance", "Appearance", "monitor"),
    ("account", "You", "user"),
    ("accounts", "Flow accounts", "coins"),
    ("budget", "Budget", "sliders-horizontal"),
    ("shortcuts", "Shortcuts", "keyboard"),
    ("sandbox", "Sandbox", "flask-conical"),
)


class Appearance(forms.ModelForm):
    theme = forms.ChoiceField(choices=Theme)
    density = forms.ChoiceField(choices=Density)
    confirm_above = forms.IntegerField(min_value=0, max_value=100_000)

    class Meta:
        model = Person
        fields = ("theme", "density", "hover_play", "single_keys", "confirm_above", "share_by_default")


class You(forms.ModelForm):
    class Meta:
        model = Person
        fields = ("first_name", "last_name", "email")

    def clean_email(self) -> str:
        """An e-mail may sign in, so it must lead to one person."""
        email = self.cleaned_data["email"].strip()
        if email and Person.objects.exclude(pk=self.instance.pk).filter(email__iexact=email).exists():
            raise forms.ValidationError("Somebody else here uses this e-mail.")
        return email


class LostAnswers(forms.ModelForm):
    class Meta:
        model = Person
        fields = ("resend_proved_absent", "resend_free")


FORMS = {"appearance": Appearance, "account": You, "accounts": LostAnswers}


def index(request) -> HttpResponse:
    return redirect("settings", "appearance")


@require_http_methods(["GET", "HEAD", "POST"])
def section(request, section: str):
    """One section: shown, or its form saved."""
    if section not in {name for name, _, _ in SECTIONS}:
        raise Http404
    form_class = FORMS.get(section)
    if request.method == "POST" and form_class is None:
        return redirect("settings", section)
    # A person of its own for the form: what is refused must not show in the header.
    person = Person.objects.get(pk=request.user.pk)
    form = form_class(request.POST or None, instance=person) if form_class else None
    if request.method == "POST" and form.is_valid():
        person.save(update_fields=form.changed_data or ["theme"])
        messages.success(request, "Saved.")
        return redirect("settings", section)
    context = {"section": "settings", "part": section, "sections": SECTIONS, "form": form}
    context |= CONTEXTS.get(section, dict)(request) if section in CONTEXTS else {}
    return render(request, f"settings/{section}.html", context, status=422 if form and form.errors else 200)


@require_POST
def theme(request) -> HttpResponse:
    """System, Light, Dark: from the person's menu, at once."""
    wanted = request.POST.get("theme", "")
    if wanted not in Theme.values:
        return HttpResponse("Choose System, Light or Dark.", status=422)
    Person.objects.filter(pk=request.user.pk).update(theme=wanted)
    return HttpResponse(status=204) if request.htmx else redirect(way_back(request))


@require_POST
def density(request) -> HttpResponse:
    """How large the pictures of the wall are, for this person everywhere."""
    wanted = request.POST.get("density", "")
    if wanted not in Density.values:
        return HttpResponse("Choose S, M or L.", status=422)
    Person.objects.filter(pk=request.user.pk).update(density=wanted)
    return HttpResponse(status=204) if request.htmx else redirect(way_back(request))


# --- accounts --------------------------------------------------------------------------------------------
def _accounts(request) -> dict:
    person = request.user
    mine = list(
        Account.objects.filter(connection__owner=person)
        .select_related("connection__owner")
        .order_by("is_sandbox", "-is_chosen", "pk")
    )
    usable = Account.objects.usable_by(person).exclude(connection__owner=person)
    lent = list(usable.select_related("connection__owner").order_by("pk"))
    running = set(
        Errand.objects.filter(account__in=mine, kind=ErrandKind.READ_ACCOUNT)
        .exclude(state__in=["done", "failed"])
        .values_list("account_id", flat=True)
    )
    return {
        "accounts": [_row(a, reading=a.pk in running) for a in mine if not a.is_sandbox],
        "lent": [_row(a) for a in lent],
        "sandboxes": [_row(a) for a in mine if a.is_sandbox],
        "reading": bool(running),
        "rules": capabilities.settings(),
        "captchas": (told := _captchas(person, mine)),
        "looking": any(one.reading for one in told),
    }


def _captchas(person: Person, accounts: list[Account]) -> list[standing.Standing]:
    """One for each token of theirs that is in use for real."""
    tokens = {a.connection_id: a.connection for a in accounts if a.is_chosen and not a.is_sandbox}
    return [standing.captcha_of(connection, person) for connection in tokens.values()]


@require_POST
def read_captcha(request, pk: int):
    """Look again how the captchas of a token of mine fare."""
    connection = Connection.objects.filter(owner=request.user, pk=pk, is_sandbox=False).first()
    if connection is None:
        raise Http404
    captcha.ask(connection, request.user)
    return redirect(f"{reverse('settings', args=['accounts'])}#captcha")


def _row(account: Account, *, reading: bool = False) -> dict:
    tag, role = "Healthy", "ok"
    if account.connection.is_good is False:
        tag, role = "Token refused", "bad"
    elif account.needs_sign_in:
        tag, role = "Sign in again", "warn"
    elif account.read_at is None and not account.is_sandbox:
        tag, role = "Not read yet", ""
    elif not account.is_chosen:
        tag, role = "Not in use", ""
    trouble = account.connection.trouble if account.connection.is_good is False else ""
    if not trouble and account.needs_sign_in:
        health = (account.health or "Google has signed this account out").rstrip(".")
        trouble = f"{health}. Sign it in again at useapi.net, then read it again."
    hold = quote.on_hold(account)
    return {
        "account": account,
        "facts": facts_line(account),
        "tag": tag,
        "role": role,
        "trouble": trouble,
        "held": words.credits(hold) if hold else "",
        "drifts": list(account.drifts.order_by("-pk")[:3]) if account.drift else [],
        "reading": reading,
        "gauges": standing.gauges_of(account),
    }


@says_no
@sensitive_post_parameters("token")
@require_POST
def account_action(request, pk: int, action: str):
    """One of ACTIONS, for the owner's real accounts only."""
    account = (
        Account.objects.filter(connection__owner=request.user, is_sandbox=False, pk=pk)
        .select_related("connection__owner")
        .first()
    )
    if account is None or action not in ACTIONS:
        raise Http404
    said = ACTIONS[action](request, account)
    messages.success(request, said)
    return redirect("settings", "accounts")


def _replace_token(request, account: Account) -> str:
    pasted = request.POST.get("token", "")
    _, number = connect.read_token(pasted)
    if number != account.user_number:
        raise Refusal("This token belongs to another useapi.net user. Connect it as a new one.", "token")
    made = connect.store_token(request.user, pasted, base_url=account.base_url)
    connect.ask(ErrandKind.READ_ACCOUNT, person=request.user, account=account, connection=made)
    return f"Token replaced. The new one ends in {made.token_end} and is being checked."


def _read_again(request, account: Account) -> str:
    connect.ask(ErrandKind.READ_ACCOUNT, person=request.user, account=account, connection=account.connection)
    return "Reading plan and credits. This takes a few seconds."


def _lend(request, account: Account) -> str:
    connect.lend(account, request.user, lent=True)
    return "Lent. The makers of the team can spend its credits; each clip says whose they were."


def _take_back(request, account: Account) -> str:
    connect.lend(account, request.user, lent=False)
    return "Taken back. What the team has already sent runs on."


def _put_aside(request, account: Account) -> str:
    connect.put_aside(account, request.user)
    return "Not in use any more. What it is making runs on, and its clips stay."


def _use_again(request, account: Account) -> str:
    connect.use_account(request.user, account.connection, account.email)
    return "In use again."


ACTIONS = {
    "token": _replace_token,
    "read": _read_again,
    "lend": _lend,
    "take-back": _take_back,
    "put-aside": _put_aside,
    "use": _use_again,
}


# --- sandbox and shortcuts -------------------------------------------------------------------------------
# Words for a prompt, from the sandbox's catalogue of troubles; each walks the way of the real one.
TROUBLES = (
    ("[fail:content_audio]", "Google's sound filter stops the clip."),
    ("[fail:content_unsafe]", "Google's safety filter stops the prompt."),
    ("[fail:throttled]", "Google asks the account to slow down; the clip waits and is sent again."),
    ("[fail:high_traffic:2]", "Google is busy, two times; then it works."),
    ("[fail:cut_after]", "The connection breaks while sending: the clip is uncertain and is looked for."),
    ("[fail:partial]", "The last of several clips is filtered, the others come."),
    ("[fail:slow]", "It takes ten times as long."),
)


def _sandbox(request) -> dict:
    mine = Account.objects.filter(connection__owner=request.user, is_sandbox=True).select_related(
        "connection"
    )
    return {"sandboxes": [_row(a) for a in mine], "troubles": TROUBLES, "speed": site.FLOW_SPEED}


CONTEXTS = {"accounts": _accounts, "sandbox": _sandbox}
