"""Which submission each team stands on, and its rank, now or as of a past time."""
