"""Services that raise and end alarms, and mail them to all organisers: one mail per cause and hour."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from server.accounts.models import User
from server.alarms.models import Alarm
from server.outbox.models import EmailKind
from server.outbox.services import enqueue_email
from server.time_format import format_utc

ONCE_AN_HOUR = "While it lasts you get one mail an hour, and one when it is over."


@transaction.atomic
def raise_alarm(cause: str, title: str, text: str) -> Alarm:
    """Begin an alarm or go on with it; the organisers get a mail unless they got one about the cause lately."""
    now = timezone.now()
    told = {"title": title[:200], "text": text}
    alarm, _ = Alarm.objects.get_or_create(cause=cause, over_at=None, defaults=told | {"since": now})
    Alarm.objects.filter(pk=alarm.pk).update(**told)
    alarm = Alarm.objects.select_for_update().get(pk=alarm.pk)
    if not Alarm.objects.filter(cause=cause, mailed_at__gt=now - settings.ALARM_REPEAT).exists():
        alarm.mailed_at = now
        alarm.save(update_fields=["mailed_at"])
        _mail(alarm, alarm.title, [alarm.text, f"Since {format_utc(alarm.since)}. {ONCE_AN_HOUR}"])
    return alarm


@transaction.atomic
def end_alarm(alarm: Alarm) -> bool:
    """Note that it is over; the organisers get a mail if they got one about it. False where another was faster."""
    ended = Alarm.objects.lasting().filter(pk=alarm.pk).update(over_at=timezone.now())
    alarm.refresh_from_db()
    if ended and alarm.mailed_at and alarm.over_at:
        lasted = in_words(alarm.over_at - alarm.since)
        times = (
            f"It began on {format_utc(alarm.since)} and was over on {format_utc(alarm.over_at)}, after {lasted}."
        )
        _mail(alarm, f"Over: {alarm.title}", [times])
    return bool(ended)


def organisers() -> list[User]:
    """Those who get the mails about the server."""
    return list(User.objects.filter(is_staff=True, is_active=True).order_by("pk"))


def in_words(length: timedelta) -> str:
    """A length of time such as “2 h 5 min”."""
    minutes, seconds = divmod(round(length.total_seconds()), 60)
    if not minutes:
        return f"{seconds} s"
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if hours < 48 else f"{hours // 24} days"


def _mail(alarm: Alarm, subject: str, paragraphs: list[str]) -> None:
    desk = f"The desk: {settings.SITE_URL}{reverse('desk:desk')}"
    key = f"{EmailKind.ALERT} {alarm.pk} {alarm.mailed_at} {alarm.over_at}"
    for organiser in organisers():
        enqueue_email(organiser, EmailKind.ALERT, key, subject, "\n\n".join([*paragraphs, desk]))
