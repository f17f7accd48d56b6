"""The whole site in one file and back: every row of one moment, every file of the media folder.

The file is a plain tar: `flowsite.json` says what it is, `rows.jsonl.gz` holds the rows in a form that knows
no database (so SQLite moves to PostgreSQL and back), `media/…` the files, and `contents.json`, always last,
size and SHA-256 of everything before it. A file without it is no backup.
"""

from .pack import Packed, write_backup
from .unpack import BadBackup, Contents, check, restore_files, restore_rows

__all__ = ["BadBackup", "Contents", "Packed", "check", "restore_files", "restore_rows", "write_backup"]
