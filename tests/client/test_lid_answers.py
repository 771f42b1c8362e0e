"""What the command makes of answers, odd ones too: exit codes, words, JSON."""

import json
import re

import numpy as np
import pytest
from certificates import certified
from factories import png, write_zip
from fake_server import CUT, SUBMISSION, fake_server
from running_lid import CLIENT, SECRET, Lid

UPLOADS, SUBMISSIONS, UPLOAD = "POST /api/v1/uploads/", "POST /api/v1/submissions/", "/api/v1/uploads/u-1"
STATUS = f"GET /api/v1/submissions/{SUBMISSION['id']}/"
SCORED = {**SUBMISSION, "state": "scored", "scores": {"peak_iou": 0.5}}

REFUSALS = [
    (409, "not_a_zip", 2),
    (413, "upload_too_large", 2),
    (409, "no_slot_left", 3),
    (409, "daily_limit_reached", 3),
    (409, "phase_closed", 4),
    (409, "phase_not_open", 4),
    (409, "phase_paused", 4),
    (409, "upload_too_late", 4),
    (502, "", 5),
    (401, "not_authenticated", 6),
    (403, "permission_denied", 6),
    (409, "no_team", 6),
    (429, "too_many_uploads", 7),
    (503, "unavailable", 7),
    (507, "disk_full", 7),
    (400, "form_incomplete", 64),
    (500, "server_error", 1),
    (409, "a_code_of_tomorrow", 1),
]


@pytest.mark.parametrize(("status", "code", "exit_code"), REFUSALS)
def test_a_refusal_is_told_in_the_servers_words_with_its_exit_code(fake, lid, archive, status, code, exit_code):
    fake.refuses(UPLOADS, status, code, errors={"parameters": ["Say how many."]})
    done = lid("submit", archive, "--phase", "localization/now", "--json")
    assert done.returncode == exit_code
    assert done.stderr == f"A title: The words of {code}.\n  parameters: Say how many.\n"
    told = json.loads(done.stdout)
    assert (told["code"], told["exit_code"], told["status"]) == (code, exit_code, status)


@pytest.mark.parametrize(
    ("state", "exit_code"), [("queued", 0), ("scored", 0), ("rejected", 2), ("failed", 1), ("cancelled", 1)]
)
def test_the_state_of_a_submission_is_an_exit_code(fake, lid, state, exit_code):
    fake.says(STATUS, 200, {**SUBMISSION, "state": state})
    assert lid("status", SUBMISSION["id"]).returncode == exit_code


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        ((), 64),
        (("bogus",), 64),
        (("submit", "none.zip"), 64),
        (("submit", "none.zip", "--phase", "localization/now"), 64),
        (("check", "none.zip", "--phase", "localization/never"), 64),
        (("check", "none.zip", "--manifest", "none.json"), 64),
        (("score", "none.zip", "--scorer", "localization", "--ground-truth", "x"), 64),
        (("--version",), 0),
        (("submit", "--help"), 0),
    ],
)
def test_wrong_usage_is_64(lid, arguments, exit_code):
    assert lid(*arguments).returncode == exit_code


def test_every_exit_code_is_in_the_help_and_in_the_documentation(lid):
    codes = {str(exit_code) for _, _, exit_code in REFUSALS} | {"0", "130"}
    helped, documented = lid("--help").stdout, (CLIENT.parent / "docs/client.md").read_text()
    assert all(re.search(rf"\b{code}\b", helped) for code in codes)
    assert all(f"| {code} |" in documented for code in codes)


def test_a_server_that_is_not_there_is_5(lid):
    lid.variables["LID_SERVER"] = "http://127.0.0.1:9"
    done = lid("quota")
    assert done.returncode == 5
    assert done.stderr == "http://127.0.0.1:9 does not answer: Connection refused.\n"


def test_a_connection_that_is_cut_is_5(fake, lid):
    fake.says("GET /api/v1/team/", CUT)
    assert lid("quota").returncode == 5


