"""A prepared query is compiled once and still sees each change, that of the time among them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from server.outbox.models import EmailKind, OutboxEmail
from server.outbox.services import FIRST_DUE, enqueue_email
from server.prepared_query import PreparedQuery

pytestmark = [pytest.mark.django_db, pytest.mark.both_setups]


def test_it_is_built_once_and_sees_every_change(alice):
    built = []
    subjects = PreparedQuery(lambda: built.append(1) or OutboxEmail.objects.order_by("key").values_list("subject"))
    assert subjects.rows() == []
    for subject in ("one", "two"):
        enqueue_email(alice, EmailKind.SCORED, subject, subject, "text")
    assert subjects.rows() == [("one",), ("two",)]
    assert built == [1]


def test_what_becomes_due_by_the_clock_is_found(alice):
    enqueue_email(alice, EmailKind.SCORED, "a", "subject", "text")
    OutboxEmail.objects.update(not_before=timezone.now() + timedelta(hours=1))
    assert FIRST_DUE.rows() == []
    OutboxEmail.objects.update(not_before=timezone.now() - timedelta(hours=1))
    ((key,),) = FIRST_DUE.rows()
    assert OutboxEmail.objects.get(pk=key).subject == "subject"
