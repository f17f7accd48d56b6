"""The scenes, each a function from a stage to a way to draw any moment. Pillow only, no random luck."""

from __future__ import annotations

from collections.abc import Callable

from ..painting.stage import Draw, Stage
from . import air, city, figures, garden, sea, space, table, weather

PAINTERS: dict[str, Callable[[Stage], Draw]] = {
    "lighthouse": sea.lighthouse, "open_sea": sea.open_sea,
    "balloons": air.balloons, "mountains": air.mountains, "dunes": air.dunes,
    "planet": space.planet, "aurora": space.aurora,
    "robot": figures.robot, "jellyfish": figures.jellyfish,
    "street": city.street, "arches": city.arches,
    "bottle": table.bottle, "pebbles": table.pebbles, "vase": table.vase,
    "meadow": garden.meadow, "wood": garden.wood, "paper_boat": weather.paper_boat, "cabin": weather.cabin,
}  # fmt: skip
