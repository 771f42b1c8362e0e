"""Archive errors read the same on page, API, downloads, e-mail and command line."""

import csv
import gzip
import io
import json
import subprocess
import sys
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from faulty_zips import NASTY, many_kinds

from evaluator.contract import CODES, LONGEST_NAME, Rejected, ValidationIssue, files_in_words, grouped
from server import evaluator_process
from server.accounts.services import make_token
from server.outbox.models import OutboxEmail
from server.spreadsheets import csv_lines
from server.submissions import tasks, transitions
from server.submissions.models import Evaluation
from server.submissions.rejection_report import BYTES_SHOWN, first_of
from server.tracks.models import ScoringRule
from tests.ground_truths import SAID
from tests.server.rejections import body_of, of_csv, of_json, of_list, of_page

pytestmark = pytest.mark.django_db
HALF_A_SURROGATE = "\ud800"
WHOLE = {"code": "bad_zip", "file": "", "found": "nothing", "expected": "a zip", "fix": "Zip it."}


@pytest.fixture
def doors(alice):
    """What alice is answered, by the name of a door: `doors(submission)["page"]`."""
    browser = Client()
    browser.force_login(alice)
    secret = make_token(user=alice, label="x", scope="read", days=None)[1]
    program = Client(headers={"Authorization": f"Bearer {secret}"})

    def ask(submission) -> dict[str, bytes]:
        names = {
            "page": (browser, "site:submission"),
            "live": (browser, "site:submission_live"),
            "json": (browser, "submissions:problems"),
            "csv": (browser, "submissions:problems_csv"),
            "api": (program, "api:submission"),
            "api, all": (program, "api:problems"),
        }
        answers = {door: client.get(reverse(name, args=[submission.pk])) for door, (client, name) in names.items()}
        assert {door: answer.status_code for door, answer in answers.items()} == dict.fromkeys(names, 200)
        return {door: body_of(answer) for door, answer in answers.items()}

    return ask


@pytest.fixture
def reject(submitted, alice):
    """Submit and have it rejected for these problems: `reject([problem])`."""

    def do(problems, count=None):
        submission = submitted(alice)
        transitions.record_rejected(transitions.claim("a worker"), problems, count or len(problems))
        return submission

    return do


@pytest.fixture
def nasty_archive(truth) -> bytes:
    """Every kind of problem, under names that try everything."""
    return many_kinds(truth.honest())


