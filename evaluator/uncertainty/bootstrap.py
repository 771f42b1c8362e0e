"""The bootstrap: images drawn with replacement, the sums of their counts, and confidence intervals."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from evaluator.contract import CONFIDENCE_PERCENT
from evaluator.scorers.ratios import Counts, PerImage, Ratios

RESAMPLES = 1000
SEED = 2020
TAIL = 200 // (100 - CONFIDENCE_PERCENT)  # one in so many resamples lies beyond each end of an interval
BLOCK = 1024  # images multiplied at a time, to limit the memory

Weights = npt.NDArray[np.int32]  # [resamples, images]: how often each image was drawn


def draw(images: int, resamples: int = RESAMPLES, seed: int = SEED) -> Weights:
    """Draw `resamples` times `images` images with replacement.

    Image (r * images) >> 32 is drawn for each r, the upper 32 bits of a PCG64 seeded with (seed, images, number
    of the resample). numpy guarantees the streams of PCG64 and SeedSequence for all its versions, but not those of
    Generator, so this draw is the same everywhere. No image is favoured by more than images / 2**32.
    """
    weights = np.empty((resamples, images), np.int32)
    for number in range(resamples):
        raw = np.random.PCG64(np.random.SeedSequence((seed, images, number))).random_raw(images)
        drawn = ((raw >> np.uint64(32)) * np.uint64(images)) >> np.uint64(32)
        weights[number] = np.bincount(drawn.astype(np.int64), minlength=images)
    return weights


def totals(weights: Weights, counts: PerImage) -> Counts:
    """Sum the counts [images, *shape] of every resample: int64 [resamples, *shape].

    float64 holds the sums exactly (they stay below 2**53 for 100 million images of 2**26 pixels), so neither
    the order of adding nor the machine can change them. Dense products take half a second for 21,120 images
    whatever their maps look like; with sparse products a noisy map would cost more.
    """
    flat = counts.reshape(len(counts), -1)
    total = np.zeros((len(weights), flat.shape[1]))
    for start in range(0, len(flat), BLOCK):
        block = slice(start, start + BLOCK)
        total += weights[:, block].astype(np.float64) @ flat[block].astype(np.float64)
    return total.astype(np.int64).reshape(len(weights), *counts.shape[1:])


def interval(values: Ratios) -> tuple[Ratios, Ratios]:
    """Return the ends of the percentile confidence interval of each column of [resamples, ...], ignoring NaN.

    Of B values it takes the k-th smallest and the k-th largest, k = (B + 1) / TAIL rounded down, without
    interpolation (at 95 % and 1,000 resamples the 25th), so that negating all values negates the interval. A
    column of NaN has NaN for both ends.
    """
    in_order = np.sort(values, axis=0)  # NaN comes last
    defined = np.count_nonzero(~np.isnan(values), axis=0, keepdims=True)
    beyond = np.maximum((defined + 1) // TAIL, 1)
    low = np.take_along_axis(in_order, beyond - 1, axis=0)
    high = np.take_along_axis(in_order, np.maximum(defined - beyond, 0), axis=0)
    return low[0], high[0]
