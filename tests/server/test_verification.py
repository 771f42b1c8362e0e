"""Verification cases: their states, a case's whole life, reminders, files, and what others see of them."""

from contextlib import nullcontext
from datetime import timedelta
from itertools import product

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from leaderboard.models import Review
from leaderboard.ranking.standings import standings
from server.acts import ReasonMissing, fingerprint
from server.audit.models import AuditLogEntry
from server.outbox.models import OutboxEmail
from server.teams import services as teams
from server.tracks.models import Phase
from server.uploads import received
from server.verification import asking, cleanup, opening, reminders, sending, states, verdicts
from server.verification.due_dates import usual_due_date
from server.verification.exceptions import CaseClosed, CaseTaken, DueTooSoon, HasCase, NotLater, NotPossible
from server.verification.models import CLOSED, OPEN, TRANSITIONS, CaseFile, CaseState, VerificationCase
from server.verification.sending import CodeLink
from server.verification.verdicts import Verdict

pytestmark = pytest.mark.django_db
LINK = CodeLink("https://example.org/code", "1f3870be274f6c49b3e31a0c6728957f", 25_600_000)


@pytest.fixture
def rows(have_scored, alice, charlie, person):
    """Four rows of the phase, the best first: alices, charlies, then the teams of Dan and Eve."""
    leaders = [alice, charlie]
    for name in ("Dan", "Eve"):
        leaders.append(person(name))
        teams.create_team(user=leaders[-1], name=f"team of {name}", affiliation="")
    return [have_scored(leader, 0.9 - place / 10) for place, leader in enumerate(leaders)]


@pytest.fixture
def opened(organiser):
    """Open a case for a submission: `opened(submission)`."""

    def make(submission, due_at=None) -> VerificationCase:
        due = due_at or usual_due_date()
        (case,) = opening.open_cases(submissions=[submission], due_at=due, by=organiser)
        return case

    return make


def sent(case, by, content=b"code", kind=CaseFile.Kind.CODE) -> CaseFile:
    with received(content, "code.tar.gz") as upload:
        return sending.add_file(case=case, kind=kind, upload=upload, by=by)[0]


def mails_to(person, what="") -> list[str]:
    found = OutboxEmail.objects.filter(user=person, key__startswith="case ", key__contains=f" {what}")
    return list(found.order_by("created_at").values_list("subject", flat=True))


# States


def test_every_transition_is_as_the_table_says(rows, opened):
    case = opened(rows[0])
    for before, after in product(CaseState, CaseState):
        closed = {state: timezone.now() for state in CLOSED}
        VerificationCase.objects.filter(pk=case.pk).update(state=before, closed_at=closed.get(before))
        case.refresh_from_db()
        allowed = after in TRANSITIONS[before]
        with nullcontext() if allowed else pytest.raises(NotPossible, match=f"is {CaseState(before).label}"):
            states.move(case, after, closed_at=closed.get(after))
    assert set(TRANSITIONS) == {*OPEN, *CLOSED} == set(CaseState)


def test_of_two_who_move_a_case_at_once_one_is_told(rows, opened):
    one = opened(rows[0])
    other = VerificationCase.objects.get(pk=one.pk)
    states.move(one, CaseState.RECEIVED)
    with pytest.raises(NotPossible, match="is received"):
        states.move(other, CaseState.REJECTED, closed_at=timezone.now())


# Opening


def test_the_first_three_are_offered_once_the_phase_has_closed(rows, phase, organiser, alice, bob):
    assert list(opening.closed_without_cases()) == []
    Phase.objects.filter(pk=phase.pk).update(closes_at=timezone.now())
    assert list(opening.closed_without_cases()) == [phase]
    first = [row.submission for row in opening.first_rows(phase)]
    assert first == rows[:3]
    preview = opening.preview_open(first, usual_due_date(), opening.ASKED_FOR)
    assert [(row.team, row.rank, row.mail) for row in preview.cases] == [
        ("alices", 1, "to 2 people"),
        ("charlies", 2, "to 1 person"),
        ("team of Dan", 3, "to 1 person"),
    ]
    before = board_of(phase)
    cases = opening.open_cases(submissions=first, due_at=usual_due_date(), by=organiser, seen=fingerprint(preview))
    assert [case.submission for case in cases] == rows[:3]
    assert len(mails_to(alice)) == len(mails_to(bob)) == 1
    assert board_of(phase) == before
    assert list(opening.closed_without_cases()) == []
    with pytest.raises(HasCase):
        opening.open_cases(submissions=first, due_at=usual_due_date(), by=organiser, seen=fingerprint(preview))
    assert [row.submission for row in opening.first_rows(phase)] == []
    with pytest.raises(DueTooSoon):
        opening.preview_open(rows[3:], timezone.now(), "")