def test_what_is_no_lid_server_is_named(fake, lid):
    fake.says("GET /api/v1/team/", 200, b"<html>")
    assert lid("quota").returncode == 1
    done = lid("status", "x")  # a page of 404
    assert (done.returncode, "not as a LID server does" in done.stderr) == (64, True)


def test_without_a_log_in_it_says_how_to_log_in(lid):
    del lid.variables["LID_TOKEN"]
    done = lid("quota")
    assert (done.returncode, "lid login" in done.stderr) == (6, True)


def test_a_token_follows_no_redirect(fake, lid):
    with fake_server() as other:
        fake.says("GET /api/v1/team/", 302, Location=f"{other.url}/api/v1/team/")
        done = lid("quota")
        assert (done.returncode, other.asked) == (64, [])
        assert other.url in done.stderr


def test_a_kept_token_goes_to_no_other_server(fake, home):
    lid = Lid(home, {})
    fake.says("GET /api/v1/me/", 200, {"name": "Alice", "team": None, "token": {"scope": "submit"}})
    assert lid("login", "--server", fake.url, stdin=f"{SECRET}\n").returncode == 0
    with fake_server() as other:
        lid.variables["LID_SERVER"] = other.url
        assert lid("quota").returncode == 6
        lid("tracks")
        assert [headers.get("Authorization") for _, headers, _ in other.asked] == [None]


@pytest.mark.parametrize("token", ["lid_a b", "lid_ä", "", "lid_a\x1b[2J"])
def test_what_cannot_be_a_token_is_not_sent(fake, home, token):
    done = Lid(home, {})("login", "--server", fake.url, stdin=f"{token}\n")
    assert (done.returncode, fake.asked) == (64, [])
    assert not token or token not in done.stderr


def test_names_cannot_steer_the_terminal(fake, lid):
    team = {"name": "a\x1b[2Jb", "phases": []}
    fake.says("GET /api/v1/team/", 200, team)
    assert "a\\x1b[2Jb" in lid("quota").stdout


def test_it_goes_on_after_cuts_and_sends_every_byte_once(fake, lid, archive):
    size, half = archive.stat().st_size, archive.stat().st_size // 2
    fake.answers[UPLOADS].clear()
    fake.says(UPLOADS, 201, {"id": "u-1"})
    fake.says(f"PATCH {UPLOAD}", CUT)
    fake.says(f"HEAD {UPLOAD}", 200, Upload_Offset=str(half))
    fake.says(f"PATCH {UPLOAD}", 204, Upload_Offset=str(size))
    fake.says(SUBMISSIONS, CUT)
    fake.says(SUBMISSIONS, 201, SUBMISSION)
    fake.says(STATUS, 200, SUBMISSION)
    fake.says(STATUS, 503, {"detail": "Busy."}, Retry_After="1")
    fake.says(STATUS, 200, SCORED)
    done = lid("submit", archive, "--phase", "7", "--method", "M", "--wait")
    assert (done.returncode, "Peak-IoU: 50.00 %" in done.stdout) == (0, True)
    pieces = [body for request, _, body in fake.asked if request.startswith("PATCH")]
    assert pieces == [archive.read_bytes(), archive.read_bytes()[half:]]
    assert [fake.times(request) for request in (UPLOADS, SUBMISSIONS)] == [1, 2]


def test_a_submission_that_was_made_before_it_was_stopped_is_found_without_sending_again(fake, lid, archive):
    size = str(archive.stat().st_size)
    fake.answers[UPLOADS].clear()
    fake.says(UPLOADS, 201, {"id": "u-1"})
    fake.says(f"PATCH {UPLOAD}", 204, Upload_Offset=size)
    fake.says(SUBMISSIONS, CUT)
    assert lid("submit", archive, "--phase", "7", "--retry-for", "0").returncode == 5
    fake.refuses(f"HEAD {UPLOAD}", 404, "upload_gone")
    fake.answers[SUBMISSIONS].clear()
    fake.says(SUBMISSIONS, 200, SUBMISSION)
    assert lid.json("submit", archive, "--phase", "7")["id"] == SUBMISSION["id"]
    assert [fake.times(request) for request in (UPLOADS, f"PATCH {UPLOAD}")] == [1, 1]


