"""How much room the kernels need beside what they read and write: they allocate nothing."""

LANES = 64  # rows of a picture that are undone together
FRONT = 8  # bytes of a line of the board before its lanes
LINE = LANES + FRONT
MASKS = 4  # for each lane
MOST_WIDTH = 65_536  # of a band; its board takes 5 MB


def bytes_of_scratch(width: int) -> int:
    """What `unfilter` needs for rows of `width` pixels: a row of zeros, the masks and a board."""
    if width > MOST_WIDTH:
        return width
    lines = 2 + width + LANES + 8  # two that are 0, one for each step, and the end of the last word
    return width + MASKS * LANES + lines * LINE
