"""The rank by each further metric alone: beside its value on the board, in the API and in files."""

import csv
import json
import re
from io import StringIO

import pytest
from django.test import Client
from django.urls import reverse

from evaluator.contract import Metric
from leaderboard import services
from leaderboard.ranking.metric_ranks import ranks_by_metric

SCORES = {
    "a": {"accuracy": 0.70004, "error": 3.14, "threshold": 9},
    "b": {"accuracy": 0.69996, "error": 3.11, "threshold": 7},
    "c": {"accuracy": 0.5, "error": 2.0, "threshold": 8},
    "d": {"accuracy": None, "error": float("nan"), "threshold": None},
}
METRICS = (
    Metric("accuracy", "Accuracy"),
    Metric("error", "Error", unit="px", decimals=1, higher_is_better=False),
    Metric("threshold", "Threshold", unit="", decimals=0, higher_is_better=None),
)


def naive(metric: Metric, row: str) -> int | None:
    """1 + how many print a better number."""
    own = metric.printed(SCORES[row][metric.key])
    if own is None or metric.higher_is_better is None:
        return None
    others = [metric.printed(scores[metric.key]) for scores in SCORES.values()]
    better = (lambda one: one > own) if metric.higher_is_better else (lambda one: one < own)
    return 1 + sum(better(other) for other in others if other is not None)


def test_ranks_are_by_printed_numbers_in_the_direction_of_the_metric():
    found = ranks_by_metric(METRICS, SCORES)
    assert {row: {metric.key: ranks.get(metric.key) for metric in METRICS} for row, ranks in found.items()} == {
        row: {metric.key: naive(metric, row) for metric in METRICS} for row in SCORES
    }
    assert found["a"] == {"accuracy": 1, "error": 2}
    assert found["b"] == {"accuracy": 1, "error": 2}
    assert found["d"] == {}


@pytest.mark.django_db
def test_a_board_says_the_rank_by_each_further_metric(scored, alices, charlies, doras, phase, organiser):
    numbers = {"mean_iou": 0.5, "mean_accuracy": 0.61, "pixel_accuracy": 0.9}
    scored(alices, None, result={"scores": numbers})
    scored(charlies, None, result={"scores": numbers | {"mean_iou": 0.4, "mean_accuracy": 0.7}})
    struck = scored(doras, None, result={"scores": numbers | {"mean_iou": 0.6, "mean_accuracy": 0.8}})
    services.review(submission=struck, verdict="disqualified", reason="because", by=organiser)
    page = Client().get(phase.get_absolute_url()).content.decode()
    shown = dict(re.findall(r'>\s*([\d.]+) <span class="of">\((\d)\)</span>', page))
    assert shown == {"61.00": "2", "70.00": "1", "90.00": "1"}
    assert "In parentheses: the rank by that number alone." in page

    told = {row["team"]["name"]: row["ranks"] for row in api(phase)}
    ours = {"mean_accuracy": 2, "pixel_accuracy": 1}
    assert told == {"doras": {}, "alices": ours, "charlies": {"mean_accuracy": 1, "pixel_accuracy": 1}}
    rows = json.loads(export(phase, "json"))["rows"]
    assert {row["team"]: row["ranks"] for row in rows} == told
    lines = csv.DictReader(StringIO(export(phase, "csv"), newline=""))
    assert [(line["mean_accuracy_rank"], line["pixel_accuracy_rank"]) for line in lines] == [
        ("", ""),
        ("2", "1"),
        ("1", "1"),
    ]


def api(phase) -> list[dict]:
    return Client().get(reverse("api:leaderboard", args=[phase.pk])).json()["rows"]


def export(phase, extension: str) -> str:
    here = [phase.track.slug, phase.slug, extension]
    return Client().get(reverse("leaderboard:board_export", args=here)).content.decode()