def by_command_line(submission, *wishes: str) -> str:
    truth = submission.evaluations.get().rule.ground_truth
    archive, manifest = str(submission.archive_path), str(truth.manifest_path)
    command = ["-m", "evaluator", "check", "segmentation", archive, "--manifest", manifest, *wishes]
    done = subprocess.run(
        [sys.executable, *command], cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    return done.stdout


def test_one_archive_with_many_faults_is_told_alike_by_every_door(doors, submitted, alice, nasty_archive):
    submission = submitted(alice, content=nasty_archive)
    assert tasks.score_next()
    told = doors(submission)
    outcome = json.loads(by_command_line(submission, "--json").splitlines()[-1])
    expected = of_list(outcome["problems"])
    assert len({code for code, *_ in expected}) >= 7
    assert of_json(told["json"]) == of_json(told["api, all"]) == of_csv(told["csv"]) == expected
    shown = of_list(first_of(outcome["problems"]))
    assert of_page(told["page"].decode()) == of_page(told["live"].decode()) == of_json(told["api"]) == shown
    counts = {json.loads(told[door])["problem_count"] for door in ("json", "api", "api, all")}
    assert counts == {outcome["problem_count"]} == {len(expected)}
    text, mail = by_command_line(submission), OutboxEmail.objects.get(kind="rejected").text
    for group in grouped(outcome["problems"]):
        files = files_in_words(group.files[:5], len(group.files))
        assert f"- {files}: {group.found} ({group.code})\n  Expected {group.expected}. {group.fix}\n" in text
    for problem in first_of(outcome["problems"], 5):
        assert f"found {problem['found']}; expected {problem['expected']}\n  {problem['fix']}" in mail


def test_each_problem_leads_to_the_page_of_its_code(doors, reject, client):
    told = doors(reject([WHOLE | {"code": code, "file": code} for code in CODES]))
    links = {problem["docs"] for problem in json.loads(told["api"])["problems"]}
    assert {link.partition("testserver")[2] for link in links} == {
        reverse("site:problem", args=[code]) for code in CODES
    }
    assert all(f'href="{reverse("site:problem", args=[code])}"' in told["page"].decode() for code in CODES)
    assert all(client.get(link).status_code == 200 for link in links)


def test_of_many_problems_twenty_are_shown_and_all_can_be_fetched(doors, reject):
    problems = [WHOLE | {"code": "missing_file", "file": f"{number}.png"} for number in range(2999)]
    told = doors(reject([WHOLE, *problems]))
    page = told["page"].decode()
    assert len(of_page(page)) == len(of_json(told["api"])) == 20
    assert "The first 20 of 3,000 problems" in page
    assert '<b class="num">2,999</b> <a href="/docs/problems/missing_file/">' in page
    assert len(of_json(told["json"])) == len(of_csv(told["csv"])) == 3000
    assert json.loads(told["api"])["problem_count"] == 3000


def test_what_was_cut_is_said_to_be_cut(doors, reject):
    page = doors(reject([WHOLE] * 30, count=70_000))["page"].decode()
    assert "The first 20 of 70,000 problems" in page
    assert "The first 30 as a file" in page


def test_a_report_of_long_names_is_no_longer_than_four_kilobytes():
    problem = WHOLE | {"file": "👩" * LONGEST_NAME, "found": "and ".join(["👩" * LONGEST_NAME] * 3)}
    shown = first_of([problem] * 30)
    assert 1 <= len(shown) < 20
    assert sum(len(words.encode()) for one in shown for words in one.values()) <= BYTES_SHOWN
    assert first_of([WHOLE | {"fix": "x" * 5000}]) != []
    assert len(first_of([WHOLE] * 30)) == 20


def test_a_file_of_many_problems_is_packed_on_its_way(reject, alice):
    submission = reject([WHOLE | {"file": f"{number}.png"} for number in range(5000)])
    browser = Client(headers={"Accept-Encoding": "gzip"})
    browser.force_login(alice)
    for name in ("submissions:problems", "submissions:problems_csv"):
        answer = browser.get(reverse(name, args=[submission.pk]))
        sent = body_of(answer)
        assert answer["Content-Encoding"] == "gzip"
        assert answer["Content-Disposition"].startswith('attachment; filename="problems-')
        assert len(sent) < len(gzip.decompress(sent)) / 10


def test_no_cell_is_taken_for_a_formula():
    cells = ["=1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x", "a=1", "", -0.5, 3]
    (row,) = csv.reader(io.StringIO("".join(csv_lines([cells])).removeprefix("\ufeff"), newline=""))
    assert row == [f"'{cell}" for cell in cells[:11]] + ["a=1", "", "-0.5", "3"]


def test_the_newest_of_two_rejections_is_the_one_that_is_told(doors, reject, truth):
    submission = reject([WHOLE])
    ScoringRule.objects.update(state="retired")
    truth.rule.pk, truth.rule.number, truth.rule.state = None, 2, "published"
    truth.rule.save(force_insert=True)
    Evaluation.objects.create(submission=submission, rule=truth.rule)
    transitions.record_rejected(transitions.claim("a worker"), [WHOLE | {"found": "something else"}], 1)
    told = doors(submission)
    assert of_page(told["page"].decode()) == of_json(told["json"]) == of_csv(told["csv"])
    assert "something else" in told["csv"].decode()


# Names that try everything


@pytest.mark.both_setups
@pytest.mark.parametrize("kind", [*NASTY, "surrogate"])
def test_no_name_does_harm_at_any_door(doors, submitted, alice, monkeypatch, kind, caplog):
    """The evaluator's answer arrives with the name as it is, as if nothing had cleaned it there."""
    nasty = {**NASTY, "surrogate": HALF_A_SURROGATE}[kind]
    submission = submitted(alice)
    raw = SimpleNamespace(**dict.fromkeys(("code", "file", "found", "expected", "fix"), nasty))
    raw.code = "bad_mode"
    answer = json.dumps({"outcome": "rejected", "problems": [vars(raw)] * 2, "problem_count": 2})
    monkeypatch.setattr(tasks, "run_evaluator", lambda *_, **__: evaluator_process.EvaluatorExit(2, answer, ""))
    assert tasks.score_next()
    told, mail = doors(submission), OutboxEmail.objects.get(kind="rejected")
    clean = ValidationIssue("bad_mode", nasty, nasty, nasty, nasty)
    assert of_json(told["json"]) == [tuple(vars(clean).values())] * 2
    assert of_json(told["api"])[0] == tuple(vars(clean).values())
    assert len(clean.file) <= LONGEST_NAME
    for text in (*(body.decode() for body in told.values()), mail.text, mail.subject, caplog.text):
        assert text.translate(dict.fromkeys(map(ord, "\n\r\ufeff\xa0"))).isprintable()
    assert b"<script>alert" not in told["page"] + told["live"]
    assert not any(line.startswith(("Bcc:", "From:")) for line in mail.text.splitlines())
    assert not any(
        cell.startswith(("=", "+", "-", "@"))
        for row in csv.reader(io.StringIO(told["csv"].decode()))
        for cell in row
    )


@pytest.mark.both_setups
@pytest.mark.parametrize("kind", NASTY)
def test_no_name_of_an_upload_does_harm(alice, phase, good_zip, doors, kind):
    name = f"{NASTY[kind]}.zip"
    secret = make_token(user=alice, label="x", scope="submit", days=None)[1]
    program = Client(headers={"Authorization": f"Bearer {secret}"})
    upload = SimpleUploadedFile("x.zip", good_zip)
    upload._name = name  # as a client that cleans nothing sends it
    answer = program.post(reverse("api:submissions"), {"phase": phase.pk, "archive": upload, **SAID})
    assert answer.status_code in {201, 400}
    if answer.status_code == 201:
        assert answer.json()["file"].isprintable()
        transitions.record_rejected(transitions.claim("a worker"), [WHOLE], 1)
        assert b"<script>alert" not in doors(phase.submissions.get())["page"]


# Our own faults

CRASH = """Traceback (most recent call last):
  File "/srv/lid/evaluator/engine.py", line 55, in tally
    truth = self.truth.read(index)  # ground_truth/5f3c.pack, LID_test_00003 is 17
MemoryError: psycopg2 password=secret"""
INNER = (
    "Traceback",
    "/srv/lid",
    "engine.py",
    "5f3c",
    "MemoryError",
    "psycopg2",
    "secret",
    "LID_test_00003",
    "exit code",
)


def test_a_crash_is_told_to_the_team_without_anything_of_its_cause(
    submitted, alice, bob, monkeypatch, settings, caplog
):
    settings.RETRY_PAUSES = [timedelta()] * 3
    submission = submitted(alice)
    monkeypatch.setattr(
        tasks, "run_evaluator", lambda *_, **__: evaluator_process.EvaluatorExit(1, "half a li", CRASH)
    )
    for _ in range(settings.FAILURES_ALLOWED):
        assert tasks.score_next()
    assert not tasks.score_next()
    evaluation = submission.evaluations.get()
    assert (evaluation.state, "MemoryError" in evaluation.last_error) == ("failed", True)
    read = everything_read_of(submission, bob)
    assert all(
        "fault" in text or "failed" in text for name, text in read.items() if name in {"page", "api", "mail"}
    )
    assert [(name, word) for name, text in read.items() for word in INNER if word in text] == []


def everything_read_of(submission, member) -> dict[str, str]:
    browser = Client()
    browser.force_login(member)
    secret = make_token(user=member, label="x", scope="read", days=None)[1]
    program = Client(headers={"Authorization": f"Bearer {secret}"})
    here = [submission.pk]
    pages = {
        "page": browser.get(reverse("site:submission", args=here)),
        "live": browser.get(reverse("site:submission_live", args=here)),
        "team": browser.get(reverse("site:team")),
        "quota history": browser.get(reverse("site:quota_history")),
        "json": browser.get(reverse("submissions:problems", args=here)),
        "api": program.get(reverse("api:submission", args=here)),
        "api, list": program.get(reverse("api:submissions")),
    }
    mails = OutboxEmail.objects.filter(user=member)
    return {name: body_of(answer).decode() for name, answer in pages.items()} | {
        "mail": "\n".join(f"{mail.subject}\n{mail.text}" for mail in mails)
    }


def test_a_rejection_crosses_from_the_evaluator_whole():
    rejection = Rejected([ValidationIssue("bad_mode", "a\x1b.png", "b\0", "c\ud800", "d\u202e")])
    assert [tuple(vars(problem).values()) for problem in rejection.problems] == [
        ("bad_mode", r"a\x1b.png", r"b\x00", r"c\ud800", r"d\u202e")
    ]
