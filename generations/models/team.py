"""Teams, who is in them, and the two counters a team keeps: numbers and changes."""

from django.conf import settings
from django.db import connection, models
from django.db.models import TextChoices


class Role(TextChoices):
    OWNER = "owner", "Owner"
    MAKER = "maker", "Maker"
    REVIEWER = "reviewer", "Reviewer"
    VIEWER = "viewer", "Viewer"


MAY_SPEND = {Role.OWNER, Role.MAKER}


class Team(models.Model):
    name = models.CharField(max_length=80)
    # Raised by every change a page could show; pages ask "anything newer than what I have?".
    version = models.BigIntegerField(default=0, editable=False)
    last_number = models.PositiveIntegerField(default=0, editable=False)
    last_sandbox_number = models.PositiveIntegerField(default=0, editable=False)
    made_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def bump(team_id: int) -> int:
        """Raise the version and return it. Takes the team's row until commit, so call it last."""
        return _returning(
            "UPDATE generations_team SET version = version + 1 WHERE id = %s RETURNING version", team_id
        )[0]

    @staticmethod
    def take_numbers(team_id: int, how_many: int = 1, *, sandbox: bool = False) -> tuple[int, int]:
        """Raise the version and take `how_many` short numbers in one statement.

        Returns (version, first number). Sandbox work counts by itself, so that S3 never uses up 3.
        """
        column = "last_sandbox_number" if sandbox else "last_number"
        version, last = _returning(
            f"UPDATE generations_team SET version = version + 1, {column} = {column} + %s"  # noqa: S608
            f" WHERE id = %s RETURNING version, {column}",
            how_many,
            team_id,
        )
        return version, last - how_many + 1


def _returning(sql: str, *params) -> tuple:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        row = cursor.fetchone()
    if row is None:
        raise Team.DoesNotExist
    return row


class Membership(models.Model):
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.MAKER)
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "person"], name="once_per_team")]

    def __str__(self) -> str:
        return f"{self.person} in {self.team}, {self.get_role_display()}"
