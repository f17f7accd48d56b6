"""People, teams, and links with which somebody chooses a password."""

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError

from ..flow.people.welcome import mail_password_link, password_link, welcome
from ..models import Event, Membership, Person, Team
from .parts import Quick

admin.site.unregister(Group) if admin.site.is_registered(Group) else None


class NewPerson(AdminUserCreationForm):
    class Meta(AdminUserCreationForm.Meta):
        model = Person
        fields = ("username", "first_name", "last_name", "email")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["usable_password"].initial = "false"
        self.fields[
            "usable_password"
        ].help_text = (
            "Without one, make a password link for them afterwards: it is in the list's menu of actions."
        )


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ["person", "team"]


@admin.register(Person)
class PersonAdmin(UserAdmin, Quick):
    add_form = NewPerson
    list_display = [
        "username",
        "first_name",
        "last_name",
        "email",
        "role",
        "is_superuser",
        "is_active",
        "last_login",
    ]
    list_filter = ["is_active", "is_superuser"]
    search_fields = ["username", "first_name", "last_name", "email"]
    filter_horizontal: list = []
    inlines = [MembershipInline]
    actions = ["make_password_link"]
    readonly_fields = ["last_login", "date_joined", "queue_paused_at"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Person", {"fields": ["first_name", "last_name", "email"]}),
        ("May", {"fields": ["is_active", "is_superuser"]}),
        ("Habits", {"fields": ["share_by_default", "confirm_above", "resend_proved_absent", "resend_free"]}),
        ("Times", {"fields": ["queue_paused_at", "last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (
            None,
            {
                "classes": ["wide"],
                "fields": [
                    "username",
                    "first_name",
                    "last_name",
                    "email",
                    "usable_password",
                    "password1",
                    "password2",
                ],  # fmt: skip
            },
        ),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("memberships")

    @admin.display(description="role")
    def role(self, person: Person) -> str:
        return ", ".join(m.get_role_display() for m in person.memberships.all())

    def get_inlines(self, request, obj):
        return self.inlines if obj else []  # a new person is welcomed into the team when saved

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        welcome(obj)

    def has_delete_permission(self, request, obj=None) -> bool:
        """People who made clips stay, without access: "active" is the switch."""
        return super().has_delete_permission(request, obj) and (obj is None or not obj.generations.exists())

    @admin.action(description="Make a password link")
    def make_password_link(self, request, people):
        """Shown once, here; whoever has the link chooses the password."""
        for person in people[:20]:
            link = password_link(person, request.build_absolute_uri("/"))
            mailed = mail_password_link(person, request.build_absolute_uri("/"))
            Event.objects.create(
                by=request.user, team=person.team(), verb="password link made", why=f"for {person.username}"
            )
            also = f" It was also mailed to {person.email}." if mailed else ""
            sentence = f"{person.username}: {link} (works once, for three days; it is not shown again).{also}"
            self.message_user(request, sentence, messages.SUCCESS)


class TeamForm(forms.ModelForm):
    class Meta:
        model = Team
        fields = ["name"]

    def clean_name(self):
        name = self.cleaned_data["name"].strip()
        if not name:
            raise ValidationError("Give the team a name.")
        return name


@admin.register(Team)
class TeamAdmin(Quick):
    form = TeamForm
    list_display = ["name", "people", "made_at"]
    search_fields = ["name"]
    inlines = [MembershipInline]
    readonly_fields = ["made_at"]

    @admin.display
    def people(self, team: Team) -> int:
        return team.memberships.count()

    def has_delete_permission(self, request, obj=None) -> bool:
        return False
