"""Tests, in the folders of what they test; the cast is in people.py."""
