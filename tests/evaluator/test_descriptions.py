"""What scorers declare: how metrics print and compare values, and that scorers compute what they declare."""

import json
import math
from dataclasses import fields

import numpy as np
import pytest
from conftest import ROOT

from evaluator import contract
from evaluator.contract import Help, Metric, ScorerDescription, class_band
from evaluator.scorers import SCORERS, make

PERCENT = Metric("iou", "IoU")
PIXELS = Metric("distance", "Distance", unit="px", decimals=1, higher_is_better=False)
LEVEL = Metric("level", "Level", unit="", decimals=0, higher_is_better=None)


@pytest.mark.parametrize(
    ("metric", "value", "text", "with_unit", "printed", "rounded"),
    [
        (PERCENT, 0.61204, "61.20", "61.20 %", 61.2, 0.612),
        (PERCENT, 1, "100.00", "100.00 %", 100, 1),
        (PERCENT, -0.000001, "0.00", "0.00 %", 0, 0),
        (PIXELS, 3.449, "3.4", "3.4 px", 3.4, 3.4),
        (LEVEL, 128.0, "128", "128", 128, 128),
        (PERCENT, None, "–", "–", None, None),
        (PIXELS, math.nan, "–", "–", None, None),
        (PERCENT, math.inf, "–", "–", None, None),
        (PIXELS, -math.inf, "–", "–", None, None),
    ],
)
def test_a_metric_prints_values_with_its_unit_and_decimals(metric, value, text, with_unit, printed, rounded):
    assert metric.show(value) == text
    assert metric.show_with_unit(value) == with_unit
    assert metric.printed(value) == printed
    assert metric.rounded(value) == rounded
    assert isinstance(metric.rounded(value), int) == (metric is LEVEL)


def test_the_best_printed_value_comes_first_and_an_undefined_one_last():
    assert sorted([0.5, None, 0.9, 0.1], key=PERCENT.sort_key) == [0.9, 0.5, 0.1, None]
    assert sorted([5.0, None, 0.9, 7.1], key=PIXELS.sort_key) == [0.9, 5.0, 7.1, None]
    assert sorted([math.inf, 0.9], key=PERCENT.sort_key) == [0.9, math.inf]  # it is undefined as well
    assert PIXELS.is_better(1.0, 2.0)
    assert not PIXELS.is_better(1.01, 1.02)  # both print 1.0
    assert PERCENT.is_better(0, None)
    assert not PERCENT.is_better(None, None)


@pytest.mark.parametrize("keys", [(), ("a", "a")])
def test_a_scorer_needs_metrics_with_keys_of_their_own(keys):
    metrics = tuple(Metric(key, key) for key in keys)
    with pytest.raises(ValueError, match="needs metrics"):
        ScorerDescription("x", "1", "X", metrics, Help("", "", ()))


def test_the_headline_must_be_able_to_rank():
    with pytest.raises(ValueError, match="headline"):
        ScorerDescription("x", "1", "X", (LEVEL,), Help("", "", ()))


@pytest.mark.parametrize("scorer", SCORERS.values())
def test_a_description_comes_back_from_its_json(scorer):
    made = scorer.describe()
    assert ScorerDescription.from_json(json.loads(json.dumps(made.to_json()))) == made


def test_the_contract_asks_the_evaluator_for_its_scorers():
    described = contract.scorers()
    assert dict(described) == {name: scorer.describe() for name, scorer in SCORERS.items()}
    assert list(described) == list(SCORERS)


def test_an_evaluator_that_cannot_answer_is_an_error_that_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr("evaluator.contract.description.ROOT", tmp_path)
    with pytest.raises(RuntimeError, match="No module named evaluator"):
        contract.scorers.__wrapped__()


@pytest.mark.parametrize("name", SCORERS)
def test_what_is_declared_is_what_is_computed(name):
    scorer = make(name, {})
    sums = np.arange(2 * math.prod(scorer.shape), dtype=np.int64).reshape(2, *scorer.shape)
    curve = [scorer.CURVE.metric.key] if scorer.CURVE else []
    lists = [*map(class_band, scorer.CLASS_METRICS), *curve]
    batch = scorer.compute_batch(sums)
    assert list(batch) == [*(metric.key for metric in scorer.METRICS), *lists]
    assert {key: values.shape for key, values in batch.items() if key not in lists} == {
        metric.key: (2,) for metric in scorer.METRICS
    }
    if scorer.CURVE:
        assert batch[scorer.CURVE.metric.key].shape == (2, scorer.CURVE.last_x + 1)
        assert scorer.CURVE.peak_x in batch
    scores = scorer.compute(sums[0])
    classes = ["per_class"] if scorer.CLASS_METRICS else []
    assert list(scores) == [*(metric.key for metric in scorer.METRICS), *curve, *classes]
    for row in scores.get("per_class", []):
        assert list(row) == ["label", *(metric.key for metric in scorer.CLASS_METRICS), "pixels"]


def test_a_score_is_the_same_bits_alone_and_among_others():
    random = np.random.default_rng(4)
    for name in SCORERS:
        scorer = make(name, {})
        sums = random.integers(0, 10_000, (50, *scorer.shape)) * (random.random((50, *scorer.shape)) < 0.7)
        together = scorer.compute_batch(sums)
        for number, one in enumerate(sums):
            alone = scorer.compute_batch(one[np.newaxis])
            for key, values in alone.items():
                assert np.array_equal(values[0], together[key][number], equal_nan=True), (name, key)


def test_the_guide_names_every_declaration():
    guide = (ROOT / "docs" / "adding_a_scorer.md").read_text()
    names = [
        *(one.name for one in fields(Metric)),
        "METRICS",
        "CLASS_METRICS",
        "BACKGROUND",
        "CURVE",
        "HELP",
        "FORMAT",
        "SCORED",
    ]
    assert [name for name in names if f"`{name}" not in guide] == []
