"""Size of the working memory that the kernels are given, since they allocate nothing."""

LANES = 64  # rows that are unfiltered together
FRONT = 8  # bytes of a line of the board before its lanes
LINE = LANES + FRONT
MASKS = 4  # for each lane
MOST_WIDTH = 65_536  # of a band; its board takes 5 MB


def bytes_of_scratch(width: int) -> int:
    """Return how many bytes `unfilter` needs for rows of `width` pixels: a row of zeros, the masks and a board."""
    if width > MOST_WIDTH:
        return width
    lines = 2 + width + LANES + 8  # two that are 0, one for each step, and the end of the last word
    return width + MASKS * LANES + lines * LINE
