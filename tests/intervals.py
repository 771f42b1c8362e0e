"""Scored submissions with statistics of their own, and boards whose intervals the real command computed."""

import numpy as np

from evaluator.per_image_counts import PerImageCounts
from evaluator.scorers import make
from leaderboard.intervals import job
from leaderboard.intervals.queries import BoardIntervals, intervals_of
from leaderboard.models import IntervalJob
from server import leases
from server.submissions.models import Evaluation
from server.submissions.transitions import split_scores
from server.tracks.models import Phase, ScoringRule

CLASSES = 6  # of those that the scorer knows, the first ones: small statistics that are quick to resample


def measured(rule: ScoringRule, skill: float, *, images: int = 30, seed: int = 0) -> tuple[dict, PerImageCounts]:
    """What a method of this skill (0 to 1) would score, and its statistics; the truth is the rule's alone."""
    scorer = make(rule.scorer, rule.options)
    count = _heat_maps if rule.scorer == "localization" else _label_maps
    counts = count(scorer.shape, skill, images, np.random.default_rng(7), np.random.default_rng([seed, 8]))
    ids = tuple(f"image{number:05d}" for number in range(images))
    statistics = PerImageCounts(rule.scorer, rule.options, ids, counts.astype(np.int32))
    return scorer.compute(statistics.total()), statistics


def result_of(scorer: str, scores: dict) -> dict:
    """Scores as an evaluation keeps them."""
    return split_scores(scorer, scores)


def keep_statistics(evaluation: Evaluation, statistics: PerImageCounts) -> None:
    evaluation.statistics_path.parent.mkdir(parents=True, exist_ok=True)
    statistics.write(evaluation.statistics_path)


def compute_intervals(phase: Phase) -> BoardIntervals | None:
    """Compute the intervals of the board as it stands now, without waiting for it to settle."""
    job.find_changes()
    claimed = leases.claim(
        IntervalJob.objects.select_related("phase__track"), IntervalJob.objects.get(phase=phase)
    )
    job.run(claimed)
    assert IntervalJob.objects.get(pk=claimed.pk).last_error == ""
    return intervals_of(phase)


def _label_maps(shape, skill, images, of_truth, of_team):
    """Pixels of each class: true positives, target, prediction."""
    target = of_truth.integers(0, 400, (images, CLASSES)) * (of_truth.random((images, CLASSES)) < 0.7)
    true_positives = of_team.binomial(target, of_team.beta(20 * skill + 1, 20 * (1 - skill) + 1, target.shape))
    counts = np.zeros((images, *shape), int)
    prediction = true_positives + target.sum(1, keepdims=True) // 20
    counts[:, :, 1 : CLASSES + 1] = np.stack([true_positives, target, prediction], axis=1)
    return counts


def _heat_maps(shape, skill, images, of_truth, of_team):
    """Histograms of grey levels inside and outside of the object."""
    counts = np.zeros((images, *shape), int)
    for image, inside in enumerate(of_truth.integers(100, 900, images)):
        level = of_team.normal(128 + 90 * skill, 25, inside), of_team.normal(128 - 90 * skill, 40, 1000 - inside)
        for side, values in enumerate(level):
            counts[image, side] = np.bincount(np.clip(values, 0, 255).astype(int), minlength=256)
    return counts
