"""Recognises weight files by their first bytes; what is neither safetensors nor ONNX is refused by its name."""

from __future__ import annotations

from pathlib import PurePosixPath

from evaluator.parameters.refusals import READ, SAVE, refused

START_LENGTH = 512  # bytes of a file that tell its kind
SAFETENSORS, INDEX, ONNX = "safetensors", "index", "onnx"
PICKLES = {".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle", ".joblib"}
ZIP = b"PK\3\4"
OTHERS = (
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x89HDF", "an HDF5 file, such as Keras writes"),
    (b"GGUF", "a GGUF file"),
    (b"\x1f\x8b", "a gzip file"),
    (b"version https://git-lfs", "a pointer of Git LFS in place of the file"),
    (b"<", "a web page"),
)
CONVERT = (
    "Convert the model to safetensors (safetensors.torch.save_model, safetensors.numpy.save_file, "
    "safetensors.tensorflow.save_file) or export it to ONNX."
)


def kind_of(start: bytes, name: str) -> str:
    """Return SAFETENSORS, INDEX or ONNX by a file's first bytes and its name. Raises Rejected for other kinds."""
    suffix = PurePosixPath(name).suffix.lower()
    if start[8:9] == b"{" and not any(start[5:8]):
        return SAFETENSORS
    if _is_pickle(start, suffix):
        found = "a pickle, which PyTorch writes by default: to read it is to run the code in it"
        raise refused("pickle", name, found, READ, SAVE)
    if other := _other(start):
        raise refused("other_weights", name, other, READ, CONVERT)
    if suffix == ".safetensors":
        return SAFETENSORS
    if start.lstrip()[:1] == b"{":
        return INDEX
    if suffix == ".onnx" or start[:1] == b"\x08":  # a model of ONNX begins with its version
        return ONNX
    raise refused("other_weights", name, "a file of another kind", READ, CONVERT)


def _is_pickle(start: bytes, suffix: str) -> bool:
    """Whether it is one by its protocol, or a zip that PyTorch wrote or that has the name of one."""
    if start.startswith(ZIP):
        return suffix in PICKLES or b"data.pkl" in start or b"/.format_version" in start
    return start[:1] == b"\x80" and start[1:2] in {b"\2", b"\3", b"\4", b"\5"}


def _other(start: bytes) -> str:
    if not start:
        return "an empty file"
    if start.startswith(ZIP):
        return "a NumPy archive" if b".npy" in start[:300] else "a zip"
    if start[4:8] == b"TFL3":
        return "a TensorFlow Lite model"
    return next((words for magic, words in OTHERS if start.startswith(magic)), "")
