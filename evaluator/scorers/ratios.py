"""Arrays of counts, and ratios of them that may be undefined (NaN)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ratios = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]  # of a sum over images
PerImage = npt.NDArray[np.int32]  # the counts of many images, one after the other


def ratio(part: Counts | Ratios, whole: Counts | Ratios) -> Ratios:
    """Divide elementwise; NaN where the whole is 0."""
    quotient: Ratios = np.full(part.shape, np.nan)
    np.divide(part, whole, out=quotient, where=whole > 0)
    return quotient


def means_defined(values: Ratios) -> Ratios:
    """Return the mean of the defined values of each row [rows, values]; NaN where a row has none."""
    defined = ~np.isnan(values)
    return ratio(np.where(defined, values, 0).sum(axis=1), defined.sum(axis=1))


def or_none(value: float) -> float | None:
    """Return a JSON-safe number: None for NaN."""
    return None if np.isnan(value) else float(value)
