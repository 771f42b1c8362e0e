"""Pauses of worker hosts: a host that cannot score pauses, alerts the organisers once, and resumes by itself."""

import logging
import socket
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from server.accounts.models import User
from server.audit.services import as_text, differences, record
from server.leases import WorkerStopping
from server.submissions import emails, self_check, transitions
from server.submissions.models import Evaluation, WorkerHost

log = logging.getLogger(__name__)

TEAMS = 3  # failures of so many teams in a row are blamed on the host
_NO_PAUSE: dict[str, Any] = {"failed_teams": [], "paused_at": None, "tries": 0, "last_error": ""}


def may_claim() -> bool:
    """Whether an evaluation waits and this host can score; a paused host may only when its next try is due."""
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
    """Whether this process makes the paused host's next try. One process may; a new one need not wait."""
    present = WorkerHost.objects.filter(pk=host.pk, tries=host.tries)
    due = present if self_check.is_first() else present.filter(next_try__lte=Now())
    pause = settings.RETRY_PAUSES[min(host.tries, len(settings.RETRY_PAUSES) - 1)]
    return bool(due.update(tries=F("tries") + 1, next_try=Now() + pause))


def record_success() -> None:
    """Record that the evaluator scored or rejected an archive here, which ends a pause."""
    host = WorkerHost.objects.filter(name=_name()).first()
    if host and (host.failed_teams or host.paused_at):
        log.info("%s scores again", host)
        WorkerHost.objects.filter(pk=host.pk).update(**_NO_PAUSE)


@transaction.atomic
def end_pause(host: WorkerHost, *, by: User) -> bool:
    """Let a paused host claim evaluations again; False where it does not pause.

    Its workers check themselves before they claim any, and pause again where that fails.
    """
    paused = WorkerHost.objects.select_for_update().exclude(paused_at=None).filter(pk=host.pk).first()
    if paused is None:
        return False
    WorkerHost.objects.filter(pk=paused.pk).update(**_NO_PAUSE, next_try=Now())
    changes = differences(as_text(paused, ["paused_at", "last_error"]), {})
    record(by=by, what="ended a pause of scoring", subject=paused, changes=changes)
    return True


@transaction.atomic
def record_failure(evaluation: Evaluation, error: str) -> None:
    """Return an evaluation to the queue after an error, which counts as its failure unless the host pauses."""
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
    """Start a pause, or update the reason of the present one; the organisers are alerted when it starts."""
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
