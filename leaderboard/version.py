"""A board's version: one small query over all that changes a board, so that a page is made once and read often.

Counts are of rows that are only ever added: unlike the last of a sequence they also tell what was committed late.
"""

from django.db.models import DateTimeField, Func, IntegerField, OuterRef, QuerySet, Subquery
from django.utils import timezone

from leaderboard.models import Review
from server.submissions.models import Entry, Evaluation, PastEntry, State
from server.teams.models import Team
from server.tracks.models import Phase, ScoringRule, Track

Version = tuple[object, ...]
OF_RESULTS = ("scored", "last_scored", "reviews", "taken_back", "past_entries", "pseudonyms", "renamed")


def with_version() -> QuerySet[Phase]:
    """Phases with their track and all that `version_of` needs, in one query."""
    rule = ScoringRule.objects.filter(
        track=OuterRef("track"), split=OuterRef("split"), state=ScoringRule.State.PUBLISHED
    )
    scored = Evaluation.objects.filter(rule=OuterRef("rule"), state=State.SCORED)
    reviews = Review.objects.filter(submission__phase=OuterRef("pk"))
    masked = Entry.objects.filter(phase=OuterRef("pk"), pseudonym_until__gt=timezone.now())
    return Phase.objects.select_related("track").annotate(
        rule=Subquery(rule.values("pk")),
        scored=_count(scored, "pk"),
        last_scored=_latest(scored, "finished_at"),
        reviews=_count(reviews, "pk"),
        taken_back=_count(reviews, "taken_back_at"),
        past_entries=_count(PastEntry.objects.filter(phase=OuterRef("pk")), "pk"),
        pseudonyms=_count(masked, "pk"),
        renamed=_latest(Team.objects.all(), "renamed_at"),
    )


def version_of(phase: Phase) -> Version:
    """Equal as long as the board looks the same; an hour at most, in case something was not thought of.

    While results are hidden, what they are made of is no part of it: not even a quicker answer tells of them.
    """
    now = timezone.now()
    shown = phase.shows_results(now)
    return (
        *_fields(phase),
        *_fields(phase.track),
        *((getattr(phase, name) for name in OF_RESULTS) if shown else ()),
        *(phase.rule, shown, phase.standing, now.replace(minute=0, second=0, microsecond=0)),
        *Track.objects.values_list("slug", "short_title", "phases__slug", "phases__title", "phases__closes_at"),
    )


def _fields(row: Phase | Track) -> list[str]:
    return [repr(getattr(row, field.attname)) for field in row._meta.concrete_fields]


def _count(rows: QuerySet, name: str) -> Subquery:
    """An aggregate without a GROUP BY, as a subquery needs it."""
    return Subquery(rows.order_by().values(counted=Func(name, function="COUNT", output_field=IntegerField())))


def _latest(rows: QuerySet, name: str) -> Subquery:
    return Subquery(rows.order_by().values(latest=Func(name, function="MAX", output_field=DateTimeField())))
