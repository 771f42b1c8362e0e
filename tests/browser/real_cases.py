"""Real ground truth and real network outputs with known scores; generated ones where that folder is absent."""

import json
import os
import shutil
import subprocess
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

from server.site import rehearsal
from server.tracks.management.commands import install_ground_truth
from server.tracks.models import Track
from server.tracks.services import publish

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


def install(track: str, folder: Path) -> Case:
    truth = folder / "truth"
    if CASES.exists():
        case = _real(track, truth)
    else:
        warnings.warn_explicit(f"{CASES} is absent: {track} runs on generated data", UserWarning, __file__, 1)
        case = _generated(track, truth, folder)
    publish(install_ground_truth.install(Track.objects.get(slug=track), "val", truth, {}))
    return case


def _real(track: str, truth: Path) -> Case:
    name, scored, rejected, headline = REAL[track]
    cases = json.loads((CASES / name / "expected.json").read_text())["cases"]
    images = (CASES / name / cases[scored]["list"]).read_text().split()
    truth.mkdir()
    for image in images:
        shutil.copy(CASES / name / cases[scored]["gt"] / f"{image}.png", truth)
    value = cases[scored]["expected"]["scores"][headline]
    archives = [CASES / name / cases[case]["submission"] for case in (scored, rejected)]
    return Case(track, archives[0], f"{value * 100:.2f}", archives[1], images)


def _generated(track: str, truth: Path, folder: Path) -> Case:
    split = rehearsal.ground_truth(track, 10, seed=7)
    split.write(truth)
    (folder / "good.zip").write_bytes(rehearsal.submission(split, 0.8, 1))
    (folder / "bad.zip").write_bytes(rehearsal.colour_mistake(split))
    command = ["-m", "evaluator", "score", track, folder / "good.zip", "--ground-truth", truth, "--json"]
    answer = subprocess.run([sys.executable, *command], cwd=ROOT, check=True, capture_output=True, text=True)
    value = json.loads(answer.stdout.splitlines()[-1])["scores"][REAL[track][3]]
    return Case(track, folder / "good.zip", f"{value * 100:.2f}", folder / "bad.zip", list(split.images))
