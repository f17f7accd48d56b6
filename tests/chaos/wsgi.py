"""The web side of a chaos run: the site itself, with the clock of the run."""

import os
from pathlib import Path

from flowsite.wsgi import application

from .faults import Hands

__all__ = ["application"]

Hands(Path(os.environ["CHAOS_FOLDER"])).install()
