"""The site's own settings, in a folder of this run, with quick passwords.

Loaded by pytest-django before any conftest (pyproject.toml). Databases are files, static files carry their
hashed names, and nothing reads what the person at this machine has set: only TEST_DATABASE_URL counts.
"""

import atexit
import os
import shutil
import tempfile

OURS = "flowsite-tests-"
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "CI", "TEST_DATABASE_URL")

for name in set(os.environ) - set(KEPT):
    if not name.startswith(("PYTEST_", "PYTHON", "COV_", "DJANGO_", "PG")):
        del os.environ[name]
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix=OURS)
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL", "")
_this_process = os.getpid()


@atexit.register
def _remove_the_folder() -> None:
    if os.getpid() == _this_process:  # a forked worker leaves by here too
        shutil.rmtree(os.environ["DATA_DIR"], ignore_errors=True)


from flowsite.settings import *  # noqa: E402, F403
from flowsite.settings import DATABASES  # noqa: E402

# Argon2 takes a tenth of a second on purpose; a thousand tests sign in.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Only a power cut tells the two apart (stack.md section 4), and a test run does not survive one.
    _options = DATABASES["default"]["OPTIONS"]
    _options["init_command"] = _options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
    DATABASES["default"]["TEST"] = {"NAME": os.path.join(os.environ["DATA_DIR"], "test.sqlite3")}
