"""Intervals, ranks and pairs against a naive bootstrap on the same draws, and their rules one by one."""

import json
import math

import naive_bootstrap as naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import compared, comparisons, labelled, write

from evaluator.uncertainty.comparison import PAIRS_AMONG, RankInterval
from evaluator.uncertainty.confidence_intervals import compare

SOME = settings(max_examples=40, deadline=None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("counts")


def team_of(answer, name):
    return next(team for team in answer.teams if team.name == name)


@pytest.mark.slow
@SOME
@given(comparisons(), st.integers(0, 2**40))
def test_every_number_is_what_a_naive_bootstrap_gives(folder, comparison, seed):
    scorer, counts = comparison
    answer = compared(folder, scorer, counts, resamples=79, seed=seed)
    compute, images = naive.COMPUTE[scorer], len(counts[0])
    draws = [naive.drawn(images, number, seed) for number in range(79)]
    resampled = [[compute(naive.added(one, indices)) for indices in draws] for one in counts]
    exact = [compute(naive.added(one, range(images))) for one in counts]
    for number, (score, values) in enumerate(zip(exact, resampled, strict=True)):
        assert_estimates(team_of(answer, f"team{number}"), score, values)
    headline = answer.method.headline
    assert_rank_intervals(
        answer, [score[headline] for score in exact], [[v[headline] for v in vs] for vs in resampled]
    )


def same(values, expected):
    """Whether two lists agree but for rounding, None with None alone."""
    numbers, others = np.array(values, float), np.array(expected, float)
    return np.allclose(numbers, others, rtol=0, atol=1e-12, equal_nan=True)


def assert_estimates(team, score, resampled):
    assert team.metrics.keys() | team.bands.keys() == score.keys()
    for name, estimate in team.metrics.items():
        values = [one[name] for one in resampled]
        defined = [value for value in values if value is not None]
        assert same([estimate.score, estimate.low, estimate.high], [score[name], *naive.ends(values)])
        assert estimate.undefined == len(values) - len(defined)
        if score[name] is not None and defined:
            assert estimate.bias == pytest.approx(sum(defined) / len(defined) - score[name], abs=1e-9)
    for name, band in team.bands.items():
        ends = [naive.ends(column) for column in zip(*(one[name] for one in resampled), strict=True)]
        assert same(band.score, score[name])
        assert same(band.low + band.high, [low for low, _ in ends] + [high for _, high in ends])


def assert_rank_intervals(answer, scores, resampled):
    ranked = [number for number, score in enumerate(scores) if score is not None]
    shown = {number: [naive.prints(value) for value in resampled[number]] for number in ranked}
    for number in range(len(scores)):
        interval = team_of(answer, f"team{number}").rank_interval
        if number not in ranked:
            assert interval is None
            continue
        ranks = [
            naive.rank_among(own, others) for own, *others in zip(shown[number], *shown.values(), strict=True)
        ]
        assert (interval.rank_low, interval.rank_high) == naive.ends(ranks)
        printed_scores = [naive.prints(scores[other]) for other in ranked]
        assert interval.rank == naive.rank_among(naive.prints(scores[number]), printed_scores)
    for pair in answer.pairs:
        one, other = (int(name.removeprefix("team")) for name in (pair.team, pair.other))
        assert_pair(pair, shown[one], shown[other], resampled[one], resampled[other])
    assert len(answer.pairs) == math.comb(len(ranked), 2)


def assert_pair(pair, shown, others_shown, values, others):
    wins = [(a > b) + (a == b) / 2 for a, b in zip(shown, others_shown, strict=True)]
    assert pair.beats == pytest.approx(sum(wins) / len(wins), abs=0.00005)
    differences = [None if None in both else both[0] - both[1] for both in zip(values, others, strict=True)]
    assert same([pair.low, pair.high], naive.ends(differences))


def test_identical_teams_share_everything(folder):
    one = labelled((3, 5, 5), (1, 5, 4), (0, 5, 0), (5, 5, 9))
    answer = compared(folder, "segmentation", [one, one])
    pair, intervals = answer.pairs[0], [team.rank_interval for team in answer.teams]
    assert (pair.beats, pair.difference, pair.low, pair.high) == (0.5, 0, 0, 0)
    assert [(one.rank, one.group, one.indistinct) for one in intervals] == [(1, 1, (1,))] * 2
    assert {(one.rank_low, one.rank_high) for one in intervals} == {(1, 1)}


def test_a_team_that_is_worse_on_every_image_is_significantly_different(folder):
    better, worse = labelled(*[(9, 10, 10)] * 20), labelled(*[(5, 10, 10)] * 20)
    answer = compared(folder, "segmentation", [worse, better])
    assert [team.name for team in answer.teams] == ["team1", "team0"]
    assert answer.pairs[0].beats == 1
    assert answer.pairs[0].low > 0
    assert [team.rank_interval.group for team in answer.teams] == [1, 2]
    assert [team.rank_interval.indistinct for team in answer.teams] == [(), ()]


def test_neither_the_order_of_images_nor_that_of_teams_changes_a_number(folder):
    random = np.random.default_rng(3)
    true = random.integers(1, 50, 12)
    counts = [labelled(*zip(random.integers(0, true + 1), true, true, strict=True)) for _ in range(3)]
    order = random.permutation(12)
    plain = [write(folder / f"plain{n}.npz", "segmentation", one) for n, one in enumerate(counts)]
    ids = [f"image{number}" for number in order]
    mixed = [write(folder / f"mixed{n}.npz", "segmentation", one[order], ids) for n, one in enumerate(counts)]
    answer, reversed_, other = compare(plain), compare(plain[::-1]), compare(mixed)
    assert answer.to_json() == reversed_.to_json()
    assert facts(answer) == facts(other)


def facts(answer):
    """What an answer says, names and hashes left out."""
    teams = [(team.name[-1], team.rank_interval, team.metrics, team.bands) for team in answer.teams]
    return teams, [(pair.team[-1], pair.other[-1], pair.beats, pair.low, pair.high) for pair in answer.pairs]


def test_the_same_seed_gives_the_same_answer_and_its_inputs_are_named(folder):
    one = [labelled((3, 5, 5), (1, 5, 4), (0, 5, 1)), labelled((2, 5, 5), (2, 5, 4), (1, 5, 1))]
    answers = [compared(folder, "segmentation", one, seed=seed) for seed in (1, 1, 2)]
    assert answers[0].to_json() == answers[1].to_json()
    assert answers[0].inputs == answers[1].inputs != answers[2].inputs
    one[1][0, 0, 1] += 1
    assert compared(folder, "segmentation", one, seed=1).inputs != answers[0].inputs


def test_one_team_and_one_image_have_intervals_without_width(folder):
    answer = compared(folder, "segmentation", [labelled((3, 5, 6))])
    (team,) = answer.teams
    assert team.rank_interval == RankInterval(rank=1, rank_low=1, rank_high=1, group=1, indistinct=())
    headline = team.metrics["mean_iou"]
    assert headline.low == headline.score == headline.high == 3 / 8
    assert answer.pairs == ()


def test_a_team_without_a_headline_is_last_and_unranked_and_the_json_holds_no_nan(folder):
    background = np.zeros((2, 3, 4), int)
    background[:, :, 0] = 9
    loud = background.copy()
    loud[0, 2, 1] = 1  # a false alarm, so that class 1 is defined, as 0
    answer = compared(folder, "segmentation", [background, loud])
    first, last = json.loads(answer.to_json(), parse_constant=pytest.fail)["teams"]
    assert (last["name"], last["place"], last["metrics"]["mean_iou"]["score"]) == ("team0", None, None)
    assert (first["place"]["rank"], first["place"]["rank_low"], first["metrics"]["mean_iou"]["score"]) == (1, 1, 0)
    assert 0 < first["metrics"]["mean_iou"]["undefined"] < 1000  # a quarter of the resamples has image 1 only


def test_maps_of_a_split_without_object_have_no_peak(folder):
    counts = np.zeros((2, 2, 256), int)
    counts[:, 1, 40] = 5
    (team,) = compared(folder, "localization", [counts]).teams
    assert team.rank_interval is None
    assert {estimate.score for estimate in team.metrics.values()} == {None}


def test_beyond_the_best_every_team_has_a_place_but_not_every_pair(folder):
    counts = [labelled((n, 100, 100), (n, 100, 100)) for n in range(PAIRS_AMONG + 2)]
    answer = compared(folder, "segmentation", counts, resamples=40)
    assert [team.rank_interval.rank for team in answer.teams] == list(range(1, PAIRS_AMONG + 3))
    assert len(answer.pairs) == math.comb(PAIRS_AMONG, 2)
    assert "team0" not in {pair.other for pair in answer.pairs}
