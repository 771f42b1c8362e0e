"""Publishing the final results of phases, and withdrawing them: preview and act."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from leaderboard.exports import bibtex
from server.accounts.models import User
from server.acts import PreviewOutdated, check_fingerprint, checked_reason
from server.audit.services import publish_line, record
from server.results.contents import BoardNow, File, Winner, board_now
from server.results.exceptions import (
    AlreadyWithdrawn,
    CannotBeShown,
    NobodyRanked,
    NoPhaseChosen,
    NotClosed,
    NothingNew,
    NotLatest,
    OpenPoints,
    ResultsHidden,
)
from server.results.models import FinalResults, ResultsFile
from server.results.news import MAIL, SWITCHED_OFF, mail_in_words, send_news
from server.results.open_points import open_points
from server.tracks.models import Phase
from server.tracks.services import lock_phases

REASON_LENGTH = 500


@dataclass(frozen=True)
class PhasePreview:
    """What is published of one phase; `replaces`: the version that is in force until then, 0 where none is."""

    phase: str
    version: int
    replaces: int
    url: str
    headline: str
    winners: tuple[Winner, ...]
    teams: int
    open: tuple[str, ...]
    files: tuple[str, ...]
    content: str


@dataclass(frozen=True)
class PublicationPreview:
    """What publishing would do; `mail`: who would be mailed."""

    phases: tuple[PhasePreview, ...]
    mail: str

    @property
    def open_count(self) -> int:
        return sum(len(one.open) for one in self.phases)


@dataclass(frozen=True)
class WithdrawalPreview:
    """What withdrawing would do. The versions before do not come back by themselves."""

    results: str
    winners: tuple[str, ...]
    mail: str
    what: str = (
        "Front page and list show no winners of this phase until a new version is published. This version stays "
        "readable under its number, and says that it was withdrawn and why."
    )


def preview_publication(phases: Sequence[Phase]) -> PublicationPreview:
    """Return what publishing the results of these phases would do. Raises ResultsRefused."""
    return _preview([_board(phase) for phase in _checked(phases)])


def _checked(phases: Sequence[Phase]) -> Sequence[Phase]:
    now = timezone.now()
    if not phases:
        raise NoPhaseChosen
    for phase in phases:
        if phase.closes_at is None or phase.closes_at > now:
            raise NotClosed(phase)
        if phase.track.scorer_error:
            raise CannotBeShown(phase)
        if not phase.shows_results(now):
            raise ResultsHidden(phase)
    return phases


def _board(phase: Phase) -> BoardNow:
    """The board under the name of the version that it would be. Raises NobodyRanked or NothingNew."""
    board, latest = board_now(phase), latest_of(phase)
    if not board.ranked:
        raise NobodyRanked(phase)
    if latest and not latest.withdrawn_at and latest.board_content == board.content:
        raise NothingNew(phase, latest.number)
    number = latest.number + 1 if latest else 1
    url = reverse("results:version", args=[phase.track.slug, phase.slug, number])
    return replace(board, url=url, suffix=f"-final-v{number}", title=f", final results, version {number}")


def latest_of(phase: Phase) -> FinalResults | None:
    return FinalResults.objects.filter(phase=phase).order_by("-number").first()


def _preview(boards: Sequence[BoardNow]) -> PublicationPreview:
    mail = mail_in_words([board.phase for board in boards])
    return PublicationPreview(tuple(map(_preview_phase, boards)), mail)


def _preview_phase(board: BoardNow) -> PhasePreview:
    latest, metric = latest_of(board.phase), board.phase.track.description.headline
    return PhasePreview(
        phase=str(board.phase),
        version=latest.number + 1 if latest else 1,
        replaces=latest.number if latest and not latest.withdrawn_at else 0,
        url=board.url,
        headline=f"{metric.title}, {metric.unit}" if metric.unit else metric.title,
        winners=tuple(board.winners()),
        teams=len(board.ranked),
        open=tuple(open_points(board)),
        files=tuple(file.name for file in board.files()),
        content=board.content,
    )


def publish(
    phases: Sequence[Phase],
    *,
    by: User,
    reason: str,
    tell: bool = True,
    confirmed: bool = False,
    seen: str | None = None,
) -> list[FinalResults]:
    """Freeze the results of these phases, all or none, and tell their teams. Raises ActRefused.

    `confirmed`: also while points are open that the preview names.
    """
    reason = checked_reason(reason)[:REASON_LENGTH]
    try:
        with transaction.atomic():
            boards = [_board(phase) for phase in _checked(_locked(phases))]
            preview = _preview(boards)
            check_fingerprint(seen, preview)
            if preview.open_count and not confirmed:
                raise OpenPoints(preview.open_count)
            mail = preview.mail if tell else SWITCHED_OFF
            pairs = zip(boards, preview.phases, strict=True)
            made = [_freeze(board, shown, by, reason, mail) for board, shown in pairs]
            if tell:
                send_news(made, reason, by, withdrawn=False)
    except IntegrityError as error:  # another organiser published in the same moment
        raise PreviewOutdated from error
    return made


def _locked(phases: Sequence[Phase]) -> list[Phase]:
    rows = Phase.objects.filter(pk__in=[phase.pk for phase in phases])
    lock_phases(rows)
    return list(rows.select_related("track").order_by("track", "opens_at", "pk"))


def _freeze(board: BoardNow, shown: PhasePreview, by: User, reason: str, mail: str) -> FinalResults:
    made = FinalResults.objects.create(
        phase=board.phase,
        number=shown.version,
        published_by=by,
        reason=reason,
        headline=shown.headline,
        winners=[asdict(winner) for winner in shown.winners],
        teams=shown.teams,
        citation=bibtex.citation(board.table),
        board_content=shown.content,
    )
    ResultsFile.objects.bulk_create(_row(made, file) for file in board.files())
    winners = "; ".join(_named(made))
    changes = {"version": ["", str(made.number)], "winners": ["", winners], MAIL: ["", mail]}
    record(by=by, what="published final results", subject=made, changes=changes, reason=reason)
    line = f"The final results were published, version {made.number}. {reason}"
    publish_line(text=line, about=board.phase, url=made.get_absolute_url(), by=by)
    return made


def _row(results: FinalResults, file: File) -> ResultsFile:
    size = len(file.content.encode())
    return ResultsFile(results=results, size=size, sha256=file.sha256, **asdict(file))


def preview_withdrawal(results: FinalResults) -> WithdrawalPreview:
    """Return what withdrawing these results would do. Raises ResultsRefused."""
    latest = latest_of(results.phase)
    if latest and latest.pk != results.pk:
        raise NotLatest(str(results))
    if latest is None or latest.withdrawn_at:
        raise AlreadyWithdrawn(str(results))
    return WithdrawalPreview(str(results), tuple(_named(results)), mail_in_words([results.phase]))


@transaction.atomic
def withdraw_results(
    results: FinalResults, *, by: User, reason: str, tell: bool = True, seen: str | None = None
) -> None:
    """Take results out of force; they stay readable under their number. Raises ActRefused."""
    reason = checked_reason(reason)[:REASON_LENGTH]
    _locked([results.phase])
    preview = preview_withdrawal(results)
    check_fingerprint(seen, preview)
    ended = {"withdrawn_at": timezone.now(), "withdrawn_by": by, "withdrawn_reason": reason}
    FinalResults.objects.filter(pk=results.pk, withdrawn_at=None).update(**ended)
    mail = preview.mail if tell else SWITCHED_OFF
    changes = {"version": [str(results.number), ""], MAIL: ["", mail]}
    record(by=by, what="withdrew final results", subject=results, changes=changes, reason=reason)
    line = f"The final results, version {results.number}, were withdrawn. {reason}"
    publish_line(text=line, about=results.phase, url=results.get_absolute_url(), by=by)
    if tell:
        send_news([results], reason, by, withdrawn=True)


def _named(results: FinalResults) -> list[str]:
    return [f"{winner['rank']}. {winner['team']}" for winner in results.winners]
