"""Create: the dock, the feed, the click."""
