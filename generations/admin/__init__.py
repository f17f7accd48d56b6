"""Django's admin: operation of the site, in the product's own words, for administrators alone.

What the engine writes (attempts, ledger, events) is read here, never changed; a generation is moved only
by the actions its card has too. Tokens go in and never come out.
"""


def register() -> None:
    """Register everything with the admin site; called once, when the apps are ready.

    Not on import: the site's own class lives in this package, and would register with a half-made site.
    """
    from . import accounts, budgets, catalog, engine, generations, people, records  # noqa: F401
