"""What an organiser does on the desk: run a failed evaluation again, send a mail again, put a line away."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from server.accounts.models import User
from server.acts import ActRefused, check_fingerprint
from server.audit.services import record
from server.desk.models import PutAway
from server.desk.sections import sections
from server.outbox.models import EmailHold, OutboxEmail
from server.outbox.services import release_emails, retry
from server.submissions import hosts, slots, transitions
from server.submissions.models import Evaluation, State, WorkerHost


class DeskRefused(ActRefused):
    """It is so already, or no longer on the desk; the message says so."""


@dataclass(frozen=True)
class Consequence:
    """What an act on the desk is about, and what follows."""

    about: str
    what: str


def preview_run_again(failed: Evaluation) -> Consequence:
    """Return what follows. Raises DeskRefused."""
    submission = failed.submission
    if failed.state != State.FAILED:
        raise _again(failed)
    free = slots.free(submission.team, submission.phase, timezone.now())
    what = f"It is queued again and takes a slot; the team has {free} free."
    return Consequence(f"{submission.team} in {submission.phase}", what)


@transaction.atomic
def run_again(failed: Evaluation, *, by: User, seen: str | None = None) -> None:
    """Queue a failed evaluation once more. Raises ActRefused."""
    check_fingerprint(seen, preview_run_again(failed))
    if not transitions.run_again(failed, by=by):  # another was faster
        raise _again(failed)


def _again(failed: Evaluation) -> DeskRefused:
    team = failed.submission.team
    return DeskRefused(f"{team}: the evaluation was run again already. Nothing was changed.")


def preview_end_pause(host: WorkerHost) -> Consequence:
    """Return what follows. Raises DeskRefused where it does not pause."""
    if host.paused_at is None:
        raise DeskRefused(f"{host} does not pause. Nothing was changed.")
    what = "Its workers check themselves now, and claim evaluations again if they can score."
    return Consequence(f"{host}: {host.last_error}", what)


@transaction.atomic
def end_pause(host: WorkerHost, *, by: User, seen: str | None = None) -> None:
    """Let a paused host claim evaluations again. Raises ActRefused."""
    check_fingerprint(seen, preview_end_pause(host))
    hosts.end_pause(host, by=by)


def preview_retry(stuck: OutboxEmail) -> Consequence:
    """Return what follows. Raises DeskRefused."""
    if stuck.sent_at or not stuck.tries:
        raise _sent(stuck)
    return Consequence(f"“{stuck.subject}” to {stuck.recipient}", "It is sent again within seconds.")


@transaction.atomic
def retry_mail(stuck: OutboxEmail, *, by: User, seen: str | None = None) -> None:
    """Send a mail that failed again. Raises ActRefused."""
    check_fingerprint(seen, preview_retry(stuck))
    if not retry(stuck, by=by):
        raise _sent(stuck)


def _sent(stuck: OutboxEmail) -> DeskRefused:
    meanwhile = f"The e-mail to {stuck.recipient} is being sent, or was sent meanwhile."
    return DeskRefused(f"{meanwhile} Nothing was changed.")


def preview_end_hold(*, drop: bool) -> Consequence:
    """Return what follows. Raises DeskRefused where no e-mails are held."""
    hold = EmailHold.objects.first()
    if hold is None:
        raise DeskRefused("E-mails are not held. Nothing was changed.")
    count = OutboxEmail.objects.waiting().count()
    waiting = "1 e-mail that waits is" if count == 1 else f"{count} e-mails that wait are"
    what = f"{waiting} {'never sent' if drop else 'sent'}, and all others are sent from now on."
    return Consequence(hold.reason, what)


@transaction.atomic
def end_hold(*, by: User, drop: bool, seen: str | None = None) -> int:
    """Send the held e-mails, or drop them; return how many. Raises ActRefused."""
    check_fingerprint(seen, preview_end_hold(drop=drop))
    return release_emails(by=by, drop=drop) or 0


def preview_put_away(key: str) -> Consequence:
    """Return what follows. Raises DeskRefused where the line is no longer there."""
    titles = {line.key: f"{section.title}: {line.title}" for section in sections() for line in section.lines}
    if not key or key not in titles:
        raise DeskRefused("It is no longer on the desk: nothing was changed.")
    return Consequence(titles[key][:300], "It leaves the desk until an organiser has it shown again.")


@transaction.atomic
def put_away(key: str, *, by: User, seen: str | None = None) -> PutAway:
    """Leave a line off the desk. Raises ActRefused."""
    expected = preview_put_away(key)
    check_fingerprint(seen, expected)
    row, is_new = PutAway.objects.get_or_create(key=key, defaults={"text": expected.about, "by": by})
    if is_new:
        record(by=by, what="put away from the desk", subject=row)
    return row


def preview_show_again(row: PutAway) -> Consequence:
    """Return what follows."""
    return Consequence(row.text, "It is on the desk again, if there still is reason for it.")


@transaction.atomic
def show_again(row: PutAway, *, by: User, seen: str | None = None) -> None:
    """Undo it: the line is on the desk again, if there still is reason for it. Raises PreviewOutdated."""
    check_fingerprint(seen, preview_show_again(row))
    record(by=by, what="put back on the desk", subject=row)
    row.delete()
