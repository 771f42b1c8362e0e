"""Evaluations that failed, and archives that several teams submitted."""

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from itertools import groupby

from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from leaderboard.models import Review
from server.desk.sections.line import Button, DeskLine, Section, last_words
from server.submissions import duplicate_archives, slots
from server.submissions.models import Evaluation, LookAlike, State, Submission
from server.teams.models import Team
from server.time_format import format_utc
from server.tracks.models import Phase

CHANGELIST = "admin:submissions_{}_changelist"


def failed() -> Section:
    rows = Evaluation.objects.filter(state=State.FAILED).order_by("-finished_at")
    every = rows.select_related("submission__team", "submission__phase__track")
    now = timezone.now()

    @cache
    def free(team: Team, phase: Phase) -> int:
        return slots.free(team, phase, now)

    return Section(
        "failures",
        "Failed evaluations",
        [_failed(each, free(each.submission.team, each.submission.phase)) for each in every],
        intro="A server error: the teams have their slots back. Once the cause is gone, run them again.",
        admin_url=f"{reverse(CHANGELIST.format('evaluation'))}?state__exact=failed",
        tone="danger",
    )


def _failed(failure: Evaluation, free: int) -> DeskLine:
    submission = failure.submission
    return DeskLine(
        title=f"{submission.team} in {submission.phase}",
        text=f"{last_words(failure.last_error)} Running it again takes a slot; the team has {free} free.",
        url=submission.get_absolute_url(),
        at=failure.finished_at,
        key=f"failed {failure.pk} {failure.fence}",
        button=Button(
            "Run again", reverse("desk:run_again", args=[failure.pk]), f"the evaluation of {submission.team}"
        ),
    )


def equal_maps() -> Section:
    """Submissions of different teams with many equal maps, until one is reviewed or it is called no problem."""
    decided = Review.objects.filter(undone_at=None).values("submission")
    left = LookAlike.objects.open().exclude(Q(submission__in=decided) | Q(other__in=decided))
    named = ("submission__team", "submission__phase__track", "other__team", "other__phase__track")
    return Section(
        "equal-maps",
        "Equal maps from several teams",
        [_equal_maps(group) for group in _by_teams(left.select_related(*named))],
        intro="Nothing happens by itself, and teams see nothing of it. Review one of them, or call it no problem.",
    )


def _by_teams(found: Iterable[LookAlike]) -> Iterable[list[LookAlike]]:
    """Group what two teams have in common in a phase, the most first."""
    groups = defaultdict[object, list[LookAlike]](list)
    for each in found:
        teams = frozenset((each.submission.team_id, each.other.team_id))
        groups[teams, each.submission.phase_id].append(each)
    return (sorted(group, key=lambda each: -each.share) for group in groups.values())


def _equal_maps(group: list[LookAlike]) -> DeskLine:
    found, more = group[0], len(group) - 1
    pair = found.other, found.submission
    where = "; ".join(f"{each.team} in {each.phase} on {format_utc(each.received_at)}" for each in pair)
    return DeskLine(
        title=f"{found.submission.team} and {found.other.team}",
        text=f"{found.in_words}. {where}{f'; and {more} more' if more else ''}.",
        url=reverse("decisions:submission", args=[found.submission_id]),
        at=found.found_at,
        at_label="found",
    )


def duplicates() -> Section:
    """Groups of the same bytes from several teams whose maps are not listed, until one of them is reviewed."""
    same = Submission.objects.filter(sha256__in=duplicate_archives.of_several_teams())
    decided = Review.objects.filter(undone_at=None, submission__in=same).values_list(
        "submission__sha256", flat=True
    )
    listed = LookAlike.objects.filter(submission__sha256=F("other__sha256")).values("submission__sha256")
    left = same.exclude(sha256__in=set(decided)).exclude(sha256__in=listed).select_related("team", "phase__track")
    groups = groupby(left.order_by("sha256", "received_at"), key=lambda each: each.sha256)
    return Section(
        "duplicates",
        "The same archive from several teams",
        [_duplicates(sha256, list(group)) for sha256, group in groups],
        intro="Nothing happens by itself. Review a row on its leaderboard, or put it away.",
        admin_url=f"{reverse(CHANGELIST.format('submission'))}?same_bytes=another_team",
    )


def _duplicates(sha256: str, group: list[Submission]) -> DeskLine:
    first = group[0]
    others = [f"{each.team} in {each.phase} on {format_utc(each.received_at)}" for each in group]
    return DeskLine(
        title=" and ".join(dict.fromkeys(str(each.team) for each in group)),
        text=f"{'; '.join(others)}.",
        url=f"{reverse(CHANGELIST.format('submission'))}?q={sha256}",
        at=first.received_at,
        key=f"duplicates {sha256} {len(group)}",
    )
