"""Standard errors and intervals against scores recomputed without each image, and the rules at the edges."""

import json
import math
from functools import partial
from itertools import combinations

import naive_jackknife as naive
import numpy as np
import pytest
from hypothesis import given, settings
from strategies import SCORERS, compared, comparisons, labelled, write

from evaluator.contract import Metric
from evaluator.scorers import SCORERS as SCORERS_BY_NAME
from evaluator.scorers import make
from evaluator.scorers.segmentation import Segmentation
from evaluator.uncertainty.confidence_intervals import compare
from evaluator.uncertainty.inputs import Entry
from evaluator.uncertainty.jackknife import jackknife

SOME = settings(max_examples=60, deadline=None)
Z = 1.959964  # of the normal distribution, 97.5 %


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("counts")


def team_of(answer, name):
    return next(team for team in answer.teams if team.name == name)


@pytest.mark.slow
@SOME
@given(comparisons())
def test_every_standard_error_is_that_of_scores_recomputed_without_each_image(comparison):
    scorer, options, counts = comparison
    compute, judge = partial(naive.COMPUTE[scorer], **options), make(scorer, {**SCORERS[scorer], **options})
    for one in counts:
        left_out = naive.delete_one(compute, one.tolist())
        found = jackknife(judge, np.asarray(one, np.int32))
        for name, error in found.errors.items():
            assert same([error], [naive.error([values[name] for values in left_out])])
        for name, errors in found.band_errors.items():
            columns = zip(*(values[name] for values in left_out), strict=True)
            assert same(errors, [naive.error([*column]) for column in columns])


@pytest.mark.slow
@SOME
@given(comparisons())
def test_every_interval_is_its_score_and_196_standard_errors_on_each_side(folder, comparison):
    scorer, options, counts = comparison
    answer, compute = compared(folder, scorer, counts, **options), partial(naive.COMPUTE[scorer], **options)
    absent = scorer == "scene-parsing" and (np.sum(counts[0][:, 1, 1:], axis=0) == 0).any()
    for number, one in enumerate(counts):
        team, score = team_of(answer, f"team{number}"), compute(naive.total(one.tolist()))
        left_out = naive.delete_one(compute, one.tolist())
        for name, estimate in team.metrics.items():
            none = absent or name == "peak_threshold" or score[name] is None
            error = None if none else naive.error([values[name] for values in left_out])
            assert same([estimate.score, estimate.low, estimate.high], [score[name], *ends(score[name], error)])
        for name, band in team.bands.items():
            assert same(band.score, score[name])
            errors = map(naive.error, zip(*(values[name] for values in left_out), strict=True))
            expected = [
                ends(value, None if absent else error) for value, error in zip(score[name], errors, strict=True)
            ]
            assert same([*zip(band.low, band.high, strict=True)], expected)


def same(values, expected, atol=1e-7):
    """Whether two lists agree but for rounding, None and NaN with each other alone."""
    return np.allclose(np.array(values, float), np.array(expected, float), rtol=0, atol=atol, equal_nan=True)


def ends(score, error):
    """Clipped to a percentage."""
    return (None, None) if None in (score, error) else (max(0, score - Z * error), min(1, score + Z * error))


@pytest.mark.slow
@SOME
@given(comparisons())
def test_the_difference_of_two_has_the_standard_error_of_its_delete_one_values(folder, comparison):
    scorer, options, counts = comparison
    counts = [np.tile(one, (8, 1, 1)) for one in counts]  # at least 30 images are compared
    answer, compute = compared(folder, scorer, counts, **options), partial(naive.COMPUTE[scorer], **options)
    left_out = [naive.delete_one(compute, one.tolist()) for one in counts]
    for pair in answer.pairs:
        both = [left_out[int(name.removeprefix("team"))] for name in (pair.team, pair.other)]
        error = None if answer.withheld else naive.error(differences(both, answer.method.headline))
        margin = error and error * answer.critical_value
        expected = [None, None] if margin is None else [pair.difference - margin, pair.difference + margin]
        assert same([pair.low, pair.high], expected)
        if pair.class_margins:
            errors = [
                naive.error(differences(both, "per_class_iou", label)) for label in range(len(pair.class_margins))
            ]
            assert same(pair.class_margins, [error and Z * error for error in errors], atol=2e-6)
    assert len(answer.pairs) == math.comb(sum(team.place is not None for team in answer.teams), 2)


def differences(both, name, label=None):
    """The delete-one values of a difference, of a number or of one class."""
    one, other = ([each[name] if label is None else each[name][label] for each in values] for values in both)
    return [None if None in two else two[0] - two[1] for two in zip(one, other, strict=True)]


