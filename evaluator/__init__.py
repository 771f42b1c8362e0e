"""Scores submission archives against ground truth; imports neither Django nor a database."""
