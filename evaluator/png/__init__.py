"""Reads untrusted PNGs: the header with its checks, the chunks, and the pixels."""