def test_identical_submissions_share_everything(folder):
    one = labelled(*[(3, 5, 5), (1, 5, 4), (0, 5, 0), (5, 5, 9)] * 10)
    answer = compared(folder, "segmentation", [one, one])
    pair, places = answer.pairs[0], [team.place for team in answer.teams]
    assert (pair.difference, pair.low, pair.high, pair.significantly_different) == (0, 0, 0, False)
    assert [(one.rank, one.rank_low, one.rank_high, one.indistinct) for one in places] == [(1, 1, 2, (1,))] * 2


def worse_and_better(images):
    size = np.arange(images) % 7 + 10
    return [labelled(*zip(size - less, size, size, strict=True)) for less in (5, 1)]


def test_a_team_that_is_far_worse_is_significantly_different(folder):
    answer = compared(folder, "segmentation", worse_and_better(30))
    assert [team.name for team in answer.teams] == ["team1", "team0"]
    assert answer.pairs[0].low > 0
    assert [(team.place.rank_low, team.place.rank_high) for team in answer.teams] == [(1, 1), (2, 2)]
    assert [(team.place.indistinct, team.place.may_be_best) for team in answer.teams] == [((), True), ((), False)]


def test_below_30_images_nothing_is_said_of_ranks(folder):
    answer = compared(folder, "segmentation", worse_and_better(29))
    assert "29" in answer.withheld
    assert [(team.place.rank, team.place.rank_low, team.place.rank_high) for team in answer.teams] == [
        (1, 1, 2),
        (2, 1, 2),
    ]
    assert all(team.place.may_be_best for team in answer.teams)
    assert (answer.pairs[0].low, answer.pairs[0].significantly_different) == (None, False)
    assert answer.teams[0].metrics["mean_iou"].low is not None


def test_scene_parsing_with_an_absent_class_has_no_intervals(folder):
    answer = compared(folder, "scene-parsing", worse_and_better(40))
    assert answer.withheld.startswith("2 classes (2, 3) are in no image")
    assert {estimate.low for team in answer.teams for estimate in team.metrics.values()} == {None}
    assert set(answer.teams[0].bands["per_class_iou"].low) == {None}


def test_a_class_of_fewer_than_3_images_is_warned_of(folder):
    counts = worse_and_better(40)
    for one in counts:
        one[:2, 1, 2] = one[:3, 1, 3] = 4
    answer = compared(folder, "segmentation", counts)
    assert answer.warnings == (
        "Class 2 is in fewer than 3 images: the confidence intervals are likely too narrow.",
    )


def test_neither_the_order_of_images_nor_that_of_teams_changes_a_bit(folder):
    random = np.random.default_rng(3)
    true = random.integers(1, 50, 40)
    counts = [labelled(*zip(random.integers(0, true + 1), true, true, strict=True)) for _ in range(4)]
    order = random.permutation(40)
    plain = [write(folder / f"plain{n}.npz", "segmentation", one) for n, one in enumerate(counts)]
    ids = [f"image{number}" for number in order]
    mixed = [write(folder / f"mixed{n}.npz", "segmentation", one[order], ids) for n, one in enumerate(counts)]
    answer = compare(plain)
    for orders in ((3, 2, 1, 0), (2, 0, 3, 1)):
        assert compare([plain[index] for index in orders]).to_json() == answer.to_json()
    other = compare(mixed)
    assert facts(answer) == facts(other)


def facts(answer):
    """What an answer says, names and hashes left out."""
    teams = [(team.name[-1], team.place, team.metrics, team.bands) for team in answer.teams]
    pairs = [(pair.team[-1], pair.other[-1], pair.low, pair.high, pair.class_margins) for pair in answer.pairs]
    return teams, pairs, answer.critical_value


def test_inputs_change_with_a_file_or_a_name(folder):
    one = [labelled((3, 5, 5), (1, 5, 4), (0, 5, 1)), labelled((2, 5, 5), (2, 5, 4), (1, 5, 1))]
    answers = [compared(folder, "segmentation", one) for _ in range(2)]
    assert answers[0].to_json() == answers[1].to_json()
    one[1][0, 0, 1] += 1
    assert compared(folder, "segmentation", one).inputs != answers[0].inputs
    (folder / "renamed.npz").write_bytes((folder / "team0.npz").read_bytes())
    renamed = [Entry("renamed", folder / "renamed.npz"), Entry("team1", folder / "team1.npz")]
    assert compare(renamed).inputs != compare([Entry("team0", folder / "team0.npz"), renamed[1]]).inputs


