"""The score history figure: every score inside the frame, the best so far as a step line."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.contract import Metric
from leaderboard.figures.score_history import Score
from leaderboard.figures.score_history import score_history as lay_out

BEGAN = datetime(2026, 6, 1, tzinfo=UTC)
MEAN_IOU = Metric("mean_iou", "Mean IoU")
DISTANCE = Metric("distance", "Distance", unit="px", decimals=1, higher_is_better=False)


def score(hour: float, value: float) -> Score:
    return Score(BEGAN + timedelta(hours=hour), value, "x")


def score_history(scores):
    return lay_out(scores, MEAN_IOU)


def test_without_a_score_there_is_no_figure():
    assert score_history([]) is None


def test_the_line_steps_up_at_each_best_and_holds_to_the_edge():
    figure = score_history([score(0, 0.2), score(5, 0.1), score(10, 0.3)])
    assert [dot.best for dot in figure.dots] == [True, False, True]
    assert (figure.lowest, figure.highest) == (10, 30)
    assert figure.line == "M56 146H944V16H944"
    assert [(dot.x, dot.y) for dot in figure.dots] == [(56, 146), (500, 276), (944, 16)]


def test_a_single_score_stands_in_the_middle():
    (dot,) = score_history([score(3, 0.45)]).dots
    assert (dot.x, dot.y, dot.best) == (500, 146, True)


def test_dates_are_written_once_and_hours_only_where_all_is_close():
    assert [tick.text for tick in score_history([score(0, 0.1), score(24 * 8, 0.2)]).x_ticks] == [
        "1 Jun 2026",
        "3 Jun 2026",
        "5 Jun 2026",
        "7 Jun 2026",
        "9 Jun 2026",
    ]
    assert score_history([score(0, 0.1), score(24, 0.2)]).x_ticks[0].text == "1 Jun, 00:00"
    assert len(score_history([score(0, 0.1)]).x_ticks) == 1


@pytest.mark.parametrize(("values", "percents"), [((0.41, 0.44), "40 42 44 46 48 50"), ((0, 1), "0 10 20 30 40")])
def test_the_lines_below_the_scores_are_round_percents(values, percents):
    texts = [tick.text for tick in score_history([score(n, value) for n, value in enumerate(values)]).y_ticks]
    assert texts[: len(percents.split())] == percents.split()


def test_where_lower_is_better_the_line_steps_down():
    figure = lay_out([score(0, 9.04), score(5, 12.0), score(10, 1.5)], DISTANCE)
    assert [dot.best for dot in figure.dots] == [True, False, True]
    assert [dot.printed for dot in figure.dots] == ["9.0", "12.0", "1.5"]
    assert [tick.text for tick in figure.y_ticks] == ["0", "2", "4", "6", "8", "10", "12"]
    assert figure.dots[1].y < figure.dots[0].y < figure.dots[2].y


@given(st.lists(st.tuples(st.floats(0, 1e5), st.floats(0, 1)), min_size=1, max_size=30))
def test_everything_is_inside_the_frame(scores):
    figure = score_history([score(hour, value) for hour, value in scores])
    assert len(figure.dots) == len(scores)
    for dot in figure.dots:
        assert figure.left <= dot.x <= figure.right
        assert figure.top <= dot.y <= figure.bottom
    best = [dot.score.value for dot in figure.dots if dot.best]
    assert best == sorted(set(best))
    assert max(best) == max(value for _, value in scores)
    assert all(figure.top <= tick.at <= figure.bottom for tick in figure.y_ticks)
