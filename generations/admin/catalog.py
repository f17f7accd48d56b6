"""What the models can do and what they cost, for an administrator to put right without a release.

The page shows every fact with its date and source, the tables' own and those laid over them; a model that an
account has and no table knows is begun with one form. A fact that would break a page is refused in words.
"""

from django import forms
from django.contrib import admin
from django.db import transaction
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import urlencode

from ..catalog import engines, plans
from ..catalog.overlay import OF_A_MODEL, OF_A_PLAN, RULES, BadFact, Fact, check, written
from ..catalog.prices import price_tables, work_prices
from ..catalog.rules import Settings
from ..catalog.tables import table
from ..flow.people import capabilities
from ..models import Account, Capability, clock
from .parts import Quick

EXAMPLES = (
    "Lengths: 8, 4, 6. Credits of one clip: 8: 10, 8 at 360p: 6, edit: 20, extend: 10, upscale 4k: 50."
    " Lengths that need a plan: 4, 6: ultra_lower, ultra. Words of the vendor's list: veo_4, fast; not lite."
    " Switches: yes or no."
)
NOT_LISTED = {"match", "credits", "alias_of", "kind", "family"}


def choices() -> list:
    of_a_model = [(what, what.replace("_", " ")) for what in OF_A_MODEL]
    rules = [(rule, rule.replace("_", " ")) for rule in RULES]
    of_a_plan = [(what, what.replace("_", " ")) for what in OF_A_PLAN]
    groups = [("Of a model", of_a_model), ("Of a plan", of_a_plan), ("Rules, without a model", rules)]
    return [("", "Choose"), *groups]


class CapabilityForm(forms.ModelForm):
    what = forms.ChoiceField(choices=choices)
    value = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}), help_text=EXAMPLES, required=False, strip=True
    )
    dated = forms.DateField(initial=lambda: clock.now().date(), help_text="The day on which this was true.")

    class Meta:
        model = Capability
        fields = ["model", "what", "account", "value", "source", "dated"]
        help_texts = {
            "model": "The vendor's name of it, as veo-3.1-fast, or a plan: plus, pro, ultra_lower, ultra."
            " Empty for a rule, and for credits of all models: extend, upscale 4k, gif, join, image.",
            "account": "Only for credits that differ for one account; it then wins over what the account"
            " states itself.",
            "source": "Where this is from: a page with its address, an answer, what somebody saw.",
        }

    def clean(self) -> dict:
        told = super().clean()
        told["model"] = (told.get("model") or "").strip()
        if told.get("what"):
            account = told.get("account")
            fact = Fact(
                told["model"],
                told["what"],
                told.get("value", ""),
                told.get("source", ""),
                told.get("dated"),
                account.pk if account else None,
            )
            others = [one for one in capabilities.facts() if one.place != self._before()]
            if fact.place in (one.place for one in others):
                self.add_error("what", "This fact already exists. Change it where it stands.")
            try:
                check(fact, others)
            except BadFact as no:
                self.add_error("value", no.sentence)
        return told

    def _before(self) -> tuple[int | None, str, str] | None:
        """What this row said until now; it does not stand beside itself."""
        given = self.initial
        place = (given.get("account"), given.get("model", ""), given.get("what", ""))
        return place if self.instance.pk else None


class NewModelForm(forms.Form):
    id = forms.RegexField(
        r"^[a-z0-9][a-z0-9._-]{0,59}$",
        label="Name at the vendor",
        help_text="As its API calls it: veo-4-fast.",
    )
    name = forms.CharField(max_length=60, help_text="As people read it: Veo 4 Fast.")
    kind = forms.ChoiceField(choices=[("video", "Clips"), ("image", "Images")])
    lengths = forms.CharField(
        max_length=60, required=False, help_text="Seconds, the usual one first: 8, 4, 6."
    )
    credits = forms.CharField(max_length=200, required=False, help_text="Of one clip: 8: 10, 4: 5.")
    expected_seconds = forms.CharField(max_length=6, required=False, help_text="How long it takes.")
    match = forms.CharField(
        max_length=200,
        required=False,
        help_text="Words of the account's list that mean it: veo_4, fast; not lite.",
    )
    source = forms.CharField(max_length=300)

    def facts(self) -> list[Fact]:
        told, today = self.cleaned_data, clock.now().date()
        names = ("name", "kind", "lengths", "credits", "expected_seconds", "match")
        return [Fact(told["id"], what, told[what], told["source"], today) for what in names if told[what]]

    def clean(self) -> dict:
        told = super().clean()
        if self.errors:
            return told
        if engines.engine(told["id"], capabilities.overlay().engines):
            self.add_error("id", "This model is known. Change its facts instead.")
            return told
        beside = capabilities.facts()
        for fact in self.facts():
            try:
                check(fact, beside)
            except BadFact as no:
                self.add_error(fact.what, no.sentence)
                break
            beside.append(fact)
        return told


