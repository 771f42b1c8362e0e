"""What the two sides send in a case: files, a link to the code, a count of parameters, messages."""

from dataclasses import dataclass
from functools import partial

from django.db import IntegrityError, transaction
from django.db.models import F

from server.accounts.models import User
from server.audit.services import record
from server.uploads import IncomingArchive
from server.verification import emails
from server.verification.exceptions import FileEmpty, InUse, NotAZip, TooManyFiles
from server.verification.models import CaseFile, CaseMessage, CaseState, VerificationCase
from server.verification.states import check_open, fresh, move

Kind = CaseFile.Kind
REMOVED = "removed a file from a verification case"
REMOVABLE = (CaseState.REQUESTED, CaseState.RECEIVED)  # the states in which a team may remove its files
MOST_FILES = 20


@dataclass(frozen=True)
class CodeLink:
    """Where the code is, and how many parameters the team counted."""

    code_url: str = ""
    commit: str = ""
    parameters: int | None = None


def add_file(*, case: VerificationCase, kind: str, upload: IncomingArchive, by: User) -> tuple[CaseFile, bool]:
    """Store a file as it is; False where the case has the same one already. Raises ActRefused.

    The first code that a team sends moves the case on.
    """
    if not upload.size:
        raise FileEmpty
    if kind == Kind.PREDICTIONS and (why := upload.why_no_zip()):
        raise NotAZip(why)
    if earlier := case.files.kept().filter(kind=kind, sha256=upload.sha256).first():
        return earlier, False
    name = upload.name.replace("\0", "")[-200:]
    file = CaseFile(case=case, kind=kind, name=name, size=upload.size, sha256=upload.sha256, sent_by=by)
    upload.keep_as(file.path)
    try:
        return _record(file, by)
    except BaseException:
        file.path.unlink(missing_ok=True)
        raise


def _record(file: CaseFile, by: User) -> tuple[CaseFile, bool]:
    with transaction.atomic():
        file.case = case = fresh(file.case)
        check_open(case)
        if case.files.count() >= MOST_FILES:
            raise TooManyFiles(MOST_FILES)
        if earlier := case.files.kept().filter(kind=file.kind, sha256=file.sha256).first():
            file.path.unlink(missing_ok=True)
            return earlier, False
        file.save(force_insert=True)
        record(by=by, what=f"added {file.get_kind_display()} to a verification case", subject=case)
        if file.kind == Kind.CODE:
            _receive(case, f"a code archive ({file.name})")
    return file, True


@transaction.atomic
def remove_file(file: CaseFile, *, by: User) -> None:
    """Remove a file that the team uploaded by mistake; the weights that are left are counted anew.

    Raises CaseClosed, and InUse once the organisers run the code.
    """
    case = fresh(file.case)
    check_open(case)
    if case.state not in REMOVABLE:
        raise InUse
    record(by=by, what=REMOVED, subject=case, changes={"file": [f"{file.name}, SHA-256 {file.sha256}", ""]})
    transaction.on_commit(partial(file.path.unlink, missing_ok=True))
    file.delete()
    if file.kind == Kind.WEIGHTS and (last := case.files.kept().filter(kind=Kind.WEIGHTS).last()):
        rows = CaseFile.objects.filter(pk=last.pk)
        rows.update(outcome=None, last_error="", lease_until=None, fence=F("fence") + 1)


@transaction.atomic
def give_link(*, case: VerificationCase, link: CodeLink, by: User) -> bool:
    """Note where the code is and the team's count of parameters; False where both stay. Raises ActRefused."""
    case = fresh(case)
    check_open(case)
    given = vars(link)
    before = {name: getattr(case, name) for name in given}
    if before == given:
        return False
    VerificationCase.objects.filter(pk=case.pk).update(**given)
    changes = {name: [_text(before[name]), _text(given[name])] for name in given if before[name] != given[name]}
    record(by=by, what="gave the code of a verification case", subject=case, changes=changes)
    if link.code_url:
        _receive(case, f"a link to its code ({link.code_url}, commit {link.commit})")
    return True


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _receive(case: VerificationCase, sent: str) -> None:
    if case.state == CaseState.REQUESTED:
        move(case, CaseState.RECEIVED)
        emails.email_organisers(case, "received", case.asked_at.isoformat(), sent=sent)


def write(*, case: VerificationCase, text: str, by: User, from_team: bool, key: str) -> bool:
    """Write a message to the other side, and mail it; False where the same form was sent before."""
    said = {"case": case, "by": by, "from_team": from_team, "text": text.strip(), "key": key}
    try:
        with transaction.atomic():
            check_open(fresh(case))
            message = CaseMessage.objects.create(**said)
            email = emails.email_organisers if from_team else emails.email_team
            email(case, "from_team" if from_team else "from_organisers", message.pk, message=message.text)
    except IntegrityError:
        return False
    return True


@transaction.atomic
def note_download(file: CaseFile, *, by: User) -> None:
    """Record that an organiser downloads a file, before a byte is sent."""
    record(
        by=by,
        what="downloaded a file of a verification case",
        subject=file.case,
        changes={"file": ["", file.name]},
    )
