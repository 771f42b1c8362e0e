"""Services for a team's row on a board: which submission counts and under which name, until the phase closes."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from server.acts import ActRefused
from server.submissions.models import PSEUDONYM_LENGTH, Entry, EntryVersion, State, Submission
from server.teams.aliases import drop_alias, take_alias
from server.teams.exceptions import NameTaken
from server.teams.models import Team
from server.teams.names import tidy_team_name
from server.teams.services import lock_team_row
from server.time_format import format_utc
from server.tracks.models import Phase


class EntryRefused(ActRefused):
    """A refused change of a team's row on a board; the message says why."""

    title = "The leaderboard was not changed"


class PhaseHasClosed(EntryRefused):
    code = "phase_closed"
    title = "The phase is closed"

    def __init__(self, phase: Phase, closed_at: datetime) -> None:
        super().__init__(f"{phase} closed on {format_utc(closed_at)}. Teams can no longer change its leaderboard.")


class NotChoosable(EntryRefused):
    def __init__(self) -> None:
        super().__init__("Only a scored submission that is not withdrawn can be used on the leaderboard.")


class BestSubmissionCounts(EntryRefused):
    def __init__(self, phase: Phase) -> None:
        super().__init__(f"In {phase} the best submission of every team counts.")


class PseudonymNeedsAnEnd(EntryRefused):
    field = "day"

    def __init__(self) -> None:
        super().__init__(
            "Enter a day in the future until which the pseudonym is used. After it your team name is shown."
        )


@transaction.atomic
def choose(submission: Submission) -> None:
    """Use this submission on the leaderboard instead of the team's best. Raises EntryRefused."""
    lock_team_row(submission.team)  # or it could be withdrawn between the check and the change
    phase = submission.phase
    _check_not_closed(phase)
    if phase.stands_on != Phase.StandsOn.CHOSEN:
        raise BestSubmissionCounts(phase)
    present = Submission.objects.filter(pk=submission.pk, withdrawn_at=None)
    if not present.exists() or submission.evaluations.current_first()[0].state != State.SCORED:
        raise NotChoosable
    _change(submission.team, phase, chosen=submission)


@transaction.atomic
def use_best(team: Team, phase: Phase) -> None:
    """Use the team's best submission again. Raises PhaseHasClosed."""
    lock_team_row(team)
    _check_not_closed(phase)
    _change(team, phase, chosen=None)


@transaction.atomic
def withdraw(submission: Submission) -> None:
    """Withdraw a submission from the leaderboard. Its slot stays used. Raises PhaseHasClosed."""
    lock_team_row(submission.team)
    _check_not_closed(submission.phase)
    Submission.objects.filter(pk=submission.pk, withdrawn_at=None).update(withdrawn_at=timezone.now())
    Entry.objects.filter(chosen=submission).update(chosen=None)
    _record_version(submission.team, submission.phase)


@transaction.atomic
def restore(submission: Submission) -> None:
    """Undo the withdrawal of a submission. Raises PhaseHasClosed."""
    lock_team_row(submission.team)
    _check_not_closed(submission.phase)
    Submission.objects.filter(pk=submission.pk).update(withdrawn_at=None)
    _record_version(submission.team, submission.phase)


@transaction.atomic
def take_pseudonym(team: Team, phase: Phase, name: str, until: datetime | None) -> None:
    """Show a pseudonym instead of the team's name until a given time; an empty name ends it immediately.

    Raises EntryRefused or NameRefused.
    """
    lock_team_row(team)
    used_in = f"phase {phase.pk}"
    if not name.strip():
        drop_alias(team, used_in=used_in)
        _change(team, phase, pseudonym="", pseudonym_until=None)
        return
    _check_not_closed(phase)
    if until is None or until <= timezone.now():
        raise PseudonymNeedsAnEnd
    name = tidy_team_name(name, PSEUDONYM_LENGTH)
    take_alias(team, used_in=used_in, name=name, until=until)
    try:
        with transaction.atomic():
            _change(team, phase, pseudonym=name, pseudonym_until=until)
    except IntegrityError as error:  # another team was faster
        raise NameTaken(name) from error


def _change(team: Team, phase: Phase, **fields: object) -> None:
    Entry.objects.update_or_create(team=team, phase=phase, defaults=fields)
    _record_version(team, phase)


def _record_version(team: Team, phase: Phase) -> None:
    """Add the entry as it is now to the history; the caller has locked the team's row."""
    entry = Entry.objects.filter(team=team, phase=phase).first() or Entry()
    withdrawn = Submission.objects.filter(team=team, phase=phase, withdrawn_at__isnull=False)
    EntryVersion.objects.create(
        team=team,
        phase=phase,
        chosen_id=entry.chosen_id,
        withdrawn=[str(key) for key in withdrawn.values_list("pk", flat=True)],
        pseudonym=entry.pseudonym,
        pseudonym_until=entry.pseudonym_until,
    )


def _check_not_closed(phase: Phase) -> None:
    if phase.closes_at and timezone.now() >= phase.closes_at:
        raise PhaseHasClosed(phase, phase.closes_at)
