"""Archives on their way back, and what the command says of the board: files, exit codes, words."""

import hashlib
import os

import pytest
from fake_server import SUBMISSION
from running_lid import SECRET, Lid

BYTES = os.urandom(5000)
SHA256 = hashlib.sha256(BYTES).hexdigest()
KEY = SUBMISSION["id"]
PATH = f"/api/v1/submissions/{KEY}/"
ARCHIVE = f"GET {PATH}archive/"


@pytest.fixture
def file(fake, tmp_path):
    fake.says(f"GET {PATH}", 200, {**SUBMISSION, "size": len(BYTES), "sha256": SHA256})
    return tmp_path / "back.zip"


def ranges(fake) -> list[str | None]:
    return [headers.get("Range") for request, headers, _ in fake.asked if request == ARCHIVE]


def left(file) -> list[str]:
    return sorted(path.name for path in file.parent.iterdir() if path.is_file())


def test_an_archive_comes_back_and_is_not_fetched_twice(fake, lid, file):
    fake.says(ARCHIVE, 200, BYTES)
    told = lid.json("download", KEY, "--output", file)
    assert told == {"file": str(file), "sha256": SHA256, "size": len(BYTES)}
    assert file.read_bytes() == BYTES
    assert lid("download", KEY, "--output", file).returncode == 0
    assert (fake.times(ARCHIVE), left(file)) == (1, ["back.zip"])


def test_a_broken_download_goes_on_also_in_another_run(fake, lid, file):
    whole = {"Content_Length": str(len(BYTES))}
    fake.says(ARCHIVE, 200, BYTES[:2000], **whole)
    fake.says(ARCHIVE, 206, BYTES[2000:3000], Content_Length=str(len(BYTES) - 2000))
    fake.refuses(f"GET {PATH}nothing/", 404, "not_found")
    fake.says(ARCHIVE, 500, {"detail": "Broken.", "code": "server_error"})
    assert lid("download", KEY, "--output", file).returncode == 1
    assert (file.exists(), len(left(file))) == (False, 1)
    fake.answers[ARCHIVE].clear()
    fake.says(ARCHIVE, 206, BYTES[3000:])
    assert lid("download", KEY, "--output", file).returncode == 0
    assert file.read_bytes() == BYTES
    assert ranges(fake) == [None, "bytes=2000-", "bytes=3000-", "bytes=3000-"]
    assert left(file) == ["back.zip"]


def test_a_server_that_sends_all_of_it_again_is_fine(fake, lid, file):
    fake.says(ARCHIVE, 200, BYTES[:2000], Content_Length=str(len(BYTES)))
    fake.says(ARCHIVE, 200, BYTES)
    assert lid("download", KEY, "--output", file).returncode == 0
    assert file.read_bytes() == BYTES


def test_what_is_not_what_was_submitted_is_not_kept(fake, lid, file):
    fake.says(ARCHIVE, 200, bytes(len(BYTES)))
    done = lid("download", KEY, "--output", file)
    assert (done.returncode, "SHA-256 differs" in done.stderr, left(file)) == (1, True, [])


def test_another_file_is_not_overwritten(fake, lid, file):
    file.write_bytes(b"mine")
    done = lid("download", KEY, "--output", file)
    assert (done.returncode, "something else" in done.stderr) == (64, True)
    assert (file.read_bytes(), fake.times(ARCHIVE)) == (b"mine", 0)
    assert lid("download", KEY, "--output", file.parent / "nowhere/back.zip").returncode == 64


@pytest.mark.parametrize(
    ("arguments", "act"),
    [
        (("choose",), "choose"),
        (("choose", "--undo"), "unchoose"),
        (("withdraw",), "withdraw"),
        (("withdraw", "--undo"), "restore"),
    ],
)
def test_the_board_is_changed_or_it_says_why_not(fake, lid, arguments, act):
    fake.says(f"POST {PATH}{act}/", 200, SUBMISSION)
    assert lid.json(*arguments, KEY)["id"] == KEY
    fake.refuses(f"POST {PATH}{act}/", 409, "phase_closed")
    assert lid(*arguments, KEY).returncode == 4
    fake.refuses(f"POST {PATH}{act}/", 409, "act_refused")
    done = lid(*arguments, KEY)
    assert (done.returncode, done.stderr) == (64, "A title: The words of act_refused.\n")


def test_only_a_connection_that_others_can_hear_is_warned_of(fake, home):
    me = {"name": "Alice", "team": None, "token": {"scope": "submit"}}
    fake.says("GET /api/v1/me/", 200, me)
    for address in (fake.url, fake.url.replace("127.0.0.1", "localhost")):
        done = Lid(home, {})("login", "--server", address, stdin=f"{SECRET}\n")
        assert (done.returncode, done.stderr) == (0, "")
    fake.says("GET http://lid.example/api/v1/me/", 200, me)
    heard = Lid(home, {"http_proxy": fake.url})("login", "--server", "http://lid.example", stdin=f"{SECRET}\n")
    assert (heard.returncode, "not encrypted" in heard.stderr) == (0, True)


def test_waiting_asks_when_the_server_says_and_with_what_it_knows(fake, lid):
    for _ in range(2):
        fake.says(f"GET {PATH}", 200, SUBMISSION, ETag='W/"1"', Retry_After="1")
    fake.says(f"GET {PATH}", 304, ETag='W/"1"', Retry_After="1")
    fake.says(f"GET {PATH}", 200, {**SUBMISSION, "state": "rejected"}, ETag='W/"2"')
    assert lid("status", KEY, "--wait").returncode == 2
    asked = [headers.get("If-None-Match") for request, headers, _ in fake.asked if request == f"GET {PATH}"]
    assert asked == [None, None, 'W/"1"', 'W/"1"']
