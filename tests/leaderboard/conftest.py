"""Scored submissions without the scoring."""

from datetime import timedelta

import pytest
from django.utils import timezone

from server.submissions.models import Evaluation, Submission


@pytest.fixture
def scored(phase, truth):
    """A scored submission of a team: `scored(alices, 0.4518)`; the later call is the later hand-in."""
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
