"""Rendered answers, kept by each process under the version of the board they were made from."""
