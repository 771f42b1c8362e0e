"""Results per class of one or two rows of a board, and their page."""
