"""Scores a submission archive against ground truth; knows nothing of web pages or databases."""
