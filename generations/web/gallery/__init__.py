"""Gallery: the wall, its words and its filters."""
