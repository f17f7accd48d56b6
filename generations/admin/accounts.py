"""Connections and accounts. A token can be replaced here; no page of the admin ever shows one."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError

from ..flow.intend import Refusal
from ..flow.people import connect
from ..models import Account, Connection, Rest
from .parts import Quick


class ConnectionForm(forms.ModelForm):
    """The new token is a password field that is never filled in again."""

    new_token = forms.CharField(
        label="Replace the token",
        required=False,
        max_length=400,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"}),
        help_text="Paste a new token of the same user number. It is stored encrypted and never shown.",
    )

    class Meta:
        model = Connection
        fields: list = []

    def clean_new_token(self):
        pasted = self.cleaned_data["new_token"]
        if not pasted:
            return ""
        try:
            token, number = connect.read_token(pasted)
        except Refusal as refusal:
            raise ValidationError(str(refusal)) from None
        if number != self.instance.user_number:
            raise ValidationError(
                f"This token belongs to user {number}; the connection is that of user"
                f" {self.instance.user_number}. Connect the other one as a new connection."
            )
        return token


@admin.register(Connection)
class ConnectionAdmin(Quick):
    form = ConnectionForm
    list_display = ["owner", "ends_in", "user_number", "is_sandbox", "is_good", "trouble", "checked_at"]
    list_select_related = ["owner"]
    list_filter = ["is_sandbox", "is_good"]
    search_fields = ["owner__username", "user_number", "token_end"]
    readonly_fields = [
        "owner", "base_url", "user_number", "ends_in", "is_sandbox", "is_good", "trouble", "checked_at",
        "made_at",
    ]  # fmt: skip
    fields = [*readonly_fields, "new_token"]

    @admin.display(description="token ends in", ordering="token_end")
    def ends_in(self, connection: Connection) -> str:
        return f"… {connection.token_end}"

    def has_add_permission(self, request) -> bool:
        return False  # by the person, on the Connect page: the token is theirs

    def save_model(self, request, obj, form, change):
        if token := form.cleaned_data.get("new_token"):
            connect.store_token(obj.owner, token, base_url=obj.base_url)


class RestInline(admin.TabularInline):
    model = Rest
    extra = 0
    readonly_fields = ["made_at"]


@admin.register(Account)
class AccountAdmin(Quick):
    list_display = [
        "name",
        "masked",
        "owner",
        "plan",
        "credits",
        "is_lent",
        "is_chosen",
        "needs_sign_in",
        "read_at",
    ]
    list_select_related = ["connection__owner"]
    list_filter = ["is_sandbox", "needs_sign_in", "is_lent"]
    search_fields = ["email", "label", "connection__owner__username"]
    inlines = [RestInline]
    readonly_fields = [
        "connection", "email", "base_url", "user_number", "is_sandbox", "health", "plan", "sku", "credits",
        "drift", "learned_running", "clean_accepts", "last_sent_at", "read_at", "made_at",
    ]  # fmt: skip
    fieldsets = [
        (None, {"fields": ["connection", "email", "label", "is_chosen", "is_lent", "is_sandbox"]}),
        ("Google", {"fields": ["health", "needs_sign_in", "plan", "sku", "credits", "drift", "read_at"]}),
        (
            "Pace",
            {"fields": ["running_cap", "learned_running", "clean_accepts", "last_sent_at", "paused_at"]},
        ),
        ("Connection", {"fields": ["base_url", "user_number", "made_at"], "classes": ["collapse"]}),
    ]

    @admin.display(description="account")
    def masked(self, account: Account) -> str:
        return account.masked_email

    @admin.display(ordering="connection__owner")
    def owner(self, account: Account) -> str:
        return account.connection.owner.shown_name

    @admin.display(description="plan")
    def plan(self, account: Account) -> str:
        return account.tier or "–"

    def has_add_permission(self, request) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False  # what was spent stays in the ledger; "in use" is the switch


@admin.register(Rest)
class RestAdmin(Quick):
    list_display = ["account", "model", "reason", "until", "times", "made_at"]
    list_select_related = ["account__connection"]
    autocomplete_fields = ["account"]
    ordering = ["-until"]
