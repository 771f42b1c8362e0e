"""Mails that do not leave."""

from datetime import timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from server.desk.causes import STUCK_TRIES
from server.desk.sections.line import Button, DeskLine, Section
from server.outbox.models import TRIES, OutboxEmail

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
