"""A scene: 2 to 10 clips in order, each perhaps cut at both ends, to be joined into one (ui.md section 2).

A scene holds no media and costs nothing; every join of it is a generation of its own, with its own clip.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from . import clock
from .generation import Generation, Visibility
from .ids import new_id


class SceneQuerySet(models.QuerySet):
    def visible_to(self, person) -> "SceneQuerySet":
        """What a person may see: their own scenes and the team's, inside their teams."""
        teams = list(person.memberships.values_list("team_id", flat=True))
        return self.filter(Q(person=person) | Q(visibility=Visibility.TEAM), team_id__in=teams)


class Scene(models.Model):
    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    team = models.ForeignKey("generations.Team", on_delete=models.CASCADE, related_name="scenes")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="scenes")
    name = models.CharField(max_length=120)
    visibility = models.CharField(max_length=7, choices=Visibility, default=Visibility.TEAM)
    changed_at = models.DateTimeField(default=clock.now)
    joins = models.ManyToManyField(Generation, related_name="scenes", blank=True)

    objects = SceneQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["team", "-changed_at"], name="scenes_of_a_team")]

    def __str__(self) -> str:
        return self.name


class SceneClip(models.Model):
    """A clip in its place; the same clip may stand twice. Trims are seconds cut off at each end."""

    scene = models.ForeignKey(Scene, on_delete=models.CASCADE, related_name="places")
    clip = models.ForeignKey("generations.Clip", on_delete=models.CASCADE, related_name="places")
    position = models.PositiveSmallIntegerField()
    trim_start = models.FloatField(default=0)
    trim_end = models.FloatField(default=0)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return f"{self.clip} in {self.scene}"
