"""Finds other teams' submissions with the same maps, once per scored submission; nothing follows by itself.

Whoever copies maps leaves many that are equal in every pixel. Methods that were made apart leave none: their
borders differ by some pixels in every map. Maps of a single value are the exception, and so are those that several
teams have, say of a public model; neither counts. From a tenth of the maps on, the rest is called a look-alike.

In a sample of SAMPLE maps, of the same images for all, 999 of 1,000 such pairs have one in common. So an index of
the samples finds them, and only what it finds is compared in full: the cost does not grow with all submissions.
"""

import logging
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef
from django.utils import timezone

from evaluator.contract import read_fingerprints
from server.submissions.models import Evaluation, LookAlike, MapComparison, MapSample, State, Submission

log = logging.getLogger(__name__)

SAMPLE = 64  # maps
LEAST_SHARE, LEAST_MAPS = 0.1, 5
MOST_TEAMS = 3  # other ones that have a map before it is nobody's own
WAIT = timedelta(minutes=1)  # before a comparison counts as interrupted


def compare_maps(submission: Submission) -> None:
    """Compare the maps of a submission with those of other teams, unless that was done. Never raises."""
    try:
        fingerprints = _fingerprints_of(submission)
        if fingerprints is not None and not MapComparison.objects.filter(**_done(submission)).exists():
            _register(submission, fingerprints)
            _find(submission, fingerprints)
    except Exception as error:  # the outermost handler: scores do not depend on it, and it is tried again
        log.error("the maps of submission %s were not compared", submission.pk, exc_info=error)


def compare_what_is_left() -> None:
    """Compare the maps of submissions whose worker was lost in between."""
    done = MapComparison.objects.filter(**_done(OuterRef("submission")))
    scored = Evaluation.objects.filter(state=State.SCORED, finished_at__lt=timezone.now() - WAIT)
    for evaluation in scored.filter(~Exists(done)).select_related("submission"):
        compare_maps(evaluation.submission)


def _done(submission: Submission | OuterRef) -> dict[str, Any]:
    return {"submission": submission, "ended_at__isnull": False}


@transaction.atomic
def _register(submission: Submission, fingerprints: frozenset[int]) -> None:
    """Make it findable, before it looks itself: of two at the same time, at least one finds the other."""
    _, is_new = MapComparison.objects.get_or_create(submission=submission, defaults={"maps": len(fingerprints)})
    if is_new:
        rows = (MapSample(submission=submission, value=value) for value in _sample(fingerprints))
        MapSample.objects.bulk_create(rows)


def _sample(fingerprints: Iterable[int]) -> list[int]:
    """Return the smallest, which are of the same images in each submission, in the range of the column."""
    return [value - 2**63 for value in sorted(fingerprints)[:SAMPLE]]


@transaction.atomic
def _find(submission: Submission, fingerprints: frozenset[int]) -> None:
    others = _candidates(submission, _sample(fingerprints))
    shared = {other: fingerprints & (_fingerprints_of(other) or frozenset()) for other in others}
    teams = Counter(value for values in shared.values() for value in values)
    for other, values in shared.items():
        equal = sum(teams[value] <= MOST_TEAMS for value in values)
        if equal >= max(LEAST_MAPS, LEAST_SHARE * len(fingerprints)):
            earlier, later = sorted((submission, other), key=lambda row: (row.received_at, row.pk))
            facts = {"equal_maps": equal, "maps": len(fingerprints)}
            LookAlike.objects.get_or_create(submission=later, other=earlier, defaults=facts)
    MapComparison.objects.filter(submission=submission).update(ended_at=timezone.now())


def _candidates(submission: Submission, sample: list[int]) -> list[Submission]:
    """Return of each other team the submission that has most of the sampled maps."""
    foreign = MapSample.objects.filter(value__in=sample).exclude(submission__team=submission.team_id)
    teams = foreign.order_by().values("value").annotate(teams=Count("submission__team", distinct=True))
    own = teams.filter(teams__lte=MOST_TEAMS).values("value")
    found = foreign.filter(value__in=own).order_by().values("submission").annotate(equal=Count("pk"))
    keys = dict(found.values_list("submission", "equal"))
    rows = Submission.objects.filter(pk__in=keys)
    best: dict[object, Submission] = {}
    for other in sorted(rows, key=lambda row: (-keys[row.pk], row.received_at)):
        best.setdefault(other.team_id, other)
    return list(best.values())


def _fingerprints_of(submission: Submission) -> frozenset[int] | None:
    """Return those of its maps; None where it was not scored, and none where they are lost or were not kept."""
    evaluation = submission.evaluations.filter(state=State.SCORED).order_by("finished_at").first()
    try:
        return read_fingerprints(evaluation.statistics_path) if evaluation else None
    except (OSError, ValueError) as error:
        log.warning("the maps of submission %s cannot be compared: %s", submission.pk, error)
        return frozenset()
