"""Usage: what was spent, by whom, on what, and whether it balances (ui.md section 11)."""
