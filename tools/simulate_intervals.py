"""Simulates splits of known score: how often do confidence intervals contain it? Prints a Markdown table."""

import argparse
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from evaluator.scorers import Scorer, make  # noqa: E402
from evaluator.uncertainty.bootstrap import draw, interval, totals  # noqa: E402
from evaluator.uncertainty.comparison import Ranking  # noqa: E402

LEVELS = np.arange(256)
TRUTH_FROM = 200  # chunks of 1,000 images, of which the true score is taken
SKILLS = (0.6, 0.57, 0.54, 0.4, 0.4)  # of five teams, two of them equal
TRUE_RANKS = (1, 2, 3, 4, 4)
COLUMNS = ["headline", "classes", "images", "holds the mean score", "holds the limit"]
COLUMNS += ["a basic one holds the limit", "bias", "width"]
COLUMNS += ["difference holds its limit", "equal teams significantly different", "rank in its interval"]
SPLITS = [  # scorer, classes, images
    *(("segmentation", 20, images) for images in (50, 200, 1000)),
    *(("localization", 1, images) for images in (50, 200, 1000)),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=200, help="splits of each kind (200)")
    trials = parser.parse_args().trials
    print(f"{trials} splits of each kind, five teams\n\n| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    for split in SPLITS:
        print(row(*split, trials), flush=True)


def row(name: str, classes: int, images: int, trials: int) -> str:
    """Simulate `trials` splits; the limit is the score that ever more images lead to."""
    scorer = make(name, {"num_classes": classes} if name == "segmentation" else {})
    random = np.random.default_rng(2020)
    limit = limits(scorer, random)
    found = [trial(scorer, images, limit, random) for _ in range(trials)]
    scores, lows, highs, biases, others = (np.array(column) for column in zip(*found, strict=True))
    mean = scores.mean(axis=0)
    holds = [(lows <= mean) & (mean <= highs), (lows <= limit) & (limit <= highs)]
    holds += [(2 * scores - highs <= limit) & (limit <= 2 * scores - lows), *others.T]
    shares = [f"{share.mean():.1%}" for share in holds]
    sizes = [f"{100 * biases.mean():+.2f}", f"{100 * (highs - lows).mean():.2f}"]
    headline = scorer.METRICS[0].title
    return f"| {' | '.join([headline, str(classes), str(images), *shares[:3], *sizes, *shares[3:]])} |"


def limits(scorer: Scorer, random: np.random.Generator) -> np.ndarray:
    """The headline of each team over very many images."""
    sums = np.zeros((len(SKILLS), *scorer.shape), np.int64)
    for _ in range(TRUTH_FROM):
        sums += [counts.sum(axis=0) for counts in simulated(scorer, 1000, random)]
    limit = headline_of(scorer, sums)
    limit[-1] = limit[-2]  # by their making
    return limit


def trial(scorer: Scorer, images: int, limit: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Scores, ends and biases of the teams on one split, and whether differences and ranks hold."""
    counts, weights = simulated(scorer, images, random), draw(images, seed=int(random.integers(2**31)))
    scores = headline_of(scorer, np.array([one.sum(axis=0) for one in counts]))
    resampled = np.array([headline_of(scorer, totals(weights, one)) for one in counts]).T
    order = np.argsort(-scores, kind="stable")
    intervals = Ranking(
        scorer.METRICS[0], tuple(map(str, order)), scores[order], resampled[:, order]
    ).rank_intervals()
    ranks = [one.rank_low <= TRUE_RANKS[team] <= one.rank_high for team, one in zip(order, intervals, strict=True)]
    low, high = interval(resampled[:, [0, 3]] - resampled[:, [1, 4]])
    others = np.array([low[0] <= limit[0] - limit[1] <= high[0], low[1] > 0 or high[1] < 0, np.mean(ranks)])
    return scores, *interval(resampled), resampled.mean(axis=0) - scores, others


def headline_of(scorer: Scorer, sums: np.ndarray) -> np.ndarray:
    return scorer.compute_batch(sums.astype(np.int64))[scorer.METRICS[0].key]


def simulated(scorer: Scorer, images: int, random: np.random.Generator) -> list[np.ndarray]:
    """The counts of all teams on the same images, of which some are hard for everyone."""
    hard = random.normal(0, 0.15, images)
    draw_one = label_maps if scorer.SPARSE else heat_maps
    classes = scorer.shape[1] - 1
    objects = random.integers(1, classes + 1, images), random.integers(5_000, 50_000, images)
    easy = [(skill + hard + random.normal(0, 0.1, images)).clip(0.02, 0.98) for skill in SKILLS]
    return [draw_one(classes, *objects, share, random) for share in easy]


def label_maps(
    classes: int, label: np.ndarray, size: np.ndarray, share: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """One object an image, of which a share is found; the rest is taken for another class."""
    counts, rows = np.zeros((len(label), 3, classes + 1), np.int32), np.arange(len(label))
    found, mistaken = (size * share).astype(int), random.integers(1, classes + 1, len(label))
    counts[rows, 1, label] = size
    counts[rows, 0, label] = counts[rows, 2, label] = found
    counts[rows, 2, np.where(mistaken == label, 0, mistaken)] += size - found  # each row once
    return counts


def heat_maps(
    _: int, label: np.ndarray, size: np.ndarray, share: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """Bell curves of grey levels inside and outside the object, the further apart the larger the share."""
    counts = np.empty((len(size), 2, len(LEVELS)), np.int32)
    rest = 30_000 + 500 * label  # of the image, the same for all teams
    for side, (pixels, middle) in enumerate(((size, 80 + 120 * share), (rest, 90 - 60 * share))):
        bell = np.exp(-(((LEVELS - middle[:, None]) / 40) ** 2))
        counts[:, side] = bell / bell.sum(axis=1, keepdims=True) * pixels[:, None]
    return counts


if __name__ == "__main__":
    main()
