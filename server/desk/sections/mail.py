"""Mails that do not leave, or must not yet."""

from datetime import timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from server.desk.causes import STUCK_TRIES
from server.desk.sections.line import Button, DeskLine, Section
from server.outbox.models import TRIES, EmailHold, OutboxEmail

SHOWN_FOR = timedelta(days=14)  # after a mail was given up


def stuck() -> Section:
    now = timezone.now()
    unsent = OutboxEmail.objects.filter(sent_at=None, tries__gte=STUCK_TRIES, created_at__gt=now - SHOWN_FOR)
    in_time = (
        unsent.filter(Q(until=None) | Q(until__gt=now)).select_related("user").order_by("-tries", "created_at")
    )
    return Section(
        "mail",
        "E-mails that could not be sent",
        [_line(mail) for mail in in_time.select_related("user")],
        intro=f"Each is tried {TRIES} times within a day, then given up.",
        admin_url=f"{reverse('admin:outbox_outboxemail_changelist')}?sent_at__isempty=1&last_error__isempty=0",
        tone="warning",
    )


def on_hold() -> Section:
    """After a restore: nobody is mailed before an organiser has decided about what waits."""
    return Section(
        "held",
        "E-mails are held",
        [line for hold in EmailHold.objects.all() for line in _ways_out(hold)],
        intro="Old ones may have been sent before the backup was restored; their recipients would get them twice.",
        admin_url=f"{reverse('admin:outbox_outboxemail_changelist')}?sent_at__isempty=1",
        tone="warning",
    )


def _ways_out(hold: EmailHold) -> list[DeskLine]:
    count = OutboxEmail.objects.waiting().count()
    waiting = f"{hold.reason} {count} waiting."
    release, drop = reverse("desk:release_emails"), reverse("desk:drop_emails")
    about = "the e-mails that are held"
    return [
        DeskLine(
            "Send those that wait, and all others from now on",
            waiting,
            at=hold.since,
            button=Button("Send", release, about),
        ),
        DeskLine(
            "Send none of those that wait, and all others from now on", "", button=Button("Drop", drop, about)
        ),
    ]


def _line(mail: OutboxEmail) -> DeskLine:
    again = reverse("desk:retry_mail", args=[mail.pk])
    state = "given up" if mail.tries >= TRIES else "tried again by itself"
    return DeskLine(
        title=f"“{mail.subject}” to {mail.recipient}",
        text=f"Tried {mail.tries} times, {state}. {mail.last_error}",
        url=reverse("admin:outbox_outboxemail_change", args=[mail.pk]),
        at=mail.created_at,
        key=f"mail {mail.pk}",
        button=Button("Try again now", again, f"the e-mail to {mail.recipient}"),
    )
