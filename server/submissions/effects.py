"""What a change of settings means for teams and their submissions, in sentences."""

from collections import Counter
from collections.abc import Iterator

from django.db.models import Sum
from django.utils import timezone

from server.submissions.models import Slot, SlotGrant, Submission
from server.tracks.models import Phase, Track


def effects_on_teams(sender: type, before: Phase | Track, after: Phase | Track, **_: object) -> list[str]:
    """Receiver of `settings_change`."""
    if isinstance(before, Phase) and isinstance(after, Phase):
        return [*_lower_limit(before, after), *_lower_daily_limit(before, after)]
    if isinstance(before, Track) and isinstance(after, Track):
        return [*_lower_parameter_limit(before, after)]
    return []


def _lower_limit(before: Phase, after: Phase) -> Iterator[str]:
    if after.limit >= before.limit:
        return
    window = {"phase": before, "window": before.window(max(timezone.now(), before.opens_at))}
    taken = Counter(Slot.objects.filter(**window, returned_at=None).order_by().values_list("team", flat=True))
    granted = dict(SlotGrant.objects.filter(**window).order_by().values_list("team").annotate(Sum("extra")))
    beyond = sum(count > after.limit + granted.get(team, 0) for team, count in taken.items())
    if beyond:
        yield (
            f"{_teams(beyond)} used more than {after.limit} submissions already. What was submitted stays, and "
            "none of these teams can submit again."
        )


def _lower_daily_limit(before: Phase, after: Phase) -> Iterator[str]:
    if after.daily_submission_limit >= before.daily_submission_limit:
        return
    today = Submission.objects.filter(phase=before, day=timezone.now().date()).order_by()
    counts = Counter(today.values_list("team", flat=True))
    reached = sum(count >= after.daily_submission_limit for count in counts.values())
    if reached:
        yield f"{_teams(reached)} submitted {after.daily_submission_limit} times today, and cannot until tomorrow."


def _lower_parameter_limit(before: Track, after: Track) -> Iterator[str]:
    if after.parameter_limit is None:
        return
    over = Submission.objects.filter(phase__track=before, parameters__gte=after.parameter_limit)
    if before.parameter_limit is not None:
        over = over.filter(parameters__lt=before.parameter_limit)
    if count := over.count():
        stated = "1 submission states" if count == 1 else f"{count} submissions state"
        yield f"{stated} {after.parameter_limit:,} parameters or more. They stay on the boards."


def _teams(count: int) -> str:
    return "1 team has" if count == 1 else f"{count} teams have"
