"""Encrypted text: readable by the workers, by nobody else (architecture.md 5, "Secrets").

The value of such a field is a `Secret`, whose repr and str show nothing; only `reveal()` gives the text.
Keys are an explicit list (TOKEN_KEYS), so that they rotate without touching SECRET_KEY:
the first encrypts, all decrypt; `manage.py rotate_tokens` writes every row under the first.
"""

from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


class KeyIsMissing(Exception):
    """None of TOKEN_KEYS opens this value: the key it was written with is no longer in the list."""


@lru_cache
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key.strip()) for key in keys])


def box() -> MultiFernet:
    return _box(tuple(settings.TOKEN_KEYS))


class Secret:
    """A text that does not print itself."""

    __slots__ = ("_sealed",)

    def __init__(self, sealed: str) -> None:
        self._sealed = sealed

    @classmethod
    def seal(cls, text: str) -> "Secret":
        return cls(box().encrypt(text.encode()).decode())

    def reveal(self) -> str:
        """The text itself. Raises KeyIsMissing when no key fits."""
        try:
            return box().decrypt(self._sealed.encode()).decode()
        except InvalidToken:
            raise KeyIsMissing(
                "No key in TOKEN_KEYS opens this token. Put the old key back into the list."
            ) from None

    def rotated(self) -> "Secret":
        """The same text under the first key. Raises KeyIsMissing."""
        return Secret.seal(self.reveal())

    @property
    def sealed(self) -> str:
        return self._sealed

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __bool__(self) -> bool:
        return bool(self._sealed)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._sealed == self._sealed

    def __hash__(self) -> int:
        return hash(self._sealed)


class SecretField(models.TextField):
    """Stores a Secret. Plain text given to it is refused rather than stored by accident."""

    def from_db_value(self, value, expression, connection):
        return None if value is None else Secret(value)

    def to_python(self, value):
        return value if value is None or isinstance(value, Secret) else Secret(value)

    def get_prep_value(self, value):
        if value is None or isinstance(value, Secret):
            return value.sealed if value is not None else None
        raise TypeError("Give a Secret (Secret.seal(text)), not plain text.")

    def value_to_string(self, obj):
        return ""  # never part of a dump of the data
