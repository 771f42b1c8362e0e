"""The colours of teams in figures, and in the tables beside them."""

from typing import NamedTuple

COLOURS = 8  # series-1 … series-8 in the style sheet; teams that share one differ in their dashes
DASHES = 4


class Style(NamedTuple):
    """Colour and dash of a team, both from 1; marks and bars of a dash above 1 are hollow."""

    colour: int
    dash: int


FIRST_STYLE = Style(1, 1)


def style_of(palette_index: int) -> Style:
    """The style of a team by its index; styles repeat after 32 indexes."""
    return Style(palette_index % COLOURS + 1, palette_index // COLOURS % DASHES + 1)
