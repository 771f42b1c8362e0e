"""How a team stands on a board: by which submission, under which name. Settled when the phase closes."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from server.submissions.models import Entry, EntryVersion, State, Submission
from server.teams.exceptions import NameTaken
from server.teams.models import Team
from server.teams.names import tidy_team_name
from server.teams.services import drop_alias, lock_team_row, take_alias
from server.time_format import format_utc
from server.tracks.models import Phase


class EntryRefused(Exception):
    """A wish about a team's row that cannot be met; the message says why."""


class PhaseHasClosed(EntryRefused):
    def __init__(self, phase: Phase) -> None:
        super().__init__(f"{phase} closed on {format_utc(phase.closes_at)}: teams change nothing on its board.")


class NotChoosable(EntryRefused):
    def __init__(self) -> None:
        super().__init__("Only a scored submission that is not withdrawn can stand on the board.")


class BestSubmissionCounts(EntryRefused):
    def __init__(self, phase: Phase) -> None:
        super().__init__(f"In {phase} every team stands on its best submission.")


class PseudonymNeedsAnEnd(EntryRefused):
    def __init__(self) -> None:
        super().__init__("Say until which day in the future the pseudonym stands; then your name is shown.")


@transaction.atomic
def choose(submission: Submission) -> None:
    """Have the team stand on this submission instead of its best."""
    lock_team_row(submission.team)  # or it could be withdrawn between the question and the choice
    phase = submission.phase
    _check_not_closed(phase)
    if phase.stands_on != Phase.StandsOn.CHOSEN:
        raise BestSubmissionCounts(phase)
    may_stand = Submission.objects.filter(pk=submission.pk, withdrawn_at=None, evaluations__state=State.SCORED)
    if not may_stand.exists():
        raise NotChoosable
    _change(submission.team, phase, chosen=submission)


@transaction.atomic
def use_best(team: Team, phase: Phase) -> None:
    """Take the choice back."""
    lock_team_row(team)
    _check_not_closed(phase)
    _change(team, phase, chosen=None)


@transaction.atomic
def withdraw(submission: Submission) -> None:
    """Take a submission off the board for as long as the team wishes. Its slot stays used."""
    lock_team_row(submission.team)
    _check_not_closed(submission.phase)
    Submission.objects.filter(pk=submission.pk, withdrawn_at=None).update(withdrawn_at=timezone.now())
    Entry.objects.filter(chosen=submission).update(chosen=None)
    _record_version(submission.team, submission.phase)


@transaction.atomic
def restore(submission: Submission) -> None:
    """Let a withdrawn submission stand again."""
    lock_team_row(submission.team)
    _check_not_closed(submission.phase)
    Submission.objects.filter(pk=submission.pk).update(withdrawn_at=None)
    _record_version(submission.team, submission.phase)


@transaction.atomic
def take_pseudonym(team: Team, phase: Phase, name: str, until: datetime | None) -> None:
    """Show another name than the team's on the board until a moment; an empty one ends it at once."""
    lock_team_row(team)
    used_in = f"phase {phase.pk}"
    if not name.strip():
        drop_alias(team, used_in=used_in)
        _change(team, phase, pseudonym="", pseudonym_until=None)
        return
    _check_not_closed(phase)
    if until is None or until <= timezone.now():
        raise PseudonymNeedsAnEnd
    name = tidy_team_name(name, Entry._meta.get_field("pseudonym").max_length)
    take_alias(team, used_in=used_in, name=name, until=until)
    try:
        with transaction.atomic():
            _change(team, phase, pseudonym=name, pseudonym_until=until)
    except IntegrityError as error:  # another team was faster
        raise NameTaken(name) from error


def _change(team: Team, phase: Phase, **wishes: object) -> None:
    Entry.objects.update_or_create(team=team, phase=phase, defaults=wishes)
    _record_version(team, phase)


def _record_version(team: Team, phase: Phase) -> None:
    """Add to the history how the team stands from now on; whoever changes that holds the team's row."""
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
        raise PhaseHasClosed(phase)
