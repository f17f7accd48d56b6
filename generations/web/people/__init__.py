"""Signing in, connecting an account, settings."""
