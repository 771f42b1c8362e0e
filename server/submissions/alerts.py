"""Mail to the organisers about what only they can mend."""

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from server.accounts.models import User
from server.submissions.models import Evaluation

PATIENCE = 10  # seconds; a mail server that hangs may not hold a worker


def tell_organisers(failed: Evaluation, trouble: str) -> None:
    """Say that an evaluation failed by a fault of ours. Called after the commit; that it fails harms nothing."""
    submission = failed.submission
    addresses = list(User.objects.filter(is_staff=True, is_active=True).values_list("email", flat=True))
    if addresses:
        EmailMessage(
            f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}A submission of {submission.team} could not be scored",
            f"{settings.SITE_URL}{submission.get_absolute_url()}\n\n"
            f"{trouble}\n\n"
            "The archive is kept and the slot went back to the team. Once the cause is mended, "
            "an organiser can run it again from the admin.",
            to=addresses,
            connection=get_connection(timeout=PATIENCE),
        ).send()
