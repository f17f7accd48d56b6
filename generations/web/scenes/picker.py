"""Clips to put into a scene: the newest ones, or those a search finds."""

from functools import cached_property

from ...library import gallery
from ...library.gallery import Facets, TooBroad
from ...library.search import LONGEST_QUERY, BadQuery
from ...models import Person, Scene
from ..gallery.finding import Search
from ..gallery.tiles import Tile, tiles_of

SHOWN = 24


class Picker:
    def __init__(self, person: Person, scene: Scene, query: str) -> None:
        self.person, self.scene = person, scene
        self.query = query.strip()[: LONGEST_QUERY + 1]
        self.trouble = ""

    @cached_property
    def tiles(self) -> list[Tile]:
        """Clips alone: of the wall's search, strips unfolded, at most a screen of them."""
        facets = Facets(kind=("video",))
        try:
            found = gallery.page(self.person, self.query, facets=facets, limit=SHOWN, fold=False)
        except BadQuery as wrong:
            self.trouble = wrong.sentence
            return []
        except TooBroad:
            self.trouble = "That search looks at too much at once. Add a word, a person or a day."
            return []
        shown = [tile for tile in found.tiles if tile.clip][:SHOWN]
        return tiles_of(shown, self.person, Search())
