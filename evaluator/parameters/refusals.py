"""Refusals of weight files, in words: what was found, what is expected, and how to fix it."""

from __future__ import annotations

from evaluator.contract import Rejected, ValidationIssue, shown

READ = "safetensors or ONNX files"
SAVE = (
    "Save the weights without code, where the model runs: from safetensors.torch import save_model; "
    'save_model(model, "model.safetensors").'
)
SAVE_AGAIN = "Save the model again with the library that wrote it, and send that file whole."


class Damaged(Exception):
    """A header that is damaged or contradicts its file; the message says how. It becomes a rejection."""


class TooLarge(Exception):
    """More of something than any model needs; the message says what and how many."""


def refused(code: str, file: str, found: str, expected: str, fix: str) -> Rejected:
    """Return a rejection with one issue."""
    return Rejected([ValidationIssue(code, file, found, expected, fix)])


def damaged(file: str, error: Damaged) -> Rejected:
    """Return the rejection of a file whose header cannot be right."""
    expected = "a header that describes the whole file, as the format's own library writes it"
    return refused("damaged_weights", file, str(error), expected, SAVE_AGAIN)


def too_large(file: str, error: TooLarge) -> Rejected:
    """Return the rejection of a file whose header has too much in it."""
    found, _, expected = str(error).partition("; ")
    return refused("weights_too_large", file, found, expected, SAVE_AGAIN)


def unsafe(file: str, name: str) -> Rejected:
    """Return the rejection of a file that names a further one outside of its folder."""
    found = f"it names the further file “{shown(name)}”"
    fix = "Save the model again so that its files lie together in one folder."
    return refused("unsafe_path", file, found, "a path below the folder of the model", fix)


def missing(file: str, name: str) -> Rejected:
    """Return the rejection of a model in shards of which one is not there."""
    fix = "Name or send all files of the model together."
    found = f"the shard “{shown(name)}” belongs to it and was not found"
    return refused("missing_weights", file, found, "all shards of the model", fix)
