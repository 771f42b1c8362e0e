"""Services of the outbox: e-mails are enqueued, sent once, and turned off by kind."""

import logging
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.errors import MessageError
from threading import Event
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse

from server import contact, leases
from server.accounts.models import User
from server.audit.services import record
from server.failpoints import failpoint
from server.joiners import is_allowed_joiner
from server.names import without_links
from server.outbox.models import ALWAYS_SENT, TRIES, EmailHold, EmailKind, EmailOptOut, OutboxEmail
from server.prepared_query import PreparedQuery

log = logging.getLogger(__name__)

OPTIONAL_KINDS = [kind for kind in EmailKind if kind not in ALWAYS_SENT]
SENDING = timedelta(minutes=5)  # a lease longer than a try can last, as nothing renews it
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
# No answer, a refusal, an address or a text that no mail can carry. Errors of the database are not caught.
NOT_SENT = (OSError, ValueError, MessageError)
FIRST_DUE = PreparedQuery(lambda: OutboxEmail.objects.due().values_list("pk")[:1])


def enqueue_email(
    to: User | str, kind: EmailKind, key: str, subject: str, text: str, *, until: datetime | None = None
) -> None:
    """Write an e-mail to a person, or to a bare address, into the outbox, in the caller's transaction.

    A recipient gets one e-mail for each `key`, however often it is enqueued, none of a kind that they turned off,
    and none after `until`.
    """
    user, address = (to, to.email) if isinstance(to, User) else (None, to.strip().lower())
    if (user and not user.is_active) or EmailOptOut.objects.filter(user__email=address, kind=kind).exists():
        return
    whom = {"user": user} if user else {"address": address}
    facts = {"kind": kind, "subject": one_line(subject)[:200], "text": plain(text), "until": until}
    OutboxEmail.objects.get_or_create(key=f"{key} to {user.pk if user else address}", defaults=whom | facts)


def enqueued_keys(start: str) -> list[str]:
    """Return the keys that begin with `start`, without the recipients."""
    keys = OutboxEmail.objects.filter(key__startswith=start).values_list("key", flat=True)
    return sorted({key.rpartition(" to ")[0] for key in keys})


def expire(kind: EmailKind, is_outdated: Callable[[str], bool]) -> None:
    """Stop sending the waiting e-mails of this kind whose key is outdated."""
    waiting = OutboxEmail.objects.waiting().filter(kind=kind)
    events = {key.rpartition(" to ")[0] for key in waiting.values_list("key", flat=True)}
    for event in filter(is_outdated, events):
        waiting.filter(key__startswith=f"{event} to ").update(until=Now())


@dataclass(frozen=True)
class Delivery:
    """How far the mails of one event have come. Waiting ones that their recipients turned off are gone."""

    delivered: int
    waiting: int
    failed: int


def delivery_of(key: str) -> Delivery:
    """Return how far the mails with this key have come."""
    mails = OutboxEmail.objects.filter(key__startswith=f"{key} to ")
    delivered, waiting = mails.exclude(sent_at=None).count(), mails.waiting().count()
    return Delivery(delivered, waiting, mails.count() - delivered - waiting)


def mail_as_sent(kind: EmailKind, subject: str, text: str) -> EmailMessage:
    """Return a mail to nobody as it would be sent, to be shown."""
    return _mail(OutboxEmail(kind=kind, subject=one_line(subject)[:200], text=plain(text)))


def send_due(stopping: Event | None = None) -> int:
    """Send all e-mails that are due, one by one, until `stopping` is set; return how many were sent.

    Several senders at once send each e-mail once. A claim is committed before the e-mail is sent, and `sent_at`
    afterwards: if a sender is killed in between, it is sent again, which is better than never.
    """
    sent = 0
    while not (stopping and stopping.is_set()) and (keys := FIRST_DUE.rows()):
        for waiting in OutboxEmail.objects.due().filter(pk__in=keys[0]):  # others may have sent it meanwhile
            mine = _claim(waiting)
            sent += mine is not None and _send(mine)
    return sent


def send_alerts() -> int:
    """Send the alarms of organisers that are due, from whatever process: those who mail the rest may be away."""
    due = OutboxEmail.objects.due().filter(kind=EmailKind.ALERT)
    claimed = filter(None, map(_claim, due))
    return sum(map(_send, claimed))


def hold_emails(reason: str) -> None:
    """Send no mail of the outbox until `release_emails`."""
    EmailHold.objects.get_or_create(pk=1, defaults={"reason": reason[:200]})


