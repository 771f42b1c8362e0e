"""Boards, curves, classes and the paper's tables as files and feeds; one module per format."""
