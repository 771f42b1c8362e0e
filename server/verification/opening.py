"""Opening cases: for the first rows of a board at its close, for any row by hand, for the next team in line."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from leaderboard.ranking.standings import Standing, standings
from server.accounts.models import User
from server.acts import check_fingerprint
from server.audit.services import record
from server.submissions.models import Evaluation, State, Submission
from server.time_format import format_utc
from server.tracks.models import Phase, Split
from server.verification import emails
from server.verification.due_dates import check_due_date
from server.verification.exceptions import HasCase, NothingChosen, NotScored
from server.verification.models import VerificationCase

TOP = 3
ASKED_FOR = (
    "the code that made this submission, with the commands that train and run it: as an archive, or as a link to "
    "a repository with its commit; and the weights of all models used for inference, as safetensors or ONNX, so "
    "that their parameters can be counted."
)
WAY_BACK = "Call the case off on its page. The mail stays sent."
HIDDEN = (
    "This phase hides its results now. The mail names neither rank nor score, but tells the team that its "
    "submission is verified."
)


@dataclass(frozen=True)
class CaseToOpen:
    team: str
    submission: str
    rank: int | None
    mail: str


@dataclass(frozen=True)
class OpenPreview:
    """What opening cases would do; `text` is the first of the mails."""

    what: str
    cases: tuple[CaseToOpen, ...]
    due: str
    effects: tuple[str, ...]
    mail: str
    subject: str
    text: str
    way_back: str


def closed_without_cases() -> QuerySet[Phase]:
    """Closed challenge phases (a quota for the whole phase, on the test split) without a case, but with scores."""
    cases = VerificationCase.objects.filter(submission__phase=OuterRef("pk"))
    scored = Evaluation.objects.filter(submission__phase=OuterRef("pk"), state=State.SCORED)
    challenges = Phase.objects.filter(split=Split.TEST, per=Phase.Per.PHASE, closes_at__lte=timezone.now())
    return challenges.filter(~Exists(cases), Exists(scored)).select_related("track").order_by("-closes_at", "pk")


def ranked_rows(phase: Phase) -> list[Standing]:
    """The ranked rows of the board, as organisers see it; none while the evaluator does not know the scorer."""
    rows = [] if phase.track.scorer_error else standings(phase, include_hidden=True)
    return [row for row in rows if row.rank is not None]


def without_case(phase: Phase) -> list[Standing]:
    """The ranked rows of the teams that have no case in this phase, best first."""
    cases = VerificationCase.objects.in_force().filter(submission__phase=phase)
    taken = set(cases.values_list("submission__team", flat=True))
    return [row for row in ranked_rows(phase) if row.team.pk not in taken]


def first_rows(phase: Phase) -> list[Standing]:
    """Those of the first three that have no case yet."""
    first = {row.submission.pk for row in ranked_rows(phase)[:TOP]}
    return [row for row in without_case(phase) if row.submission.pk in first]


def preview_open(submissions: Collection[Submission], due_at: datetime, asked_for: str) -> OpenPreview:
    """Check whether cases can be opened, and say what follows. Raises ActRefused."""
    check_due_date(due_at)
    if not submissions:
        raise NothingChosen
    for submission in submissions:
        _check(submission)
    rows = [_to_open(submission) for submission in submissions]
    phases = {submission.phase for submission in submissions}
    first = _case(next(iter(submissions)), due_at, asked_for)
    subject, text = emails.mail_to_team(first, "opened")
    number = f"{len(rows)} verification case{'s are' if len(rows) > 1 else ' is'}"
    return OpenPreview(
        what=f"{number} opened, due on {format_utc(due_at)}. Leaderboards stay as they are.",
        cases=tuple(rows),
        due=format_utc(due_at),
        effects=(HIDDEN,) if any(not phase.shows_results(timezone.now()) for phase in phases) else (),
        mail=emails.mail_in_words(*(submission.team for submission in submissions)),
        subject=subject,
        text=text.replace(str(first.pk), "…"),
        way_back=WAY_BACK,
    )


def _check(submission: Submission) -> None:
    if submission.verification_cases.in_force().exists():
        raise HasCase(submission)
    if not submission.evaluations.filter(state=State.SCORED).exists():
        raise NotScored(submission)


def _to_open(submission: Submission) -> CaseToOpen:
    rank = next((row.rank for row in ranked_rows(submission.phase) if row.submission == submission), None)
    said = emails.mail_in_words(submission.team)
    return CaseToOpen(submission.team.name, emails.named(submission), rank, said)


def _case(submission: Submission, due_at: datetime, asked_for: str, by: User | None = None) -> VerificationCase:
    return VerificationCase(submission=submission, due_at=due_at, asked_for=asked_for.strip(), opened_by=by)


@transaction.atomic
def open_cases(
    *,
    submissions: Collection[Submission],
    due_at: datetime,
    asked_for: str = ASKED_FOR,
    by: User,
    seen: str | None = None,
) -> list[VerificationCase]:
    """Open a case for each of these submissions and mail their teams. Raises ActRefused."""
    check_fingerprint(seen, preview_open(submissions, due_at, asked_for))
    opened = [_case(submission, due_at, asked_for, by) for submission in submissions]
    for case in opened:
        try:
            with transaction.atomic():
                case.save(force_insert=True)
        except IntegrityError as error:
            raise HasCase(case.submission) from error
        changes = {"due": ["", format_utc(due_at)], "mail": ["", emails.mail_in_words(case.submission.team)]}
        record(by=by, what="opened a verification case", subject=case, changes=changes)
        emails.email_team(case, "opened", "")
    return opened
