"""How a generation looks: one card for every state, on every page."""
