"""What a plan includes a day without credits: dated figures of data/allowances.toml, each only "about"."""

from dataclasses import dataclass

from .plans import Facts
from .tables import table


@dataclass(frozen=True)
class Allowance:
    """`id` is low_priority or images; `about` how many a day."""

    id: str
    name: str
    about: int
    dated: str


def allowances(facts: Facts) -> tuple[Allowance, ...]:
    """Those of this account's plan; none while the plan is not known."""
    return tuple(
        Allowance(row["id"], row["name"], row["about"], row["dated"])
        for row in table("allowances")["allowance"]
        if facts.plan in row["plans"]
    )
