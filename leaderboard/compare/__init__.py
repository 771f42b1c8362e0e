"""Two to five rows of a board beside each other."""
