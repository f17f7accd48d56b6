"""Reading everything again to see whether the disk still holds what was saved.

Nothing is mended here: a trouble is written on the clip, from where the page and the engine see it
(fetching again is flow's, since it asks the vendor).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import F

from generations.models import Clip, clock

from .rebuild import hash_of_stored

GONE = "The file is gone from the disk."
CHANGED = "The file changed on the disk since it was saved."
CANNOT_BE_READ = "The file cannot be read from the disk."


@dataclass(frozen=True)
class Finding:
    """One clip that was read: `trouble` is a sentence, empty when all is well."""

    clip: Clip
    trouble: str


def scrub(limit: int | None = None) -> Iterator[Finding]:
    """Hash every ready clip again, those longest unchecked first, and write down what is found."""
    hash_once = lru_cache(maxsize=10_000)(_hash)  # a measuring library shares a few files
    clips = Clip.objects.ready().select_related("generation")
    clips = clips.order_by(F("checked_at").asc(nulls_first=True), "pk")
    ids = list(clips.values_list("pk", flat=True)[:limit])
    for start in range(0, len(ids), 200):
        for clip in clips.filter(pk__in=ids[start : start + 200]):
            sha256, trouble = hash_once(clip.file)
            if not trouble and sha256 != clip.sha256:
                trouble = CHANGED
            Clip.objects.filter(pk=clip.pk).update(checked_at=clock.now(), trouble=trouble)
            yield Finding(clip, trouble)


def _hash(file: str) -> tuple[str, str]:
    try:
        return hash_of_stored(file), ""
    except FileNotFoundError:
        return "", GONE
    except (OSError, ValueError):
        return "", CANNOT_BE_READ
