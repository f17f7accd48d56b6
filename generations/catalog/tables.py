"""Reads the dated tables of catalog/data, each once."""

import tomllib
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"


@cache
def table(name: str) -> dict:
    """The table `data/<name>.toml`. Shared by all callers: never change what it returns."""
    with open(DATA / f"{name}.toml", "rb") as file:
        return tomllib.load(file)
