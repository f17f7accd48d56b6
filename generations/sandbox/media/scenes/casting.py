"""Which scene and light a prompt asks for: the best match of words, else a choice by the text itself."""

from __future__ import annotations

import hashlib
import re

SCENES: dict[str, str] = {
    "lighthouse": "lighthouse beacon coast coastal cliff harbor harbour lamp shore keeper rocky",
    "open_sea": "ocean sea wave surf moonlit swell sailing sail sailboat ship horizon water island sunset "
    "beach tide",
    "robot": "robot android toy tulip tulips friendly character cartoon mascot child pet dog cat puppy "
    "waving cute",
    "planet": "planet space ring ringed saturn galaxy cosmos star nebula asteroid orbit astronaut "
    "rocket spaceship moon",
    "aurora": "aurora northern lights borealis lake arctic iceland norway reflection curtain",
    "dunes": "dune desert sand sahara camel caravan dry arid canyon mars heat",
    "jellyfish": "jellyfish underwater deep coral reef fish whale diver aquarium submarine kelp turtle",
    "street": "city street rain neon rainy skyscraper traffic car cyberpunk urban taxi tokyo downtown "
    "building crowd",
    "balloons": "balloon hot-air hill valley mist misty drifting cappadocia sky cloud kite bird aerial "
    "drone flying",
    "mountains": "mountain alps peak snowy range fog summit climber glacier volcano eagle landscape epic "
    "cinematic",
    "bottle": "bottle perfume product cosmetic serum studio podium commercial ad packshot glass brand "
    "unboxing skincare",
    "pebbles": "pebble stone zen balance stack rock spa calm meditation minimal",
    "vase": "vase still life ceramic pottery table kitchen coffee cup bread fruit interior food tea "
    "cooking living room",
    "meadow": "meadow flower poppy field spring garden butterfly grass bee summer picnic sunflower "
    "bloom rose",
    "wood": "forest wood tree jungle woodland fern deer fox trail pine leaf autumn path firefly moss "
    "rainforest",
    "arches": "corridor hall arch temple palace museum monk walking walk library church castle columns "
    "hallway marble",
    "paper_boat": "puddle paper boat origami pond ripple stream river drop raindrop toy-boat canoe",
    "cabin": "cabin snow snowfall winter hut chalet christmas snowing village cozy fireplace blizzard "
    "ice frost",
}
MOODS: dict[str, str] = {
    "dusk": "dusk sunset evening golden twilight warm",
    "night": "night midnight moon moonlit dark stars starry nocturnal snowy",
    "dawn": "dawn sunrise morning early mist misty fog haze",
    "day": "day noon bright sunny daylight summer clear",
    "storm": "storm stormy thunder rain grey gray overcast",
}
SUBJECT = 2.5
_WORDS = re.compile(r"[a-z]+(?:-[a-z]+)?")


def cast(prompt: str) -> tuple[str, str]:
    """Scene and mood for a prompt, always the same for the same words. An empty mood is the scene's own."""
    words = _WORDS.findall(re.sub(r"\[fail:[^\]]*\]|@\w+", " ", prompt.lower()))
    scene = _best(SCENES, words)
    if not scene:
        number = hashlib.sha256(" ".join(words).encode()).digest()[0]
        scene = sorted(SCENES)[number % len(SCENES)]
    return scene, _best(MOODS, words)


def _best(table: dict[str, str], words: list[str]) -> str:
    """The row that most of the words belong to; the word that comes first decides a tie.

    The first word of a row names its subject and counts more: a lighthouse stays one beside sea and surf.
    """
    points: dict[str, float] = {}
    for place, word in enumerate(words):
        for name, row in table.items():
            known = row.split()
            one = word if word in known else word.removesuffix("s")
            if one in known:
                points[name] = points.get(name, 0.0) + (SUBJECT if one == known[0] else 1) - place / 1000
    return max(points, key=lambda name: points[name]) if points else ""
