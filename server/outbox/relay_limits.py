"""Limits of the e-mails that a person may have sent to others, so that nobody uses the server to send spam.

They count by sender and by mailbox, whatever team the sender is in.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from server.accounts.addresses import mailbox_of
from server.accounts.models import User
from server.outbox.models import RelayedEmail

DAY = timedelta(days=1)
PER_SENDER, PER_MAILBOX = 20, 5  # a day


class TooManyRelayed(Exception):
    """The sender or the mailbox is at its limit; `to_one_mailbox` says which."""

    def __init__(self, limit: int, *, to_one_mailbox: bool) -> None:
        super().__init__(limit)
        self.limit, self.to_one_mailbox = limit, to_one_mailbox


@transaction.atomic
def count_relayed(sender: User, address: str) -> None:
    """Count an e-mail that a person has sent to an address, even if the recipient turned such e-mails off.

    Raises TooManyRelayed.
    """
    User.objects.select_for_update(no_key=True).get(
        pk=sender.pk
    )  # two requests of one person are counted one after the other
    now, mailbox = timezone.now(), mailbox_of(address)
    RelayedEmail.objects.filter(at__lte=now - DAY).delete()
    if RelayedEmail.objects.filter(sender=sender).count() >= PER_SENDER:
        raise TooManyRelayed(PER_SENDER, to_one_mailbox=False)
    if RelayedEmail.objects.filter(mailbox=mailbox).count() >= PER_MAILBOX:
        raise TooManyRelayed(PER_MAILBOX, to_one_mailbox=True)
    RelayedEmail.objects.create(sender=sender, mailbox=mailbox, at=now)