def board_of(phase) -> list[tuple]:
    return [
        (row.rank, row.name, [mark.verdict for mark in row.marks], row.evaluation.scores)
        for row in standings(phase)
    ]


def test_a_mail_names_neither_rank_nor_score_of_hidden_results(rows, phase, opened, alice):
    Phase.objects.filter(pk=phase.pk).update(results=Phase.Results.BY_ORGANISER)
    rows[0].phase.refresh_from_db()
    preview = opening.preview_open(rows[:1], usual_due_date(), opening.ASKED_FOR)
    assert preview.effects == (opening.HIDDEN,)
    opened(rows[0])
    (mail,) = OutboxEmail.objects.filter(user=alice, key__startswith="case ")
    text = mail.text.replace(VerificationCase.objects.get().get_absolute_url(), "")  # its key is random digits
    assert all(word not in text for word in ("90", "0.9", "rank", "top"))


# A case's life


def test_a_case_is_accepted_and_its_row_gets_one_badge(rows, phase, opened, organiser, alice):
    Review.objects.create(submission=rows[0], verdict="under_review", reason="Look.", by=organiser)
    case = opened(rows[0])
    sending.give_link(case=case, link=LINK, by=alice)
    case.refresh_from_db()
    assert (case.state, case.commit) == (CaseState.RECEIVED, LINK.commit)
    assert len(mails_to(organiser, "received")) == 1
    assert sending.write(case=case, text="Use CUDA 12.", by=alice, from_team=True, key="a")
    assert not sending.write(case=case, text="Use CUDA 12.", by=alice, from_team=True, key="a")
    assert sending.write(case=case, text="Thanks.", by=organiser, from_team=False, key="b")
    assert (len(mails_to(organiser, "from_team")), len(mails_to(alice, "from_organisers"))) == (1, 1)
    for step in (CaseState.RUNNING, CaseState.REPRODUCED):
        asking.mark(case, step, by=organiser)
    accepted = Verdict(CaseState.ACCEPTED)
    preview = verdicts.preview_verdict(VerificationCase.objects.get(pk=case.pk), accepted)
    seen = fingerprint(preview)
    with pytest.raises(ReasonMissing):
        verdicts.give_verdict(case, verdict=accepted, reason=" ", by=organiser)
    verdicts.give_verdict(case, verdict=accepted, reason="To the bit.", by=organiser, seen=seen)
    assert board_of(phase)[0][2] == ["verified"]
    assert len(mails_to(alice, "closed")) == 1
    with pytest.raises(NotPossible):
        verdicts.give_verdict(case, verdict=accepted, reason="To the bit.", by=organiser, seen=seen)
    for late in (lambda: sent(case, alice), lambda: sending.give_link(case=case, link=LINK, by=alice)):
        with pytest.raises(CaseClosed):
            late()
    said = list(AuditLogEntry.objects.about(case).order_by("pk").values_list("what", flat=True))
    assert said == [
        "opened a verification case",
        "gave the code of a verification case",
        "marked a verification case",
        "marked a verification case",
        "closed a verification case",
    ]
    verdicts.reopen(VerificationCase.objects.get(pk=case.pk), reason="Too early.", by=organiser)
    case.refresh_from_db()
    assert (case.state, case.reason, case.review) == (CaseState.REPRODUCED, "", None)
    assert board_of(phase)[0][2] == []


