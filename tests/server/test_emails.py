"""E-mails to teams and organisers about an evaluation, written in the transaction of its transition."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from server.outbox.models import OutboxEmail
from server.outbox.services import send_due
from server.submissions import transitions
from server.submissions.models import Evaluation
from server.submissions.slots import taken
from server.teams.models import Team
from server.tracks.models import Phase
from tests.lost_leases import expire_lease

pytestmark = [pytest.mark.django_db, pytest.mark.both_setups]
SCORES = {"mean_iou": 0.4518, "mean_accuracy": 0.5962, "pixel_accuracy": 0.8046}
PROBLEM = {
    "code": "bad_mode",
    "file": "a.png",
    "found": "a colour picture",
    "expected": "8-bit grey",
    "fix": "Save it as grey.",
}


@pytest.fixture
def running(submitted, alice, bob) -> Evaluation:
    submitted(alice, method="ensemble of two")
    return transitions.claim("one")


def hide(phase: Phase, **facts) -> None:
    Phase.objects.filter(pk=phase.pk).update(**facts)


def letters() -> list[tuple[str, str, str]]:
    """To whom what was told, in which words; each mail once more as it goes out."""
    send_due()
    return sorted((message.to[0], message.subject, message.body) for message in mail.outbox)


def told(kind: str) -> OutboxEmail:
    return OutboxEmail.objects.filter(kind=kind).first()


def test_every_member_gets_an_email_with_the_scores(running, settings):
    transitions.record_scored(running, dict(SCORES), [])
    (to_alice, subject, text), (to_bob, *_) = letters()
    assert (to_alice, to_bob) == ("alice@example.org", "bob@example.org")
    assert subject == "[LID challenge] Scored: alices, ensemble of two"
    assert "Mean IoU: 45.18 %\n  Mean Accuracy: 59.62 %\n  Pixel Accuracy: 80.46 %" in text
    began = running.submission.began_at
    assert f"Your team alices submitted “ensemble of two” to {running.submission.phase}" in text
    assert f"{began:%-d %b %Y, %H:%M} UTC" in text
    assert f"{settings.SITE_URL}{running.submission.get_absolute_url()}" in text


def test_a_mail_of_scores_ends_with_their_warnings(running):
    transitions.record_scored(running, dict(SCORES), ["Every map is <constant>.", "1 file was ignored: a\nb.png"])
    text = told("scored").text
    assert "\n\nWarning: Every map is <constant>.\n\nWarning: 1 file was ignored: a b.png\n" in text


@pytest.mark.parametrize(
    ("results", "words"),
    [
        (Phase.Results.AFTER_CLOSE, "shown when it closes, on "),
        (Phase.Results.BY_ORGANISER, "shown later, when the organisers publish them"),
    ],
)
def test_two_servers_that_differ_in_hidden_scores_only_send_equal_mails(running, phase, results, words):
    hide(phase, results=results)
    sent = []
    for scores, warnings in ((SCORES, []), (dict.fromkeys(SCORES, 0.9999), ["Every map is constant."])):
        with transaction.atomic():
            mine = transitions.Evaluation.objects.get(pk=running.pk)
            transitions.record_scored(mine, dict(scores), warnings)
            sent.append(letters())
            mail.outbox.clear()
            transaction.set_rollback(True)
    assert sent[0] == sent[1]
    assert len(sent[0]) == 2
    assert words in sent[0][0][2]


def test_results_that_were_hidden_while_it_was_scored_are_hidden_in_the_mail(running, phase):
    assert running.submission.phase.shows_results(timezone.now())
    hide(phase, results=Phase.Results.BY_ORGANISER)
    transitions.record_scored(running, dict(SCORES), [])
    assert "45.18" not in told("scored").text


def test_results_that_the_organisers_opened_stand_in_the_mail(running, phase):
    opened = timezone.now() - timedelta(minutes=1)
    hide(phase, results=Phase.Results.BY_ORGANISER, results_shown_at=opened)
    transitions.record_scored(running, dict(SCORES), [])
    assert "45.18 %" in told("scored").text


def test_the_email_of_a_rejection_has_the_first_problems_and_their_number(running):
    problems = [PROBLEM | {"file": f"{number}.png"} for number in range(9)]
    transitions.record_rejected(running, problems, 12000)
    (_, subject, text), _ = letters()
    assert subject == "[LID challenge] Rejected: alices, ensemble of two"
    assert "rejected because of 12000 problems. Your slot was returned." in text
    files = "  0.png, 1.png, 2.png, 3.png, 4.png and 4 more\n"
    assert f"{files}  found a colour picture; expected 8-bit grey\n  Save it as grey." in text
    assert "5.png" not in text
    assert "as a file" in text


def test_the_email_shows_one_problem_of_the_whole_archive_as_one(running):
    transitions.record_rejected(running, [PROBLEM | {"file": ""}], 1)
    text = told("rejected").text
    assert "rejected because of 1 problem." in text
    assert "  the archive\n" in text
    assert "as a file" not in text


def test_the_email_of_a_failure_blames_the_server_without_details(running):
    transitions.fail(running, "worker-7.internal: the disk broke", failures=3)
    text = told("failed").text
    assert "This is a server error" in text
    assert "Your slot was returned" in text
    assert "worker-7" not in text


def test_a_second_failure_after_another_run_is_mailed_again(running, organiser):
    transitions.fail(running, "the disk broke", failures=3)
    transitions.run_again(Evaluation.objects.get(pk=running.pk), by=organiser)
    transitions.fail(transitions.claim("two"), "it broke again", failures=3)
    assert OutboxEmail.objects.filter(kind="failed", user__name="Bob").count() == 2


def test_the_organisers_get_an_alert_with_the_cause_of_a_failure(running, organiser, admin):
    transitions.fail(running, "the disk broke", failures=3)
    alerts = [letter for letter in letters() if letter[0].startswith(("ada", "olga"))]
    assert [to for to, *_ in alerts] == ["ada@example.org", "olga@example.org"]
    assert all("the disk broke" in text for *_, text in alerts)
    assert all(running.submission.get_absolute_url() in text for *_, text in alerts)


@pytest.mark.parametrize("name", ["alices\r\nBcc: all@example.org", "al\x1bi\u202eces\u2028X: y"])
def test_a_team_cannot_write_into_headers_or_lines(running, organiser, name):
    Team.objects.update(name=name)
    running.submission.team.refresh_from_db()
    running.submission.method = name
    transitions.fail(running, "the disk broke", failures=3)
    for notice in OutboxEmail.objects.all():
        assert not any(steering in notice.subject for steering in "\r\n\x1b\u202e\u2028")
        assert not any(line.startswith(("Bcc:", "X:")) for line in notice.text.splitlines())
    assert len(letters()) == 3


def test_a_result_that_came_too_late_is_not_mailed(running):
    expire_lease(running)
    transitions.claim("two")
    assert not transitions.record_scored(running, dict(SCORES), [])
    assert not OutboxEmail.objects.exists()


def test_a_result_that_was_not_kept_is_not_mailed(running, folders, monkeypatch):
    statistics = folders / "counts"
    statistics.touch()

    def full(*_):
        raise OSError

    monkeypatch.setattr(transitions, "keep", full)
    with pytest.raises(OSError):  # noqa: PT011
        transitions.record_scored(running, dict(SCORES), [], statistics)
    assert not OutboxEmail.objects.exists()
    assert Evaluation.objects.get(pk=running.pk).state == "running"


def test_an_evaluation_by_a_later_rule_sends_no_email(running, truth, organiser):
    transitions.record_scored(running, dict(SCORES), [])
    truth.rule.pk, truth.rule.number, truth.rule.state = None, 2, "draft"
    truth.rule.save(force_insert=True)
    Evaluation.objects.create(submission=running.submission, rule=truth.rule)
    transitions.fail(transitions.claim("one"), "the disk broke", failures=3)
    assert set(OutboxEmail.objects.values_list("kind", flat=True)) == {"scored", "alert"}


def test_an_unavailable_mail_server_changes_nothing_about_the_slot(running, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert transitions.fail(running, "the disk broke", failures=3)
    assert send_due() == 0
    submission = running.submission
    assert taken(submission.team, submission.phase, submission.began_at) == 0