def test_one_image_has_no_interval(folder):
    answer = compared(folder, "segmentation", [labelled((3, 5, 6)), labelled((5, 5, 5))])
    headline = answer.teams[1].metrics["mean_iou"]
    assert (headline.score, headline.low, headline.high) == (3 / 8, None, None)
    assert (answer.pairs[0].low, answer.pairs[0].high) == (None, None)


def test_a_team_without_a_headline_is_last_and_unranked_and_the_json_holds_no_nan(folder):
    background = np.zeros((2, 3, 4), int)
    background[:, :, 0] = 9
    loud = background.copy()
    loud[0, 2, 1] = 1  # a false alarm, so that class 1 is defined, as 0; without that image it is not
    answer = compared(folder, "segmentation", [background, loud])
    first, last = json.loads(answer.to_json(), parse_constant=pytest.fail)["teams"]
    assert (last["name"], last["place"], last["metrics"]["mean_iou"]["score"]) == ("team0", None, None)
    assert (first["place"]["rank"], first["metrics"]["mean_iou"]["score"]) == (1, 0)
    assert (first["metrics"]["mean_iou"]["low"], first["metrics"]["mean_iou"]["error"]) == (None, None)


def test_maps_of_a_split_without_object_have_no_peak(folder):
    counts = np.zeros((2, 2, 256), int)
    counts[:, 1, 40] = 5
    (team,) = compared(folder, "localization", [counts]).teams
    assert team.place is None
    assert {estimate.score for estimate in team.metrics.values()} == {None}


def test_beyond_the_best_every_team_has_a_place_but_not_every_pair(folder):
    counts = [labelled((n, 100, 100), (n, 100, 100)) for n in range(52)]
    answer = compared(folder, "segmentation", counts)
    assert [team.place.rank for team in answer.teams] == list(range(1, 53))
    assert len(answer.pairs) == math.comb(50, 2)
    assert "team0" not in {pair.other for pair in answer.pairs}


def test_a_band_keeps_within_the_limits_of_its_own_metric(folder, monkeypatch):
    class InPixels(Segmentation):
        """Percentages as the headline, but classes in pixels, which have no upper limit."""

        CLASS_METRICS = (Metric("iou", "IoU", unit="px"),)

        def compute_batch(self, sums):
            batch = super().compute_batch(sums)
            return batch | {"per_class_iou": 100 * batch["per_class_iou"]}

    monkeypatch.setitem(SCORERS_BY_NAME, "segmentation", InPixels)
    band = compared(folder, "segmentation", worse_and_better(40)).teams[0].bands["per_class_iou"]
    assert 1 < band.low[1] < band.score[1] < band.high[1]


def test_groups_of_images_are_left_out_together(folder):
    images = [labelled(row)[0] for row in [(3, 5, 6), (1, 5, 4), (0, 5, 1), (4, 5, 5), (2, 5, 2), (5, 5, 5)]]
    entry = write(folder / "videos.npz", "segmentation", images)
    groups = {f"image{number}": "abc"[number // 2] for number in range(6)}
    (team,) = compare([entry], groups=groups).teams
    videos = [naive.total([images[first].tolist(), images[first + 1].tolist()]) for first in (0, 2, 4)]
    values = [score["mean_iou"] for score in naive.delete_one(naive.segmentation, videos)]
    assert team.metrics["mean_iou"].error == pytest.approx(naive.error(values))


def test_submissions_of_one_team_are_compared_each_pair_by_itself(folder):
    random = np.random.default_rng(5)
    true = np.full(40, 50)
    counts = [labelled(*zip(random.integers(0, 51, 40), true, true, strict=True)) for _ in range(4)]
    files = [write(folder / f"own{n}.npz", "segmentation", one) for n, one in enumerate(counts)]
    owners = [("a", True), ("a", False), ("a", False), ("b", True)]
    entries = [Entry(one.name, one.path, *owner) for one, owner in zip(files, owners, strict=True)]
    answer = compare(entries)
    assert {team.name for team in answer.teams} == {"own0", "own3"}
    assert {team.name: team.place for team in answer.submissions} == {"own1": None, "own2": None}
    assert {frozenset({pair.team, pair.other}) for pair in answer.own_pairs} == {
        frozenset(two) for two in combinations(("own0", "own1", "own2"), 2)
    }
    for pair in answer.own_pairs:
        both = [
            naive.delete_one(naive.segmentation, counts[int(name[-1])].tolist())
            for name in (pair.team, pair.other)
        ]
        error = naive.error(differences(both, "mean_iou"))
        assert same([pair.low, pair.high], [pair.difference - Z * error, pair.difference + Z * error])
        assert pair.significantly_different == (abs(pair.difference) > Z * error)
