"""Queue: who waits for what, and what needs this person."""