@transaction.atomic
def release_emails(*, by: User | str, drop: bool) -> int | None:
    """End the hold; return how many mails waited, which are sent now, or never; None where there is no hold."""
    hold = EmailHold.objects.select_for_update().first()
    if hold is None:
        return None
    waiting = OutboxEmail.objects.waiting()
    count = waiting.update(until=Now()) if drop else waiting.count()
    what = "dropped the e-mails that were held" if drop else "released the e-mails that were held"
    record(by=by, what=what, subject=hold, changes={"e-mails": ["", str(count)]})
    hold.delete()
    return count


@transaction.atomic
def retry(stuck: OutboxEmail, *, by: User) -> bool:
    """Send a mail that failed again now, with all its tries before it; False where it is no longer stuck."""
    unsent = OutboxEmail.objects.filter(pk=stuck.pk, sent_at=None, tries__gt=0)
    tried = unsent.filter(Q(lease_until=None) | Q(lease_until__lt=Now())).update(tries=0, not_before=Now())
    if tried:
        record(by=by, what="sent an e-mail again", subject=stuck, changes={"tries": [str(stuck.tries), "0"]})
    return bool(tried)


def _claim(waiting: OutboxEmail) -> OutboxEmail | None:
    rows = OutboxEmail.objects.select_related("user")
    return leases.claim(rows, waiting, lasting=SENDING, tries=F("tries") + 1)


def _send(mine: OutboxEmail) -> bool:
    try:
        _mail(mine).send()
    except NOT_SENT as error:
        failpoint("mail_failed_not_recorded")
        _record_failure(mine, error)
        return False
    leases.release(mine, sent_at=Now(), last_error="")
    return True


def _mail(email: OutboxEmail) -> EmailMessage:
    page = settings.SITE_URL + reverse("outbox:preferences")
    foot = f"-- \nLID challenge: {settings.SITE_URL}/\n"
    headers = {  # the same id for every try, by which mailboxes recognise a duplicate
        "Message-ID": f"<{email.pk}@{urlsplit(settings.SITE_URL).hostname}>",
        "Auto-Submitted": "auto-generated",
    }
    if email.kind not in ALWAYS_SENT:
        foot += f"Choose which of these mails you get: {page}\n"
        headers["List-Unsubscribe"] = f"<{page}>"
    return EmailMessage(
        settings.ACCOUNT_EMAIL_SUBJECT_PREFIX + email.subject,
        f"{email.text}\n\n{foot}",
        to=[email.recipient],
        reply_to=contact.reply_to(),
        headers=headers,
    )


def _record_failure(mine: OutboxEmail, error: Exception) -> None:
    """Schedule the next try, each time after twice as long; the log names no address."""
    what_next = "given up" if mine.tries >= TRIES else "tried again later"
    log.warning("e-mail %s was not sent (%s), try %d: %s", mine.pk, type(error).__name__, mine.tries, what_next)
    pause = min(FIRST_PAUSE * 2 ** (mine.tries - 1), LONGEST_PAUSE)
    words = one_line(f"{type(error).__name__}: {error}")[:500]
    leases.release(mine, not_before=Now() + pause, last_error=words)


def choose(*, user: User, kinds: Collection[str]) -> None:
    """Set the kinds of e-mail that a person gets; e-mails of the other kinds that still wait are dropped."""
    off = [kind for kind in OPTIONAL_KINDS if kind not in kinds]
    with transaction.atomic():
        EmailOptOut.objects.filter(user=user).exclude(kind__in=off).delete()
        EmailOptOut.objects.bulk_create([EmailOptOut(user=user, kind=kind) for kind in off], ignore_conflicts=True)
        OutboxEmail.objects.waiting().filter(user=user, kind__in=off).delete()


def chosen(user: User) -> list[EmailKind]:
    """Return the kinds of e-mail that the person gets."""
    off = set(user.email_opt_outs.values_list("kind", flat=True))
    return [kind for kind in OPTIONAL_KINDS if kind not in off]


def one_line(text: str) -> str:
    """Return a text for a mail header, on one line: line breaks and control characters become blanks."""
    return " ".join(plain(text).split())


def plain(text: str) -> str:
    """Return a text for a mail body: control characters but the ends of lines become blanks."""
    return "".join(
        " " if letter != "\n" and _is_control(letter) and not is_allowed_joiner(text, at) else letter
        for at, letter in enumerate(text)
    )


def mailed_name(name: str) -> str:
    """Return the name of a person, team or affiliation as mails show it: on one line, and no part of it a link."""
    return without_links(one_line(name))


def _is_control(letter: str) -> bool:
    """Whether it is a control or format character, half a surrogate pair, or a line separator."""
    return unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
