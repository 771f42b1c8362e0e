"""What mails as processes of its own: each mail once, and a mail server that misbehaves holds nothing else."""

import os
import signal
import time
from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from server.outbox.models import EmailKind, OutboxEmail
from server.outbox.services import enqueue_email
from server.submissions.models import Evaluation
from tests import processes
from tests.mail_servers import mail_server
from tests.processes import Process, eventually, is_frozen

pytestmark = [pytest.mark.both_setups, pytest.mark.django_db(transaction=True)]
MANY = 50


class Sender(Process):
    """`manage.py send_emails`, with --forever at will."""

    def is_up(self) -> bool:
        return True


@pytest.fixture
def smtp():
    with mail_server() as server:
        yield server


@pytest.fixture
def mails_to(smtp) -> dict[str, object]:
    """The variables that point a process of ours at the mail server."""
    return {"EMAIL_URL": f"smtp://127.0.0.1:{smtp.port}"}


@pytest.fixture
def start_sender(folders, tmp_path, shown, mails_to):
    def start(*options: str, **variables: object) -> Sender:
        number = len(list(tmp_path.glob("sender-*")))
        arguments = ["-m", "manage", "send_emails", *options]
        environment = processes.environment(folders, **mails_to, **variables)
        log = tmp_path / f"sender-{number}.log"
        return shown(Sender("the sender", arguments, environment, log))

    return start


def told(person, times: int = 1) -> None:
    for number in range(times):
        enqueue_email(person, EmailKind.SCORED, f"number {number}", f"Mail {number}", "Well done.")


def due_now() -> None:
    OutboxEmail.objects.filter(sent_at=None).update(
        not_before=timezone.now() - timedelta(seconds=1), lease_until=None
    )


def states(*submissions) -> set[str]:
    return set(Evaluation.objects.filter(submission__in=submissions).values_list("state", flat=True))


def test_four_senders_at_once_send_each_of_fifty_mails_once(alice, smtp, start_sender):
    told(alice, MANY)
    smtp.greets_from = 4
    senders = [start_sender() for _ in range(4)]
    assert [sender.process.wait(60) for sender in senders] == [0, 0, 0, 0]
    came = Counter(mail["Subject"] for mail in smtp.mails)
    assert came == {f"[LID challenge] Mail {number}": 1 for number in range(MANY)}
    assert set(OutboxEmail.objects.values_list("tries", flat=True)) == {1}
    assert not OutboxEmail.objects.filter(sent_at=None).exists()
    idle = [sender for sender in senders if sender.output().startswith("0 sent")]
    assert idle == [], "one sender had sent all before another began: nothing was tried"


def test_a_sender_killed_between_claim_and_mail_has_it_sent_by_the_next(alice, smtp, start_sender):
    smtp.mood = "hangs"
    told(alice)
    first = start_sender()
    eventually(lambda: smtp.calls)
    os.kill(first.pid, signal.SIGKILL)
    first.process.wait(5)
    claimed = OutboxEmail.objects.get()
    assert (claimed.tries, claimed.sent_at) == (1, None)
    assert claimed.lease_until > timezone.now() + timedelta(minutes=4)
    smtp.mood = "takes"
    due_now()
    assert start_sender().process.wait(30) == 0
    assert len(smtp.mails) == 1
    assert OutboxEmail.objects.get().sent_at is not None


def test_a_sender_frozen_past_its_lease_writes_nothing_over_the_next_ones_success(alice, smtp, start_sender):
    smtp.mood = "refuses"
    told(alice)
    first = start_sender(LID_FAILPOINTS=1, FAILPOINTS="mail_failed_not_recorded:freeze")
    eventually(lambda: is_frozen(first.pid))
    smtp.mood = "takes"
    due_now()
    assert start_sender().process.wait(30) == 0
    sent = OutboxEmail.objects.values().get()
    assert (sent["tries"], sent["fence"], sent["last_error"]) == (2, 2, "")
    assert sent["sent_at"] is not None
    first.thaw()
    assert first.process.wait(30) == 0
    assert OutboxEmail.objects.values().get() == sent
    assert len(smtp.mails) == 1


def test_the_worker_mails_what_it_scored(start_worker, mails_to, smtp, submitted, alice, bob):
    start_worker(**mails_to)
    submitted(alice)
    eventually(lambda: len(smtp.mails) == 2)
    assert {mail["To"] for mail in smtp.mails} == {"alice@example.org", "bob@example.org"}
    assert "Mean IoU" in smtp.mails[0].get_content()


@pytest.mark.parametrize("mood", ["hangs", "refuses", "drops"])
def test_a_mail_server_that_misbehaves_holds_neither_sweep_nor_scoring(
    start_worker, mails_to, smtp, submitted, alice, bob, charlie, mood
):
    smtp.mood = mood
    told(charlie, 5)  # of ten seconds each where it hangs: longer than this test waits for the scores
    start_worker(**mails_to)
    eventually(lambda: smtp.calls)
    submissions = [submitted(person) for person in (alice, charlie, alice)]
    eventually(lambda: states(*submissions) == {"scored"}, 25)
    assert smtp.mails == []
    smtp.mood = "takes"
    eventually(lambda: due_now() or not OutboxEmail.objects.filter(sent_at=None).exists(), 40)
    assert {mail["To"] for mail in smtp.mails} == {f"{name}@example.org" for name in ("alice", "bob", "charlie")}
    assert OutboxEmail.objects.count() == 5 + 5


def test_a_worker_whose_mail_server_hangs_stops_when_told(start_worker, mails_to, smtp, alice):
    smtp.mood = "hangs"
    told(alice)
    worker = start_worker(**mails_to)
    eventually(lambda: smtp.calls)
    os.kill(worker.pid, signal.SIGTERM)
    assert worker.process.wait(30) == 0


def test_where_the_worker_may_not_mail_the_mailer_does_until_it_is_told_to_stop(
    start_worker, start_sender, mails_to, smtp, submitted, alice
):
    start_worker(MAIL_FROM_WORKER="false", **mails_to)
    submitted(alice)
    eventually(OutboxEmail.objects.exists)
    time.sleep(1)
    assert (smtp.calls, OutboxEmail.objects.get().tries) == (0, 0)
    sender = start_sender("--forever")
    eventually(lambda: smtp.mails)
    eventually(lambda: OutboxEmail.objects.get().sent_at)
    os.kill(sender.pid, signal.SIGTERM)
    assert sender.process.wait(5) == 0
