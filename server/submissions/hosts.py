"""Whether this host scores: it pauses when it cannot, tells the organisers once, and goes on by itself."""

import logging
import socket

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from server.leases import WorkerStopping
from server.submissions import emails, self_check, transitions
from server.submissions.models import Evaluation, WorkerHost

log = logging.getLogger(__name__)

TEAMS = 3  # failures in a row of so many teams are the host's


def may_claim() -> bool:
    """Whether an evaluation waits and this host can score now; where it pauses, whether it is time for a try."""
    if not Evaluation.objects.claimable().exists():
        return False
    host = WorkerHost.objects.filter(name=_name()).first()
    if host and host.paused_at and not _takes_turn(host):
        return False
    was_checked = self_check.is_valid()
    try:
        problem = self_check.problem()
    except WorkerStopping:
        return False
    if problem:
        _pause(problem)
    elif not was_checked:
        WorkerHost.objects.update_or_create(name=_name(), defaults={"checked_at": Now()})
    return not problem


def _takes_turn(host: WorkerHost) -> bool:
    """Let one process at a time try again; one that was just started need not wait."""
    present = WorkerHost.objects.filter(pk=host.pk, tries=host.tries)
    due = present if self_check.is_first() else present.filter(next_try__lte=Now())
    pause = settings.RETRY_PAUSES[min(host.tries, len(settings.RETRY_PAUSES) - 1)]
    return bool(due.update(tries=F("tries") + 1, next_try=Now() + pause))


def record_success() -> None:
    """The evaluator scored or rejected something here: whatever was wrong is over."""
    host = WorkerHost.objects.filter(name=_name()).first()
    if host and (host.failed_teams or host.paused_at):
        log.info("%s scores again", host)
        WorkerHost.objects.filter(pk=host.pk).update(failed_teams=[], paused_at=None, tries=0, last_error="")


@transaction.atomic
def record_failure(evaluation: Evaluation, error: str) -> None:
    """Put back what could not be scored. A paused host counts it as no failure of the evaluation."""
    log.error("evaluation %s: %s", evaluation.pk, error)
    self_check.forget()
    host, _ = WorkerHost.objects.select_for_update().get_or_create(name=_name())
    if host.paused_at:
        transitions.requeue(evaluation, "the host cannot score", settings.RETRY_PAUSES[0], last_error=error)
    elif transitions.retry_later(evaluation, error):
        if evaluation.rescoring:  # whose rule is a draft, which may be what is wrong
            return
        host.failed_teams = sorted({*host.failed_teams, str(evaluation.submission.team_id)})
        host.save(update_fields=["failed_teams"])
        if len(host.failed_teams) >= TEAMS:
            _pause(error)


@transaction.atomic
def _pause(reason: str) -> None:
    """Pause, or note why the pause goes on; the organisers are told of its beginning."""
    host, _ = WorkerHost.objects.get_or_create(name=_name())
    now = {"next_try": Now() + settings.RETRY_PAUSES[0], "checked_at": Now(), "last_error": reason}
    began = WorkerHost.objects.filter(pk=host.pk, paused_at=None).update(paused_at=Now(), tries=0, **now)
    if began:
        log.error("%s cannot score and pauses: %s", host, reason)
        emails.alert_paused(WorkerHost.objects.get(pk=host.pk), reason)
    else:
        WorkerHost.objects.filter(pk=host.pk).update(**now)


def _name() -> str:
    return socket.gethostname()[:100]
