"""A worker that is lost: its lease runs out while the evaluation is RUNNING."""

from datetime import timedelta

from django.utils import timezone

from server.submissions.models import Evaluation


def expire_lease(evaluation: Evaluation) -> None:
    Evaluation.objects.filter(pk=evaluation.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
