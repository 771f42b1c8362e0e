"""Real ground truth and real network outputs with known scores; generated ones where that folder is absent."""

import json
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from server.site import demo_data
from server.tracks.models import Track
from server.tracks.services import publish
from tests.ground_truths import Truths

ROOT = Path(__file__).resolve().parents[2]
CASES = Path(os.environ.get("LID_CASES", ROOT / "../shared/cases"))

# track: folder, scored case, rejected case, headline
REAL = {
    "segmentation": ("track1", "real_model", "reject_rgb", "mean_iou"),
    "scene-parsing": ("track2", "real_model_new", "reject_rgb", "mean_iou"),
    "localization": ("track3", "soft_maps", "reject_palette", "peak_iou"),
}


@dataclass(frozen=True)
class Case:
    """A track with installed ground truth, an archive with its known headline, and one that is rejected."""

    track: str
    archive: Path
    headline: str
    rejected: Path
    images: list[str]


def install(slug: str, truths: Truths) -> Case:
    track, folder = Track.objects.get(slug=slug), truths.folder / f"{slug}-{os.getpid()}"
    if CASES.exists():
        case, draw = _real(slug)
    else:
        warnings.warn_explicit(f"{CASES} is absent: {slug} runs on generated data", UserWarning, __file__, 1)
        case, draw = _generated(slug, folder)
    publish(truths.ready(track, "val", "case", draw))
    return case


def _real(track: str) -> tuple[Case, Callable[[Path], None]]:
    name, scored, rejected, headline = REAL[track]
    cases = json.loads((CASES / name / "expected.json").read_text())["cases"]
    images = (CASES / name / cases[scored]["list"]).read_text().split()
    value = cases[scored]["expected"]["scores"][headline]
    archives = [CASES / name / cases[case]["submission"] for case in (scored, rejected)]

    def draw(folder: Path) -> None:
        folder.mkdir()
        for image in images:
            shutil.copy(CASES / name / cases[scored]["gt"] / f"{image}.png", folder)

    return Case(track, archives[0], f"{value * 100:.2f}", archives[1], images), draw


@cache
def _generated(track: str, folder: Path) -> tuple[Case, Callable[[Path], None]]:
    split = demo_data.ground_truth(track, 10, seed=7)
    split.write(folder / "truth")
    (folder / "good.zip").write_bytes(demo_data.submission(split, 0.8, 1))
    (folder / "bad.zip").write_bytes(demo_data.colour_mistake(split))
    command = ["score", track, folder / "good.zip", "--ground-truth", folder / "truth", "--json"]
    command = [sys.executable, "-m", "evaluator", *map(str, command)]
    answer = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    value = json.loads(answer.stdout.splitlines()[-1])["scores"][REAL[track][3]]
    case = Case(track, folder / "good.zip", f"{value * 100:.2f}", folder / "bad.zip", list(split.images))
    return case, split.write
