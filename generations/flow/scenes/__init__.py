"""Clips in order, and joined."""
