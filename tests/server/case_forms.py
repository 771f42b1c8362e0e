"""Verification cases, and their forms and arguments, for the tables of permissions."""

from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from server.accounts.models import User
from server.acts import fingerprint
from server.submissions.models import Submission
from server.uploads import received
from server.verification import asking, opening, sending, verdicts
from server.verification.models import CaseState, VerificationCase
from server.verification.verdicts import Verdict

WHY = {"reason": "They asked."}
OF_A_CASE = ("case", "extend", "verdict", "mark", "write", "add_predictions")
OF_A_TEAM = ("case", "upload", "give_link", "write")


def a_case(submission: Submission, by: User) -> VerificationCase:
    """A case whose team has sent its code."""
    due_at = timezone.now().replace(microsecond=0) + timedelta(days=7)
    (case,) = opening.open_cases(submissions=[submission], due_at=due_at, by=by)
    with received(b"code", "code.tgz") as upload:
        sending.add_file(case=case, kind="code", upload=upload, by=submission.submitted_by)
    return VerificationCase.objects.get(pk=case.pk)


def arguments_of_cases(open_one: VerificationCase, closed_one: VerificationCase) -> dict[str, list[object]]:
    own = [*(f"cases:{page}" for page in OF_A_TEAM), *(f"api:{name}" for name in ("case", "case_code"))]
    named = [*own, "api:case_message", "api:admin_extend_case", "api:admin_close_case"]
    return {
        **{name: [open_one.pk] for name in (*named, *(f"verification:{page}" for page in OF_A_CASE))},
        "verification:open": [open_one.submission.phase_id],
        "cases:remove_file": [open_one.files.get(kind="code").pk],
        **{name: [closed_one.pk] for name in ("verification:reopen", "api:admin_reopen_case")},
        "verification:download": [open_one.pk, open_one.files.get(kind="code").pk],
    }


def closed(submission: Submission, by: User) -> VerificationCase:
    case = a_case(submission, by)
    verdicts.give_verdict(case, verdict=Verdict(CaseState.CALLED_OFF), reason="Wrong row.", by=by)
    return VerificationCase.objects.get(pk=case.pk)


def case_form(name: str, other: Submission) -> dict[str, object]:
    """The form of a page or an address of the API, confirmed where a preview comes before; empty for others."""
    case = VerificationCase.objects.open().with_rows().get()
    due_at = case.due_at + timedelta(days=3)
    due = f"{due_at:%Y-%m-%dT%H:%M:%SZ}"
    forms = {
        "verification:open": {"submissions": [str(other.pk)], "due_at": due, "asked_for": opening.ASKED_FOR},
        "verification:extend": {"due_at": due, **WHY},
        "verification:verdict": {"verdict": "called_off", **WHY},
        "verification:reopen": WHY,
        "verification:mark": {"step": "running"},
        "verification:write": {"text": "Hello", "key": "k"},
        "verification:add_predictions": {"file": SimpleUploadedFile("a.zip", b"PK\x03\x04")},
        "cases:upload": {"kind": "weights", "file": SimpleUploadedFile("a.onnx", b"onnx")},
        "cases:give_link": {"code_url": "https://example.org/code", "commit": "1f3870be27", "parameters": "25M"},
        "cases:write": {"text": "Hello", "key": "k"},
    }
    same = {
        "api:admin_cases": "verification:open",
        "api:admin_extend_case": "verification:extend",
        "api:admin_close_case": "verification:verdict",
        "api:admin_reopen_case": "verification:reopen",
        "api:case_code": "cases:give_link",
    }
    if name == "api:case_message":
        return {"text": "Hello"}
    return forms[same[name]] if name in same else forms.get(name, {}) | _confirmed(name, case, other, due_at)


def _confirmed(name: str, case: VerificationCase, other: Submission, due_at: object) -> dict[str, str]:
    previews = {
        "verification:open": lambda: opening.preview_open([other], due_at, opening.ASKED_FOR),
        "verification:extend": lambda: asking.preview_extend(case, due_at),
        "verification:verdict": lambda: verdicts.preview_verdict(case, Verdict(CaseState.CALLED_OFF)),
        "verification:reopen": lambda: verdicts.preview_reopen(
            VerificationCase.objects.with_rows().exclude(closed_at=None).get()
        ),
    }
    return {"confirm": "1", "seen": fingerprint(previews[name]())} if name in previews else {}