@pytest.mark.parametrize("disqualify", [True, False])
def test_on_rejection_the_board_follows_and_the_next_team_is_called_up(
    rows, phase, opened, organiser, alice, disqualify
):
    cases = [opened(row) for row in rows[:3]]
    due = usual_due_date()
    verdict = Verdict(CaseState.REJECTED, disqualify=disqualify, next_due_at=due)
    preview = verdicts.preview_verdict(cases[0], verdict)
    assert preview.next_case.team == "team of Eve"
    before = board_of(phase)
    (called,) = verdicts.give_verdict(
        cases[0], verdict=verdict, reason="160 M parameters.", by=organiser, seen=fingerprint(preview)
    )
    assert (called.submission, called.state) == (rows[3], CaseState.REQUESTED)
    assert len(mails_to(rows[3].submitted_by, "opened")) == 1
    after = board_of(phase)
    if disqualify:
        assert {(row[0], tuple(row[2])) for row in after if row[1] == "alices"} == {(None, ("disqualified",))}
        assert [row[1] for row in after if row[0]] == ["charlies", "team of Dan", "team of Eve"]
    else:
        assert after == before
    verdicts.reopen(VerificationCase.objects.get(pk=cases[0].pk), reason="They explained it.", by=organiser)
    assert board_of(phase) == before
    called.refresh_from_db()
    assert called.state == CaseState.REQUESTED


def test_a_case_called_off_leaves_room_for_another(rows, opened, organiser, alice):
    case = opened(rows[0])
    verdicts.give_verdict(case, verdict=Verdict(CaseState.CALLED_OFF), reason="Wrong row.", by=organiser)
    other = opened(rows[0])
    case.refresh_from_db()
    with pytest.raises(CaseTaken):
        verdicts.reopen(case, reason="Again.", by=organiser)
    assert other.is_open


def test_more_time_and_asking_for_more(rows, opened, organiser, alice):
    case = opened(rows[0])
    later = case.due_at + timedelta(days=3)
    with pytest.raises(NotLater):
        asking.preview_extend(case, case.due_at)
    case = asking.extend(case, due_at=later, reason="They are ill.", by=organiser)
    assert (case.state, case.due_at) == (CaseState.REQUESTED, later)
    sent(case, alice)
    case = asking.extend(case, due_at=later, reason="The weights are missing.", by=organiser)
    assert case.state == CaseState.REQUESTED
    assert len(mails_to(alice, "asked_again")) == 2


# Reminders and files


def test_teams_are_reminded_once_before_and_once_after(rows, opened, organiser, alice, charlie):
    now = timezone.now()
    case, short = opened(rows[0], now + timedelta(days=4)), opened(rows[1], now + timedelta(hours=30))
    for hours in (0, 47, 49, 60, 97, 98, 24 * 12):
        reminders.remind(now + timedelta(hours=hours))
        reminders.remind(now + timedelta(hours=hours))
    assert (len(mails_to(alice, "due_soon")), len(mails_to(alice, "overdue"))) == (1, 1)
    assert (len(mails_to(charlie, "due_soon")), len(mails_to(charlie, "overdue"))) == (0, 1)
    asking.extend(case, due_at=now + timedelta(days=9), reason="Ill.", by=organiser)
    reminders.remind(now + timedelta(days=7, hours=1))
    assert len(mails_to(alice, "due_soon")) == 2
    sent(case, alice)
    reminders.remind(now + timedelta(days=9, hours=1))
    assert (len(mails_to(alice, "overdue")), short.state) == (1, CaseState.REQUESTED)


def test_files_are_deleted_on_the_day_that_the_case_names(
    rows, opened, organiser, alice, logged_in, settings, django_capture_on_commit_callbacks
):
    case = opened(rows[0])
    file = sent(case, alice, b"the code")
    assert sent(case, alice, b"the code") == file, "the same file again"
    assert file.path.read_bytes() == b"the code"
    assert file.path.stat().st_mode & 0o077 == 0
    mistaken = sent(case, alice, b"the wrong code")
    with django_capture_on_commit_callbacks(execute=True):
        sending.remove_file(mistaken, by=alice)
    assert list(settings.CASES_DIR.iterdir()) == [file.path]
    browser = logged_in(alice)
    assert "deleted 30 days after the verdict" in browser.get(case.get_absolute_url()).content.decode()
    verdicts.give_verdict(case, verdict=Verdict(CaseState.ACCEPTED), reason="Fine.", by=organiser)
    case.refresh_from_db()
    assert "to be deleted on" in browser.get(case.get_absolute_url()).content.decode()
    assert timedelta(days=30) <= case.delete_files_at - case.closed_at <= timedelta(days=31)
    cleanup.delete_due_files(case.delete_files_at - timedelta(seconds=1))
    assert file.path.exists()
    cleanup.delete_due_files(case.delete_files_at)
    file.refresh_from_db()
    assert not file.path.exists()
    assert file.deleted_at
    entry = AuditLogEntry.objects.about(case).first()
    assert (entry.what, entry.changes) == (
        "deleted the files of a verification case",
        {"files": ["code.tar.gz", ""]},
    )


