"""Bootstrap confidence intervals of scores, of ranks and of the differences between teams."""
