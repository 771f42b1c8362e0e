"""Does an act of organisers by page, API or command, and tells what is not as its row of the table says."""

import re
from collections.abc import Iterator

from django.db import transaction

from server.audit.models import AuditLogEntry, PublicLogEntry
from server.outbox.models import EmailKind, OutboxEmail
from tests.server.arranged_acts import World
from tests.server.organiser_acts import LATER, NONE, OPTIONAL, SHOWN, Act
from tests.server.roles import Rows, all_rows, changes
from tests.server.ways_back import WAYS_BACK
from tests.server.ways_to_act import ByPage, Way

READS = re.compile(r'SELECT|SAVEPOINT|RELEASE|ROLLBACK|\w+ (?:INTO )?(?:FROM )?"django_session"')
WITHOUT_REASON = "Give the reason"


class RowsNow:
    """All rows, read only after something was written, as that takes long; a wrapper of what is executed."""

    def __init__(self) -> None:
        self.first = self.last = all_rows()
        self.wrote = False

    def __call__(self, execute, sql, params, many, context):
        self.wrote = self.wrote or not READS.match(sql)
        return execute(sql, params, many, context)

    def undone(self) -> None:
        self.last, self.wrote = self.first, False

    def read(self) -> Rows:
        if self.wrote:
            self.last, self.wrote = all_rows(), False
        return self.last


def faults_of(act: Act, way: Way, world: World, rows: RowsNow) -> Iterator[str]:
    """Do the act, and yield what is not as its row says."""
    before = rows.read()
    way.look()
    if not act.preview.startswith((NONE, SHOWN)) and not way.ask():
        yield "shows no preview"
    if isinstance(way, ByPage) and act.shown_on[1] not in (text := way.text_before(act.shown_on[0])):
        yield f"is not shown before: {in_short(text)}"
    if done := changes(before, rows.read()):
        yield f"before it is confirmed: {done}"
    if needs_reason(act):
        text = way.act(reason=" ")
        if WITHOUT_REASON not in text or (done := changes(before, rows.read())):
            yield f"without a reason: {done or in_short(text)}"
    if "unless switched off" in act.mail:
        with transaction.atomic():
            yield from faults_without_mail(act, way)
            transaction.set_rollback(True)
    yield from faults_of_doing(act, way, world)


def needs_reason(act: Act) -> bool:
    return not act.reason.startswith((NONE, OPTIONAL))


def faults_of_doing(act: Act, way: Way, world: World) -> Iterator[str]:
    """Do it, and by a page walk back where there is a way."""
    back = WAYS_BACK.get(act.path) if isinstance(way, ByPage) else None
    old, state = Records(), back and back.state(world)
    text = way.act()
    yield from old.faults(act, way)
    if back and back.state(world) == state:
        yield f"has changed nothing: {in_short(text)}"
    if back:
        text = back.walk(world, state)
        if (now := back.state(world)) != state:
            yield f"the way back: it was {state!r}, is {now!r}: {in_short(text)}"


def in_short(page: str) -> str:
    """What a page says, without its marks."""
    return " ".join(re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", page, flags=re.DOTALL).split())[:1500]


class Records:
    """What is recorded, published and mailed after it was made."""

    def __init__(self) -> None:
        self.old = {model: set(model.objects.values_list("pk", flat=True)) for model in RECORDS}

    def new(self, model) -> list:
        return list(model.objects.exclude(pk__in=self.old[model]))

    def mails(self) -> list[OutboxEmail]:
        return [mail for mail in self.new(OutboxEmail) if mail.kind != EmailKind.ALERT]

    def faults(self, act: Act, way: Way) -> Iterator[str]:
        entries, mails = self.new(AuditLogEntry), self.mails()
        recorded = {re.sub(r" \(manage\.py \w+\)$", "", entry.what): entry for entry in entries}
        expected = set() if act.audit.startswith(NONE) else {act.audit}
        if not (expected <= recorded.keys() and bool(expected) == bool(recorded)):
            yield f"recorded as {sorted(recorded)}"
        elif needs_reason(act) and recorded[act.audit].reason != way.sent.form["reason"]:
            yield "the audit log has another reason"
        if bool(lines := self.new(PublicLogEntry)) != act.public:
            yield f"the public log has {lines}"
        if bool(mails) == act.mail.startswith((NONE, LATER)):
            yield f"mails are queued: {mails}"
        if "with the reason" in act.mail and [mail for mail in mails if way.sent.form["reason"] not in mail.text]:
            yield "a mail is without the reason"


RECORDS = (AuditLogEntry, PublicLogEntry, OutboxEmail)


def faults_without_mail(act: Act, way: Way) -> Iterator[str]:
    """Do it with the mail switched off: nobody is told, and the audit log says so."""
    old = Records()
    way.act(tell=None)
    recorded = [entry.changes for entry in old.new(AuditLogEntry) if entry.what == act.audit]
    if not recorded or "switched off" not in str(recorded[0]):
        yield f"without a mail it is recorded as {recorded}"
    if mails := old.mails():
        yield f"mails that are switched off are queued: {mails}"
