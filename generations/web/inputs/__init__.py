"""Pictures, films, characters and voices: brought in, found again, deleted."""
