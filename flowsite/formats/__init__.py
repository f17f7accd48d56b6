"""How the admin writes moments; pages have filters of their own (generations/web/words.py)."""
