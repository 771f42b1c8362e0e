"""Fixtures with scored submissions, written without running the evaluator."""

from datetime import timedelta

import pytest
from django.utils import timezone

from server.submissions.models import Evaluation, Submission
from server.teams.services import create_team
from tests.intervals import keep_statistics, measured, result_of


@pytest.fixture
def scored(phase, truth):
    """A scored submission of a team: `scored(alices, 0.4518)`; the later call is the later submission."""
    began = timezone.now() - timedelta(minutes=30)

    def make(team, headline, **facts) -> Submission:
        number = Submission.objects.count()
        at = began + timedelta(seconds=number)
        own = {"phase": phase, "archive_name": f"{number}.zip", "size": 1, "sha256": "0" * 64}
        own |= {"day": at.date(), "number_of_day": number}
        rule = facts.pop("rule", truth.rule)
        result = {"state": "scored", "scores": {"mean_iou": headline, "mean_accuracy": 0.5, "pixel_accuracy": 0.5}}
        result |= {"finished_at": at} | facts.pop("result", {})
        submission = Submission.objects.create(team=team, began_at=at, received_at=at, **(own | facts))
        Evaluation.objects.create(submission=submission, rule=rule, **result)
        return submission

    return make


@pytest.fixture
def compete(scored, truth):
    """Have a team score by a method of this skill (0 to 1) with statistics of its own: `compete(alices, 0.7)`."""

    def make(team, skill, *, seed=None, images=30, **facts) -> Submission:
        rule = facts.get("rule", truth.rule)
        seed = Submission.objects.count() if seed is None else seed
        scores, statistics = measured(rule, skill, images=images, seed=seed)
        result = result_of(rule.scorer, scores) | facts.pop("result", {})
        submission = scored(team, None, result=result, **facts)
        keep_statistics(submission.evaluations.get(rule=rule), statistics)
        return submission

    return make


@pytest.fixture
def contest(compete, alices, charlies, doras):
    """The alices ahead of two teams that are alike; returns their submissions."""
    return compete(alices, 0.9), compete(charlies, 0.5, seed=1), compete(doras, 0.5, seed=2)


@pytest.fixture
def doras(dora):
    return create_team(user=dora, name="doras", affiliation="")
