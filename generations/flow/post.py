"""The one POST of an attempt, by what answers it: a job that begins, pictures, or a file.

A file is written while it arrives (vendor/encoded.py) into the spool, and comes home from there like bytes
out of any other answer (collect.py). What was written counts only when the answer was whole.
"""

import secrets
from collections.abc import Mapping

from ..catalog import body
from ..library import storage
from ..library.storage import NoRoom
from ..vendor.client import FlowClient
from ..vendor.errors import NotSent, OutcomeUnknown
from ..vendor.replies import Accepted, ImagesResult, Medium
from ..vendor.transport import Sending

Kept = dict[int, str]  # position in the strip to the spooled file


def post(
    client: FlowClient, path: str, fields: Mapping[str, object], sending: Sending
) -> tuple[Accepted | ImagesResult, Kept | None]:
    """Send it once. Returns the reply, and the files that are in the store already (None: none of them).

    Raises NotSent, OutcomeUnknown, Refused.
    """
    if path == body.PATHS["image"]:
        return client.send_images(fields, sending=sending), None
    if path in body.FILES:
        return _file(client, path, fields, sending)
    return client.send(path, fields, sending=sending), None


def _file(
    client: FlowClient, path: str, fields: Mapping[str, object], sending: Sending
) -> tuple[ImagesResult, Kept]:
    try:
        with storage.Incoming(f"spool/{secrets.token_hex(12)}.bin") as incoming:
            written = client.send_for_file(path, fields, incoming.write, sending=sending)
            kept = incoming.keep().file
    except (NoRoom, OSError) as trouble:
        # Before the first byte it is not sent; after it the file is lost, and nothing was charged.
        kind = OutcomeUnknown if sending.left else NotSent
        raise kind(getattr(trouble, "sentence", "") or "The file could not be written.") from trouble
    return ImagesResult(written.job_id, (Medium.of_file(),)), {0: kept}
