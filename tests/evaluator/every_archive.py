"""Every archive that the tests of rejections go through; whoever makes more of them adds them in `archives`."""

import json
import os
from functools import partial
from pathlib import Path

from tests.evaluator import faulty_zips
from tests.evaluator.faulty_zips import REJECT, Case

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("LID_CORPORA", ROOT / "../shared/corpora")) / "hostile-real"
CASES = Path(os.environ.get("LID_CASES", ROOT / "../shared/cases"))


def archives() -> list[Case]:
    return [*faulty_zips.CASES, *of_other_projects(), *of_real_teams()]


def of_other_projects() -> list[Case]:
    """The zips of the hostile corpus; none has a file for an image of ours."""
    file = CORPUS / "MANIFEST.json"
    entries = json.loads(file.read_text()) if file.exists() else []
    return [_kept(CORPUS / entry["path"], "corpus") for entry in entries if entry["type"] == "zip"]


def of_real_teams() -> list[Case]:
    """Archives for other images that real trackers had to reject."""
    return [_kept(path, "team") for path in sorted(CASES.glob("track*/submissions/reject_*.zip"))]


def _kept(path: Path, attack: str) -> Case:
    return Case(f"{attack}-{path.parent.name}-{path.stem}", attack, REJECT, "", str(path), partial(_read, path))


def _read(path: Path, pngs: dict[str, bytes]) -> bytes:
    return path.read_bytes()