def test_an_upload_that_expired_begins_again(fake, lid, archive):
    size = str(archive.stat().st_size)
    fake.answers[UPLOADS].clear()
    fake.says(UPLOADS, 201, {"id": "u-1"})
    fake.refuses(f"PATCH {UPLOAD}", 404, "upload_gone")
    fake.says(f"PATCH {UPLOAD}", 204, Upload_Offset=size)
    fake.refuses(SUBMISSIONS, 404, "upload_gone")
    fake.says(SUBMISSIONS, 201, SUBMISSION)
    assert lid("submit", archive, "--phase", "7").returncode == 0
    assert fake.times(UPLOADS) == 2


def test_it_gives_up_when_nothing_gets_through_for_long(fake, lid, archive):
    fake.answers[UPLOADS].clear()
    fake.says(UPLOADS, 201, {"id": "u-1"})
    fake.says(f"PATCH {UPLOAD}", CUT)
    fake.says(f"HEAD {UPLOAD}", 200, Upload_Offset="0")
    assert lid("submit", archive, "--phase", "7", "--retry-for", "1").returncode == 5
    assert fake.times(f"PATCH {UPLOAD}") == 2


def test_without_resumable_uploads_it_sends_a_form_with_one_key(fake, lid, archive):
    fake.says(SUBMISSIONS, CUT)
    fake.says(SUBMISSIONS, 201, SUBMISSION)
    assert lid("submit", archive, "--phase", "7", "--parameters", "25.6M", "--rules-kept").returncode == 5
    assert lid("submit", archive, "--phase", "7", "--parameters", "25.6M", "--rules-kept").returncode == 0
    (_, first, body), (_, second, _) = (asked for asked in fake.asked if asked[0] == SUBMISSIONS)
    assert first["Idempotency-Key"] == second["Idempotency-Key"]
    assert archive.read_bytes() in body
    assert b'name="rules_kept"\r\n\r\ntrue\r\n' in body


def test_a_faulty_archive_is_not_sent(fake, lid, tmp_path):
    faulty = write_zip(tmp_path / "faulty.zip", {"a.png": png(np.zeros((3, 4, 3)))})
    told = lid.json("submit", faulty, "--phase", "7", exit_code=2)
    assert [problem["code"] for problem in told["problems"]] == ["bad_mode"]
    assert fake.times(UPLOADS) == 0
    fake.refuses(UPLOADS, 409, "no_slot_left")
    assert lid("submit", faulty, "--phase", "7", "--no-check").returncode == 3


def test_check_works_offline_once_the_phase_was_seen(fake, lid, archive):
    asked = ("check", archive, "--phase", "localization/now")
    assert lid(*asked, "--offline").returncode == 64
    assert lid(*asked).returncode == 0
    online = len(fake.asked)
    assert lid(*asked, "--offline").returncode == 0
    assert len(fake.asked) == online
    lid.variables["LID_SERVER"] = fake.url
    fake.answers.clear()
    fake.shutdown()
    fake.server_close()
    done = lid(*asked)
    assert (done.returncode, "fetched before" in done.stderr) == (0, True)


def test_a_certificate_of_ones_own_is_trusted_by_ssl_cert_file_only(home, tmp_path):
    with fake_server(certified(tmp_path / "ca.pem")) as fake:
        fake.says("GET /api/v1/team/", 200, {"name": "alices", "phases": []})
        address = fake.url.replace("http:", "https:")
        lid = Lid(home, {"LID_SERVER": address, "LID_TOKEN": SECRET})
        assert lid("quota").returncode == 5
        lid.variables["SSL_CERT_FILE"] = str(tmp_path / "ca.pem")
        assert lid("quota").returncode == 0
