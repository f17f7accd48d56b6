"""Tokens, accounts and newcomers; the small questions that pages ask and workers answer."""
