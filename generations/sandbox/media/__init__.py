"""The bytes: what a clip shows, how it is painted and encoded, and how each file is told from the next."""
