"""Simulates boards whose truth is known: how often do intervals and ranks hold? Prints a Markdown table."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from evaluator.scorers import Scorer, make  # noqa: E402
from evaluator.uncertainty.jackknife import jackknife  # noqa: E402
from evaluator.uncertainty.significance import NORMAL, Significance  # noqa: E402
from evaluator.uncertainty.small_splits import FEWEST_UNITS  # noqa: E402
from leaderboard.exports.lid2020_paper import TABLES  # noqa: E402

LEVELS = np.arange(256)
LIMIT_FROM = 400  # chunks of 1,000 images, whose score is taken for the true one
LID_2020 = [float(row.values[0]) / 100 for row in TABLES[0].rows]  # the mean IoU of its teams


def skill(mean_iou: float) -> float:
    """The share of an object that must be found, what is missed being taken for another class, for a mean IoU."""
    return 2 * mean_iou / (1 + mean_iou)


@dataclass(frozen=True)
class World:
    """Teams by their `skills` on splits of `images`; classes are drawn alike, or with chances ∝ 1 / number.

    What must hold: the least simultaneous coverage of ranks, the widest mean rank interval, the largest share of
    boards that call equal teams different, the least coverage of scores and of differences.
    """

    name: str
    images: int
    skills: tuple[float, ...]
    scorer: str = "segmentation"
    classes: int = 20
    long_tailed: bool = False
    ranks: float | None = None
    width: float | None = None
    false_calls: float | None = None
    scores: float | None = None
    differences: float | None = None


def apart(step: float, teams: int, top: float = 0.45) -> tuple[float, ...]:
    """Skills of teams whose mean IoU is `step` points apart."""
    return tuple(skill(top - step * number / 100) for number in range(teams))


SPREAD = (0.6, 0.57, 0.54, 0.4, 0.4)
WORLDS = [
    World("gaps of LID 2020, Table 1", 10_000, tuple(map(skill, LID_2020)), classes=200, ranks=0.93, width=1.6),
    World(
        "three equal in the middle", 1000, (0.62, 0.6, 0.57, 0.57, 0.57, 0.54, 0.52), ranks=0.93, false_calls=0.07
    ),
    World("three equal at the top", 1000, (0.6, 0.6, 0.6, 0.57, 0.54, 0.5), ranks=0.93, false_calls=0.07),
    World("ten teams 0.05 points apart", 1000, apart(0.05, 10), ranks=0.93),
    World("fifteen in two packs", 10_000, (*apart(0.4, 7), *apart(0.4, 8, 0.35)), ranks=0.93, width=3.8),
    World("ten equal", 1000, (0.6,) * 10, ranks=0.93, false_calls=0.07),
    World("ten equal, Peak-IoU", 1000, (0.6,) * 10, scorer="localization", ranks=0.93, false_calls=0.07),
    World("long-tailed", 300, SPREAD, long_tailed=True, scores=0.92, differences=0.92),
    World("long-tailed", 500, SPREAD, long_tailed=True, scores=0.92, differences=0.92),
    World("long-tailed", 2000, SPREAD, long_tailed=True, scores=0.92, differences=0.92),
    World("20 classes", 50, SPREAD, scores=0.91),
    World("Peak-IoU", 200, SPREAD, scorer="localization", scores=0.92, differences=0.92),
    World("fewer than 30 images", 29, (0.9, 0.6, 0.3), false_calls=0),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--splits", type=int, default=400, help="of each world (400)")
    parser.add_argument("--seed", type=int, default=2020, help="(2020)")
    parser.add_argument("--worlds", type=int, nargs="+", default=range(len(WORLDS)), help="their numbers, from 0")
    arguments = parser.parse_args()
    print(f"{arguments.splits} splits of each world, seed {arguments.seed}\n\n{header()}")
    worlds = [WORLDS[number] for number in arguments.worlds]
    broken = [world for world in worlds if not row(world, arguments.splits, arguments.seed)]
    sys.exit(1 if broken else 0)


@dataclass(frozen=True)
class Trial:
    """What one split shows: whether all ranks hold, and so on; shares over its teams and pairs."""

    ranks: bool
    width: float
    false_calls: bool
    scores: float
    differences: float


MUST = [  # field of Trial and World, title, and whether more is better
    ("ranks", "all ranks hold", True),
    ("width", "mean width of a rank", False),
    ("false_calls", "equal ones called different", False),
    ("scores", "scores hold", True),
    ("differences", "differences hold", True),
]


def header() -> str:
    titles = ["world", "images", "teams", *(title for _, title, _ in MUST)]
    return f"| {' | '.join(titles)} |\n|{'---|' * len(titles)}"


def row(world: World, splits: int, seed: int) -> bool:
    """Simulate a world and print its row; tells whether all holds that must, two Monte-Carlo errors allowed."""
    random = np.random.default_rng((seed, world.images, len(world.skills)))
    options = {"num_classes": world.classes} if world.scorer == "segmentation" else {}
    scorer = make(world.scorer, options)
    limit = limits(scorer, world, random)
    trials = [trial(scorer, world, limit, random) for _ in range(splits)]
    holds, cells = True, list[str]()
    for field, _, more in MUST:
        values, must = np.array([getattr(one, field) for one in trials], float), getattr(world, field)
        mean, error = values.mean(), 2 * values.std() / sqrt(splits)
        shown = f"{mean:.2f}" if field == "width" else f"{mean:.1%}"
        kept = must is None or (mean + error >= must if more else mean - error <= must)
        holds &= kept
        sign = "≥" if more else "≤"
        cells.append(shown if must is None else f"{shown} ({sign} {must:g}{'' if kept else ', BROKEN'})")
    print(f"| {world.name} | {world.images:,} | {len(world.skills)} | {' | '.join(cells)} |", flush=True)
    return holds


def limits(scorer: Scorer, world: World, random: np.random.Generator) -> np.ndarray:
    """The headline of each team over very many images; equal skills have equal ones."""
    skills = sorted(set(world.skills))
    sums = np.zeros((len(skills), *scorer.shape), np.int64)
    for _ in range(LIMIT_FROM):
        sums += [counts.sum(axis=0) for counts in simulated(scorer, world, 1000, skills, random)]
    by_skill = dict(zip(skills, scorer.compute_batch(sums)[scorer.METRICS[0].key], strict=True))
    return np.array([by_skill[skill] for skill in world.skills])


def trial(scorer: Scorer, world: World, limit: np.ndarray, random: np.random.Generator) -> Trial:
    """Simulate one split and judge its intervals."""
    key, scores, deviations = scorer.METRICS[0].key, [], []
    for counts in simulated(scorer, world, world.images, world.skills, random):
        scores.append(scorer.compute_batch(counts.sum(axis=0, dtype=np.int64)[np.newaxis])[key][0])
        deviations.append(jackknife(scorer, counts).deviations)
    withheld = world.images < FEWEST_UNITS
    board = Significance(scorer.METRICS[0], np.array(scores), np.array(deviations), withheld)
    errors = np.sqrt([(len(one) - 1) * one.var() for one in board.deviations])
    skills = np.array(world.skills)
    best, worst = (skills[:, None] > skills).sum(axis=0) + 1, (skills[:, None] >= skills).sum(axis=0)
    pairs = np.triu_indices(len(skills), 1)
    differences = np.subtract.outer(board.scores, board.scores) - np.subtract.outer(limit, limit)
    equal = np.equal.outer(skills, skills) | withheld
    return Trial(
        ranks=bool(((board.rank_lows() <= best) & (worst <= board.rank_highs())).all()),
        width=float((board.rank_highs() - board.rank_lows() + 1).mean()),
        false_calls=bool((board.distinct & equal).any()),
        scores=float((abs(board.scores - limit) <= NORMAL * errors).mean()),
        differences=float((abs(differences) <= NORMAL * board.errors)[pairs].mean()),
    )


def simulated(
    scorer: Scorer, world: World, images: int, skills: Sequence[float], random: np.random.Generator
) -> list[np.ndarray]:
    """The counts of all teams on the same images, of which some are hard for everyone."""
    hard = random.normal(0, 0.15, images)
    chances = 1 / np.arange(1, world.classes + 1) if world.long_tailed else np.ones(world.classes)
    label = random.choice(world.classes, images, p=chances / chances.sum()) + 1
    size = random.integers(5_000, 50_000, images)
    draw_one = label_maps if scorer.SPARSE else heat_maps
    easy = [(skill + hard + random.normal(0, 0.1, images)).clip(0.02, 0.98) for skill in skills]
    return [draw_one(world.classes, label, size, share, random) for share in easy]


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
        counts[:, side, 0] += (pixels - counts[:, side].sum(axis=1)).astype(np.int32)  # what rounding left out
    return counts


if __name__ == "__main__":
    main()
