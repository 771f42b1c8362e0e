"""A board's version: one small query over all that changes a board, so that a page is made once per version.

It counts rows that are only ever added: unlike the last key of a sequence, a count also sees a late commit.
"""

from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import (
    BooleanField,
    DateTimeField,
    ExpressionWrapper,
    Field,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Now
from django.utils import timezone

from leaderboard.models import IntervalJob, Review
from server.accounts.models import User
from server.announcements.models import Announcement
from server.audit.models import AuditLogEntry
from server.prepared_query import PreparedQuery
from server.submissions.models import Entry, EntryVersion, Evaluation, State, TeamDisqualification
from server.teams.models import Team
from server.tracks.models import Phase, Track, rule_expression

Version = tuple[str | bool | int | datetime | None, ...]


def version_of(phase: Phase) -> Version:
    """Equal as long as the board looks the same; at most an hour, in case an input was overlooked.

    While results are hidden, their inputs are no part of it, so that not even the time of an answer reveals them.
    """
    now = timezone.now()
    shown = phase.shows_results(now)
    sql, before_key = _statement()
    with connection.cursor() as cursor:
        cursor.execute(sql, (*before_key, phase.pk))
        rule, decisions, announced, on_banner, *of_results = cursor.fetchone()
    hour = now.replace(minute=0, second=0, microsecond=0)
    of_page = (rule, decisions, announced, on_banner, shown, phase.status, hour)
    setting = (*_fields(phase), *_fields(phase.track), *of_page)
    return (*setting, *map(str, of_results)) if shown else setting


def all_inputs() -> list[Version]:
    """What the versions of all boards depend on, by one query; equal as long as no board may have changed."""
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    return [(hour, *row) for row in ALL_INPUTS.rows()]


@cache
def _statement() -> tuple[str, tuple[Any, ...]]:
    """The query as SQL, and its parameters but the last, the phase's key: compiling is slower than running it."""
    sql, parameters = Phase.objects.order_by().filter(pk=0).values_list(*_inputs()).query.sql_with_params()
    return sql, parameters[:-1]


def _inputs_of_all() -> QuerySet[Phase, Any]:
    fields = [field.attname for field in Phase._meta.concrete_fields]
    closed = ExpressionWrapper(Q(closes_at__lte=Now()), BooleanField())  # which may be when it shows its results
    wanted = Subquery(IntervalJob.objects.filter(phase=OuterRef("pk")).values("wanted"))
    return Phase.objects.order_by("pk").values_list(*fields, closed, wanted, *_inputs())


ALL_INPUTS = PreparedQuery(_inputs_of_all)


def _inputs() -> tuple[Combinable, ...]:
    rule = rule_expression(OuterRef)
    # the rule as one value, or thousands of evaluations would be read instead of their index
    scored = Evaluation.objects.filter(
        rule=rule_expression(lambda name: OuterRef(OuterRef(name))), state=State.SCORED
    )
    masked = Entry.objects.filter(phase=OuterRef("pk"), pseudonym_until__gt=Now())
    return (
        rule,
        # titles, dates, new phases; and the navigation, which leads to final results once there are any
        _count(AuditLogEntry.objects.filter(Q(app="tracks") | Q(app="results", model="finalresults")), "app"),
        _count(Announcement.objects.public(), "pk"),  # with the next one, which announcements the banner shows
        _count(Announcement.objects.on_banner(), "pk"),
        _count(scored, "rule"),
        *_made_and_undone(Review.objects.filter(submission__phase=OuterRef("pk"))),
        *_made_and_undone(TeamDisqualification.objects.filter(phase=OuterRef("pk"))),
        _count(EntryVersion.objects.filter(phase=OuterRef("pk")), "phase"),
        _count(masked, "pk"),
        _latest(Team.objects.all(), "renamed_at", DateTimeField()),
        _latest(User.objects.all(), "erased_as", IntegerField()),  # a reason may have named the person
        Subquery(IntervalJob.objects.filter(phase=OuterRef("pk")).values("inputs")),
        Subquery(IntervalJob.objects.filter(phase=OuterRef("pk")).values("lacking")),
    )


def _made_and_undone(rows: QuerySet) -> tuple[Subquery, Subquery]:
    return _count(rows, "pk"), _count(rows, "undone_at")


def _fields(row: Phase | Track) -> list[str]:
    return [repr(getattr(row, field.attname)) for field in row._meta.concrete_fields]


def _count(rows: QuerySet, name: str) -> Subquery:
    """An aggregate without a GROUP BY, as a subquery needs it."""
    return Subquery(rows.order_by().values(counted=Func(name, function="COUNT", output_field=IntegerField())))


def _latest(rows: QuerySet, name: str, field: Field) -> Subquery:
    return Subquery(rows.order_by().values(latest=Func(name, function="MAX", output_field=field)))
