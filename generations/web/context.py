"""What the frame of every page needs: credits, the Queue badge, the paused strip. Asked once, when drawn."""

from datetime import timedelta
from functools import cached_property

from django.db.models import Q
from django.urls import NoReverseMatch, reverse

from ..flow import unsaved
from ..flow.money import quote
from ..models import Account, Generation, Person, Site, State, clock
from ..models.ids import first_id_of
from . import words

FAILED_LATELY = timedelta(hours=24)


def shell(request) -> dict:
    """`shell` in every template; a page that shows none of it asks the database nothing."""
    person = getattr(request, "user", None)
    if person is None or not person.is_authenticated:
        return {}
    return {"shell": shell_of(request)}


def shell_of(request) -> "Shell":
    if not hasattr(request, "flowsite_shell"):
        request.flowsite_shell = Shell(request.user)
    return request.flowsite_shell


class Shell:
    """Facts about the person who looks; each is one query at most and kept for this request."""

    def __init__(self, person: Person) -> None:
        self.person = person

    @cached_property
    def accounts(self) -> list[Account]:
        """Whose credits this person may spend: their own first, lent ones after, the sandbox last."""
        usable = Account.objects.usable_by(self.person).filter(is_chosen=True)
        found = usable.select_related("connection__owner")
        theirs = [a for a in found if not a.is_sandbox or a.connection.owner_id == self.person.pk]
        return sorted(theirs, key=lambda a: (a.is_sandbox, a.connection.owner_id != self.person.pk, a.pk))

    @cached_property
    def account(self) -> Account | None:
        """The account that is chosen in the dock; else the first healthy one."""
        draft = getattr(self.person, "draft", None)
        wanted = str(draft.choices.get("account", "")) if draft else ""
        healthy = [a for a in self.accounts if a.is_healthy]
        return next((a for a in self.accounts if str(a.pk) == wanted), None) or next(
            iter(healthy or self.accounts), None
        )

    @cached_property
    def credits(self) -> int | None:
        """Of the chosen account, as the vendor last said; None in the sandbox, whose credits are no money."""
        return None if self.account is None or self.account.is_sandbox else self.account.credits

    @cached_property
    def after_queue(self) -> int | None:
        return None if self.credits is None else quote.available(self.account)

    @cached_property
    def needs_you(self) -> int:
        return needing(self.person).count()

    @property
    def paused_since(self) -> str:
        return words.clock(self.person.queue_paused_at)

    @cached_property
    def saving_trouble(self) -> str:
        """Why nothing is saved at the moment, for everybody: the disk is full. Empty when all is well."""
        stopped = Site.objects.filter(saving_stopped_at__isnull=False)
        told = stopped.values_list("saving_stopped_at", "saving_trouble").first()
        return f"Saving rests since {words.clock(told[0])}. {told[1]}" if told else ""

    @property
    def resume_url(self) -> str:
        try:
            return reverse("pause") + "?paused=no"
        except NoReverseMatch:
            return ""


def needing(person: Person):
    """Rows that wait for a decision of this person: uncertain, held, failed lately and not tried again, or
    not saved although Google's link dies soon.

    For an owner also what others ask of them: held over a limit.
    """
    moment = clock.now()
    recent = Q(
        state=State.FAILED,
        pk__gte=first_id_of(moment - 2 * FAILED_LATELY),
        finished_at__gte=moment - FAILED_LATELY,
        children__isnull=True,
    )
    undecided = Q(state__in=[State.UNCERTAIN, State.HELD])
    expiring = Q(state=State.SAVING, pk__in=unsaved.in_danger(person).values("generation_id"))
    team = person.team()
    mine = Generation.objects.filter(undecided | recent | expiring, person=person, team=team)
    if team is None or not person.owns(team.pk):
        return mine
    # A union, not an OR: that would go through all rows of the team with every page.
    both = mine.values("pk").union(Generation.objects.asking(person).values("pk"))
    return Generation.objects.filter(pk__in=both)