# Pages


def test_the_pages_lead_through_a_case(rows, phase, organiser, alice, charlie, logged_in):
    Phase.objects.filter(pk=phase.pk).update(closes_at=timezone.now())
    desk, team = logged_in(organiser), logged_in(alice)
    assert "open cases for the top 3" in desk.get(reverse("verification:index")).content.decode()
    url = reverse("verification:open", args=[phase.pk])
    form = {"submissions": [row.pk for row in rows[:3]], "due_at": "", "asked_for": "the code and the weights."}
    shown = desk.post(url, form)
    assert all(name in shown.content.decode() for name in ("alices", "charlies", "team of Dan", "to 1 person"))
    seen = {"seen": shown.context["seen"], "confirm": "1"}
    assert desk.post(url, form | seen).status_code == 302
    assert "has a verification case" in desk.post(url, form | seen).content.decode()
    assert VerificationCase.objects.count() == 3

    case = VerificationCase.objects.get(submission=rows[0])
    assert case.get_absolute_url() in team.get(reverse("site:team")).content.decode()
    upload = {"kind": "code", "file": SimpleUploadedFile("../our code.tgz", b"tar")}
    assert team.post(reverse("cases:upload", args=[case.pk]), upload).status_code == 302
    assert team.post(reverse("cases:write", args=[case.pk]), {"text": "Hello", "key": "k"}).status_code == 302
    wrong = team.post(reverse("cases:give_link", args=[case.pk]), {"code_url": "https://a.org", "commit": "main"})
    assert (wrong.status_code, "Give the commit" in wrong.content.decode()) == (400, True)
    page = team.get(case.get_absolute_url()).content.decode()
    assert all(text in page for text in ("our code.tgz", "Hello", "received"))

    at_desk = desk.get(case.organisers_url).content.decode()
    assert all(text in at_desk for text in ("our code.tgz", "Hello", "Alice"))
    file = case.files.get()
    got = desk.post(reverse("verification:download", args=[case.pk, file.pk]))
    assert b"".join(got) == b"tar"
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert AuditLogEntry.objects.about(case).first().what == "downloaded a file of a verification case"

    url = reverse("verification:verdict", args=[case.pk])
    form = {"verdict": "rejected", "disqualify": "on", "call_up": "on", "next_due_at": "", "reason": "Too large."}
    shown = desk.post(url, form)
    assert "team of Eve" in shown.content.decode()
    assert desk.post(url, form | {"seen": shown.context["seen"], "confirm": "1"}).status_code == 302
    assert VerificationCase.objects.open().count() == 3
    page = team.get(case.get_absolute_url()).content.decode()
    assert "Not verified" in page
    assert "Too large." in page


def test_another_teams_case_answers_as_a_missing_one(rows, opened, charlie, logged_in, settings):
    case, browser = opened(rows[0]), logged_in(charlie)
    for name in ("case", "upload", "give_link", "write"):
        answer = browser.post(reverse(f"cases:{name}", args=[case.pk]))
        assert answer.status_code in {404, 405}, name
    assert browser.get(case.get_absolute_url()).status_code == 404
    assert "verification" not in browser.get(reverse("site:team")).content.decode()


def test_a_file_larger_than_the_limit_of_cases_is_refused(rows, opened, alice, logged_in, settings, stored_files):
    case, browser = opened(rows[0]), logged_in(alice)
    settings.MAX_CASE_FILE_BYTES = 1000
    upload = {"kind": "code", "file": SimpleUploadedFile("code.tgz", b"x" * 1001)}
    answer = browser.post(reverse("cases:upload", args=[case.pk]), upload)
    assert answer.status_code == 413
    assert "1000" in answer.content.decode()
    assert CaseFile.objects.count() == 0
