"""The IoU-Threshold curves of a board, and their page."""
