"""What is written to the log never holds a token, a signed address or the secret of callbacks."""

import logging
import re

SECRETS = re.compile(
    r"user:\d+-(?!email:)[^\s\"'<>&,;)]+|((?:Signature|KeyName)=|/hooks/)[^&/\s\"'<>?]+[^&\s\"'<>?]*"
)


class NoSecrets(logging.Filter):
    """Last line of defence: the code never logs these on purpose."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        clean = SECRETS.sub(lambda m: (m[1] or "user:") + "…", message)
        if clean != message:
            record.msg, record.args = clean, None
        if record.exc_info and record.exc_info[1] is not None and not record.exc_text:
            record.exc_text = SECRETS.sub(
                lambda m: (m[1] or "user:") + "…", logging.Formatter().formatException(record.exc_info)
            )
        return True
