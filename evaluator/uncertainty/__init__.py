"""Confidence intervals of scores, ranks and differences: delete-one jackknife and max-t critical values."""
