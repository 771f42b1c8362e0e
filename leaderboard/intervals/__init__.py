"""Confidence intervals of a board's scores and ranks: computed by a background job, read by its pages."""
