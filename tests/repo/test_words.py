"""No committed text names a folder of somebody's machine or leaves work behind in a comment."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Written in two halves, so that this file does not find itself.
UNWANTED = re.compile(r"/(?:wo" + r"rk|ro" + r"ot|ho" + r"me/\w+)/" + r"|\b(?:TO" + r"DO|FIX" + r"ME)\b")


def test_no_text_names_a_folder_of_a_machine_or_leaves_work_behind():
    texts = [(path, text_of(path)) for path in committed_files() if "vendor" not in path.parts]
    found = [f"{path}: {match.group()}" for path, text in texts for match in UNWANTED.finditer(text)]
    assert found == []


def test_an_unwanted_word_would_be_found():
    assert UNWANTED.search("see /wo" + "rk/main")
    assert UNWANTED.search("# TO" + "DO: later")
    assert not UNWANTED.search("the https://example.org/framework/ of a todo list")


TO_THE_ORGANISERS = re.compile(r"(?:write to|tell|ask) the\s+organisers\b", re.IGNORECASE)


def test_whoever_is_told_to_write_to_the_organisers_is_told_their_address():
    """Pages and mails take it from server/contact.py, by its tags or its values."""
    templates = [path for app in ("server", "leaderboard") for path in (ROOT / app).rglob("templates/**/*")]
    texts = [(path, text_of(path)) for path in templates if path.suffix in {".html", ".txt"}]
    assert len(texts) > 100
    assert [path for path, text in texts if TO_THE_ORGANISERS.search(text)] == []
    assert TO_THE_ORGANISERS.search("Please tell the\n organisers")


def committed_files() -> list[Path]:
    """What git tracks or would add; without git, all but hidden folders and the server's data."""
    listing = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listing, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return [ROOT / name for name in done.stdout.splitlines() if (ROOT / name).is_file()]
    paths = (path for path in ROOT.rglob("*") if path.is_file())
    return [path for path in paths if not re.match(r"\.|var/", str(path.relative_to(ROOT)))]


def text_of(path: Path) -> str:
    try:
        return path.read_text()
    except UnicodeDecodeError:
        return ""
