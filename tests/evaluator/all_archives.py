"""Every archive that the tests of rejections go through; whoever makes more of them adds them in `archives`."""

import io
import json
import os
from dataclasses import replace
from functools import partial
from pathlib import Path

import faulty_zips
import hostile_pngs
import hostile_zips
from hostile_case import REJECT, Case
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("LID_CORPORA", ROOT / "../shared/corpora")) / "hostile-real"
CASES = Path(os.environ.get("LID_CASES", ROOT / "../shared/cases"))


def archives() -> list[Case]:
    return [*faulty_zips.CASES, *hostile_zips.CASES, *with_hostile_pngs(), *of_other_projects(), *of_real_teams()]


def with_hostile_pngs() -> list[Case]:
    """Each of them as the first label map of an archive that is good else."""
    return [
        replace(case, attack=f"PNG: {case.attack}", build=partial(_holding, case)) for case in hostile_pngs.CASES
    ]


def _holding(case: Case, pngs: dict[str, bytes]) -> bytes:
    (name, good), *others = pngs.items()
    with Image.open(io.BytesIO(good)) as map_of_its_size:
        return faulty_zips.zipped(
            [(f"{name}.png", case.build(*map_of_its_size.size)), *faulty_zips.good(dict(others))]
        )


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
