"""Weight files and pairs of archives are read in the sandbox of scoring, which says in words what it refuses."""

import numpy as np
import pytest
from factories import manifest, png, write_zip
from safetensors.numpy import save_file

from evaluator.contract import Rejected
from server import evaluator_commands
from server.evaluator_commands import EvaluatorFailed, compare_archives, count_parameters
from server.evaluator_process import EvaluatorExit


def unheeding(*_):
    """A follower who does nothing."""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def test_shards_under_the_names_of_their_team_are_counted_in_the_sandbox(tmp_path, folder):
    files = {}
    for number in (1, 2):
        path = files[f"weights/model-0000{number}-of-00002.safetensors"] = tmp_path / f"upload{number}"
        save_file({f"layer{number}": np.zeros((30, number), np.float32)}, path)
        path.chmod(0o600)
    found = count_parameters(files, folder, unheeding)
    assert (found.total, [file.name for file in found.files]) == (90, list(files))


def test_a_pickle_is_refused_with_the_way_to_convert_it(tmp_path, folder):
    (tmp_path / "upload").write_bytes(b"\x80\x04cos\nsystem\n(S'touch /tmp/executed'\ntR.")
    with pytest.raises(Rejected) as refusal:
        count_parameters({"model.pt": tmp_path / "upload"}, folder, unheeding)
    (problem,) = refusal.value.problems
    assert (problem.code, problem.file) == ("pickle", "model.pt")
    assert "save_model" in problem.fix


def test_archives_are_compared_in_the_sandbox(tmp_path, folder):
    one = {"a.png": np.zeros((2, 5)), "b.png": np.ones((2, 5))}
    other = one | {"b.png": np.array([[1] * 5, [1, 1, 1, 1, 2]])}
    archives = [
        write_zip(tmp_path / f"{number}.zip", {name: png(pixels) for name, pixels in maps.items()})
        for number, maps in enumerate((one, other))
    ]
    listed = tmp_path / "manifest.json"
    listed.write_text(manifest("segmentation", ("a", 5, 2), ("b", 5, 2)).to_json())
    found = compare_archives(*archives, listed, folder, unheeding)
    assert (found.images, found.identical, found.share) == (2, 1, 19 / 20)
    assert [(image.id, image.equal_pixels) for image in found.worst] == [("b", 9)]
    archives[1].write_bytes(b"no zip")
    with pytest.raises(Rejected, match="second archive"):
        compare_archives(*archives, listed, folder, unheeding)


def test_an_answer_that_contradicts_its_exit_code_is_a_server_error(monkeypatch, folder):
    for code, answer in ((0, "{}"), (0, '{"outcome": "valid"}'), (2, "what"), (-9, ""), (64, "usage")):
        monkeypatch.setattr(
            evaluator_commands, "run_evaluator", lambda *_, ended=(code, answer), **__: EvaluatorExit(*ended, "")
        )
        with pytest.raises(EvaluatorFailed):
            count_parameters({}, folder, unheeding)
