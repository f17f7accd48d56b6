"""Scenes: clips in order, cut, and joined (ui.md section 2)."""
