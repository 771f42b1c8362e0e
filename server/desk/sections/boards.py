"""Boards whose confidence intervals cannot be computed."""

from leaderboard.models import IntervalJob
from server.desk.sections.line import DeskLine, Section, last_words


def intervals_failing() -> Section:
    failing = IntervalJob.objects.stale().exclude(last_error="").filter(tries__gt=0)
    return Section(
        "intervals",
        "Confidence intervals",
        [_line(job) for job in failing.select_related("phase__track")],
        intro="Scores and ranks stay as they are; the intervals are computed again by themselves.",
        tone="warning",
    )


def _line(job: IntervalJob) -> DeskLine:
    return DeskLine(
        title=f"{job.phase}: cannot be computed",
        text=f"Tried {job.tries} times. {last_words(job.last_error)}",
        url=job.phase.get_absolute_url(),
        at=job.stale_since,
        key=f"intervals {job.phase_id} {job.wanted}",
    )
