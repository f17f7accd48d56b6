"""Static files: hashed names, compressed beside the originals, kept for a year by browsers."""

import re

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

_IMPORTS = CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1]
_COMMENTS = re.compile(r"^[ \t]*(/\*(?:(?!\*/).)*\*/[ \t]*|//[^\n]*)\n", re.DOTALL | re.MULTILINE)
_MARGINS = re.compile(r"^[ \t]+|\n+(?=\n)", re.MULTILINE)


def lean(script: str) -> str:
    """A module as browsers get it: without whole lines of comment, margins and empty lines.

    Nothing inside a line is touched, and tests/web/test_static.py holds that no string of ours spans lines.
    """
    return _MARGINS.sub("", _COMMENTS.sub("", script))


class HashedStorage(CompressedManifestStaticFilesStorage):
    """JavaScript modules import each other by relative path; their addresses are hashed as well.

    Only in our own static/js/: the pattern is a regular expression, and it takes a line of prose in
    django-htmx's hx-sse-2.js ("import … from") for an import (seen in 1.29.0).
    """

    support_js_module_import_aggregation = True
    _js_module_import_aggregation_patterns = ("js/*.js", _IMPORTS)

    def _save(self, name, content):
        if name.replace("\\", "/").startswith("js/"):
            content.seek(0)  # counting its hash has read it to the end
            content = ContentFile(lean(content.read().decode()).encode())
        return super()._save(name, content)
