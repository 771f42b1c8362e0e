"""Submits what a valid form has: the archive that came with it, or a resumable upload."""

from datetime import datetime

from server.accounts.models import User
from server.submissions import resumable_uploads, services
from server.submissions.forms import SubmissionForm
from server.submissions.models import Submission
from server.teams.models import Team
from server.tracks.models import Phase


def submit_form(
    form: SubmissionForm, *, team: Team | None, user: User, phase: Phase, began_at: datetime, key: str
) -> tuple[Submission, bool]:
    """Return the submission, and whether it is new. Raises SubmissionRefused."""
    sent, method = form.cleaned_data, form.cleaned_method()
    if sent["archive"] is None:
        return resumable_uploads.submit(sent["upload"], user=user, phase=phase, method=method, key=key)
    submission = services.submit(
        team=team,
        phase=phase,
        user=user,
        archive=sent["archive"],
        method=method,
        began_at=began_at,
        key=key,
    )
    return submission, services.is_new(submission, began_at)