@admin.register(Capability)
class CapabilityAdmin(Quick):
    form = CapabilityForm
    list_display = ["__str__", "account", "value", "source", "dated", "by"]
    list_filter = ["model", ("account", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["model", "what", "value", "source"]
    list_select_related = ["by", "account__connection"]
    change_list_template = "admin/capabilities.html"

    def save_model(self, request, row, form, change) -> None:
        row.by, row.changed_at = request.user, clock.now()
        super().save_model(request, row, form, change)
        capabilities.forget()

    def delete_model(self, request, row) -> None:
        super().delete_model(request, row)
        capabilities.forget()

    def delete_queryset(self, request, rows) -> None:
        super().delete_queryset(request, rows)
        capabilities.forget()

    def changelist_view(self, request, extra_context=None):
        capabilities.forget()
        shown = {"models": _models(), "rules": _rules() + _work(), "plans": _plans(), "unknown": _unknown()}
        return super().changelist_view(request, shown | (extra_context or {}))

    def get_urls(self) -> list:
        own = path(
            "model/", self.admin_site.admin_view(self.new_model), name="generations_capability_new_model"
        )
        return [own, *super().get_urls()]

    def new_model(self, request):
        """Begin a model that no table knows, with what an account says of it."""
        given = {name: request.GET.get(name, "")[:300] for name in NewModelForm.base_fields}
        form = NewModelForm(request.POST) if request.method == "POST" else NewModelForm(initial=given)
        if request.method == "POST" and form.is_valid():
            with transaction.atomic():
                for fact in form.facts():
                    row = Capability(
                        model=fact.model,
                        what=fact.what,
                        value=fact.value,
                        source=fact.source,
                        dated=fact.dated,
                        by=request.user,
                    )
                    row.save()
                    self._noted(request, row, None, "added")
            capabilities.forget()
            self.message_user(request, f"{form.cleaned_data['name']} is offered in Create now.")
            return redirect("admin:generations_capability_changelist")
        page = {"title": "A model that no table knows", "form": form, "opts": self.opts}
        return render(request, "admin/new_model.html", self.admin_site.each_context(request) | page)


def _change(model: str, what: str, value: str) -> str:
    found = Capability.objects.filter(account=None, model=model, what=what)
    rows = dict(found.values_list("what", "pk"))
    if what in rows:
        return reverse("admin:generations_capability_change", args=[rows[what]])
    given = urlencode({"model": model, "what": what, "value": value})
    return f"{reverse('admin:generations_capability_add')}?{given}"


def _models() -> list[dict]:
    """Every model with what is known of it now, each fact with its source and date."""
    over = capabilities.overlay()
    mine = {(fact.model, fact.what): fact for fact in capabilities.facts() if fact.account is None}
    found = []
    for one in engines.engines(extra=over.engines):
        shipped = engines.engine(one.id)
        rows = []
        for what in OF_A_MODEL:
            value = _credits(one.id, mine) if what == "credits" else _written(one, what)
            fact = mine.get((one.id, what))
            if what in NOT_LISTED - {"credits"} and fact is None or not (value or fact):
                continue
            rows.append(
                {
                    "what": what.replace("_", " "),
                    "value": value,
                    "source": fact.source if fact else shipped.source if shipped else "",
                    "dated": str(fact.dated) if fact else shipped.dated if shipped else "",
                    "changed": fact is not None,
                    "href": _change(one.id, what, value),
                }
            )
        found.append(
            {"id": one.id, "name": one.name, "facts": rows, "changed": any(r["changed"] for r in rows)}
        )
    return found


def _written(one, what: str) -> str:
    if what == "match":
        return ", ".join(one.match_all) + (f"; not {', '.join(one.match_none)}" if one.match_none else "")
    return written(getattr(one, what))


def _credits(model: str, mine: dict) -> str:
    if fact := mine.get((model, "credits")):
        return fact.value
    row = next((r for r in price_tables() if r["engine"] == model and not r.get("older")), None)
    if row is None:
        return ""
    prices = dict(row.get("by_seconds", {})) | ({"edit": row["edit"]} if "edit" in row else {})
    prices |= {f"{slot} at 360p": credits for slot, credits in row.get("small_by_seconds", {}).items()}
    prices |= {"edit at 360p": row["small_edit"]} if "small_edit" in row else {}
    return ", ".join(f"{slot}: {credits}" for slot, credits in prices.items())


def _rules() -> list[dict]:
    """The settings of flow-api.md section 20, with the defaults we ship."""
    mine = {fact.what: fact for fact in capabilities.facts() if not fact.model and fact.account is None}
    now, shipped, rows = capabilities.settings(), table("defaults"), []
    for rule in RULES:
        fact, value = mine.get(rule), written(getattr(now, rule))
        rows.append(
            {
                "what": rule.replace("_", " "),
                "value": value,
                "default": written(getattr(Settings.shipped(), rule)),
                "source": fact.source if fact else shipped["source"],
                "dated": str(fact.dated) if fact else shipped["dated"],
                "changed": fact is not None,
                "href": _change("", rule, value),
            }
        )
    return rows


def _work() -> list[dict]:
    """Credits of next steps and images, as they hold for every model that says nothing else."""
    fact = next((f for f in capabilities.facts() if f.place == (None, "", "credits")), None)
    work = work_prices()
    default = ", ".join(f"{slot}: {credits}" for slot, credits in work["credits"].items())
    return [
        {
            "what": "credits of all models",
            "value": fact.value if fact else default,
            "default": default,
            "source": fact.source if fact else work["source"],
            "dated": str(fact.dated) if fact else work["dated"],
            "changed": fact is not None,
            "href": _change("", "credits", fact.value if fact else default),
        }
    ]


def _plans() -> list[dict]:
    """What a month of each plan costs and brings: money on pages is reckoned by it."""
    mine, rows = {fact.place: fact for fact in capabilities.facts()}, []
    for one in plans.plans():
        now = plans.plan(one.id, capabilities.overlay().plans)
        for what in OF_A_PLAN:
            fact, value = mine.get((None, one.id, what)), str(getattr(now, what))
            rows.append(
                {
                    "what": f"{one.name}: {what.replace('_', ' ')}",
                    "value": value,
                    "default": str(getattr(one, what)),
                    "source": fact.source if fact else one.source,
                    "dated": str(fact.dated) if fact else one.dated,
                    "changed": fact is not None,
                    "href": _change(one.id, what, value),
                }
            )
    return rows


def _unknown() -> list[dict]:
    """Models of real accounts that no table and no fact describes, each with the form that begins it."""
    over, found = capabilities.overlay(), {}
    for account in Account.objects.filter(is_chosen=True).exclude(connection__is_sandbox=True):
        for one in plans.unknown_models(account.vendor_models, engines.engines("video", over.engines)):
            found.setdefault(one["key"], one | {"account": account.masked_email})
    for one in found.values():
        seconds, credits = one["seconds"], one["credits"]
        given = {
            "name": one["name"],
            "kind": "video",
            "lengths": seconds or "",
            "credits": f"{seconds}: {credits}" if seconds and credits is not None else "",
            "expected_seconds": one["takes"] or "",
            "match": one["key"],
            "source": f"GET /accounts of {one['account']}",
        }
        one["href"] = f"{reverse('admin:generations_capability_new_model')}?{urlencode(given)}"
    return list(found.values())
