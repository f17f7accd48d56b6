"""One result: the clip, where it came from, and the story of its generation."""
