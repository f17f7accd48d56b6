"""`manage.py sandbox`: the make-believe vendor alone."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from generations.sandbox.__main__ import arguments, run


class Command(BaseCommand):
    help = "Serve the make-believe Google Flow API on this machine; prints its base URL and a token."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        folder = Path(getattr(settings, "DATA_DIR", "var")) / "sandbox"
        arguments(parser, str(folder))

    def handle(self, *args: Any, **options: Any) -> None:
        run(argparse.Namespace(**options))
