"""Weight files that lie, are cut off or are made to exhaust a reader are refused, in words and at once."""

import json
import pickle
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper, numpy_helper
from safetensors.numpy import save

from evaluator.contract import WEIGHT_CODES, Rejected
from evaluator.parameters.models import count
from evaluator.parameters.onnx import DEEPEST
from evaluator.parameters.safetensors import LONGEST_HEADER
from evaluator.parameters.sources import Source
from tests.evaluator.conftest import ROOT

DAMAGED, LARGE = "damaged_weights", "weights_too_large"
MEMORY = 800 * 2**20  # bytes of addresses, for Python and all it reads


def tensor(dtype="F32", shape=(2,), offsets=(0, 8), **more):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)} | more


def safetensors(header, data=b"\0" * 8, length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


def varint(number):
    number &= 2**64 - 1
    made = b""
    while number > 127:
        made, number = made + bytes([number & 127 | 128]), number >> 7
    return made + bytes([number])


def message(number, body):
    """A field of bytes, as protobuf writes it."""
    return varint(number << 3 | 2) + varint(len(body)) + body


def number(field, value):
    return varint(field << 3) + varint(value)


def initializer(*dims, dtype=1, data=b"", name=b"w", rest=b""):
    sizes = b"".join(number(1, size) for size in dims)
    return message(5, sizes + number(2, dtype) + message(8, name) + message(9, data) + rest)


def model(*graph):
    return number(1, 10) + message(7, b"".join(graph))


def nested(depth):
    graph = initializer(1, data=b"\0" * 4)
    for _ in range(depth - 1):
        graph = message(1, message(5, message(6, graph)))  # a node, its attribute, the graph in it
    return model(graph)


def external(location, **entries):
    said = {"location": location, **entries}.items()
    texts = b"".join(message(13, message(1, key.encode()) + message(2, value.encode())) for key, value in said)
    return message(5, number(1, 2) + number(2, 1) + message(8, location.encode()) + texts + number(14, 1))


def zipped(tmp_path, name):
    with zipfile.ZipFile(tmp_path / "zip", "w") as archive:
        archive.writestr(name, b"")
    return (tmp_path / "zip").read_bytes()


SAFETENSORS = {
    "no header": (b"\1\0", DAMAGED, "an empty file|is said to have"),
    "a huge length": (safetensors({}, length=2**63), DAMAGED, "is said to have 9,223,372,036,854,775,808 bytes"),
    "a long header": (safetensors(b"{" + b" " * LONGEST_HEADER, b""), LARGE, "its header has 16,777,217 bytes"),
    "no JSON": (safetensors(b"{,}"), DAMAGED, "no JSON"),
    "a list": (safetensors(b"{}  ", b"").replace(b"{}", b"[]"), DAMAGED, "no JSON object"),
    "deep nesting": (safetensors(b'{"a":' + b"[" * 100_000), DAMAGED, "nested too deep"),
    "a name twice": (safetensors(b'{"a":{},"a":{}}'), DAMAGED, "a name twice"),
    "a long number": (safetensors(b'{"a":' + b"9" * 9999 + b"}"), DAMAGED, "no JSON"),
    "no entry": (safetensors({"a": 5}), DAMAGED, "of the tensor “a”: its entry has other keys"),
    "another type": (safetensors({"a": tensor("F31")}), DAMAGED, "its type is none"),
    "a nested type": (safetensors({"a": tensor([[["F32"]]])}), DAMAGED, "its type is none"),
    "a negative size": (safetensors({"a": tensor(shape=[-1, -2])}), DAMAGED, "a size that is negative"),
    "a fraction": (safetensors({"a": tensor(shape=[2.0])}), DAMAGED, "no whole number"),
    "an overflow": (safetensors({"a": tensor(shape=[2**32, 2**32])}), DAMAGED, "more elements than any file"),
    "many dimensions": (safetensors({"a": tensor(shape=[1] * 10**5)}), DAMAGED, "it has 100,000 dimensions"),
    "a shape too small": (safetensors({"a": tensor(shape=[1])}), DAMAGED, "1 elements of F32, its offsets span 8"),
    "offsets turned": (safetensors({"a": tensor(offsets=[8, 0])}), DAMAGED, "its offsets span -8"),
    "overlapping": (
        safetensors({"a": tensor(), "b": tensor(shape=[1], offsets=[4, 8])}),
        DAMAGED,
        "“a” and “b” overlap",
    ),
    "the same place": (safetensors({"a": tensor(), "b": tensor()}), DAMAGED, "overlap"),
    "a hole": (safetensors({"a": tensor(offsets=[4, 12])}, b"\0" * 12), DAMAGED, "take the bytes 4 to 12 of 12"),
    "cut off": (safetensors({"a": tensor()}, b"\0" * 7), DAMAGED, "take the bytes 0 to 8 of 7"),
    "hidden data": (safetensors({"a": tensor()}, b"\0" * 99), DAMAGED, "of 99 behind"),
}
ONNX = {
    "nothing in it": (number(1, 10), DAMAGED, "no graph"),
    "no message": (b"\x0f" * 40, DAMAGED, "no protobuf message"),
    "cut off": (model(initializer(2, data=b"\0" * 8))[:-1], DAMAGED, "longer than the message"),
    "a huge field": (model(varint(5 << 3 | 2) + varint(2**62)), DAMAGED, "longer than the message"),
    "an endless number": (b"\x08" + b"\xff" * 40, DAMAGED, "cut off, or too long"),
    "a negative size": (model(initializer(-1, -8, data=b"\0" * 32)), DAMAGED, "negative"),
    "an overflow": (model(initializer(2**32, 2**32)), DAMAGED, "more elements than any file"),
    "many dimensions": (model(initializer(*[1] * 1000, data=b"\0" * 4)), DAMAGED, "more than 64 dimensions"),
    "too little data": (model(initializer(2, data=b"\0" * 4)), DAMAGED, "2 elements of float32, its data has 4"),
    "hidden data": (model(initializer(1, data=b"\0" * 99)), DAMAGED, "1 elements of float32, its data has 99"),
    "another type": (model(initializer(1, dtype=99)), DAMAGED, "its type is none"),
    "a name twice": (model(*[initializer(1, data=b"\0" * 4)] * 2), DAMAGED, "two initializers of one graph"),
    "segments": (model(initializer(1, data=b"\0" * 4, rest=message(3, b""))), DAMAGED, "segments"),
    "recursive": (nested(DEEPEST + 1), DAMAGED, "stand within each other"),
    "very recursive": (nested(2000), DAMAGED, "stand within each other"),
    "a long name": (model(initializer(1, data=b"\0" * 4, name=b"n" * 10**6)), LARGE, "a name in it has 1,000,000"),
    "many fields": (number(1, 10) * 9999, LARGE, "more than 5,000 fields"),
    "up the folders": (model(external("../w")), "unsafe_path", "“../w”"),
    "an absolute path": (model(external("/etc/passwd")), "unsafe_path", "“/etc/passwd”"),
    "another place": (model(external("w", offset="-4")), DAMAGED, "no whole number"),
    "another length": (model(external("w", length="4")), DAMAGED, "another length"),
    "beyond its end": (
        model(external("short", offset="8")),
        DAMAGED,
        "need 16 bytes of the file “short”, which has 8",
    ),
    "overlapping": (
        model(external("short"), external("short", offset="4").replace(b"B\x05short", b"B\x05other")),
        DAMAGED,
        "two of its tensors overlap",
    ),
    "a link": (model(external("link")), "unsafe_path", "“link”"),
}


def refusal(path):
    with pytest.raises(Rejected) as caught:
        count([Source(str(path), path)])
    (issue,) = caught.value.problems
    assert issue.code in WEIGHT_CODES
    assert issue.fix
    return issue


CASES = {"safetensors": SAFETENSORS, "onnx": ONNX}


@pytest.mark.parametrize(("suffix", "name"), [(suffix, name) for suffix, names in CASES.items() for name in names])
def test_a_hostile_file_is_refused_in_words(tmp_path, monkeypatch, suffix, name):
    monkeypatch.setattr("evaluator.parameters.protobuf.MOST_FIELDS", 5000)
    content, code, words = CASES[suffix][name]
    (tmp_path / "short").write_bytes(bytes(8))
    (tmp_path / "link").symlink_to("/etc/hostname")
    path = tmp_path / f"model.{suffix}"
    path.write_bytes(content)
    issue = refusal(path)
    assert issue.code == code
    assert any(word in issue.found for word in words.split("|")), issue.found


def test_the_deepest_graphs_that_are_allowed_are_counted(tmp_path):
    (tmp_path / "m.onnx").write_bytes(nested(DEEPEST))
    assert count([Source("m.onnx", tmp_path / "m.onnx")]).parameters == 1


@pytest.mark.parametrize(
    ("name", "content", "code", "words"),
    [
        ("model.pt", lambda tmp: zipped(tmp, "model/data.pkl"), "pickle", "a pickle"),
        ("model.zip", lambda tmp: zipped(tmp, "archive/data.pkl"), "pickle", "a pickle"),
        ("pytorch_model.bin", lambda tmp: zipped(tmp, "x"), "pickle", "a pickle"),
        ("model.safetensors", lambda _: pickle.dumps({"a": [1.0] * 99}), "pickle", "a pickle"),
        ("model.npz", lambda tmp: zipped(tmp, "w.npy"), "other_weights", "a NumPy archive"),
        ("model.npy", lambda _: b"\x93NUMPY\1\0", "other_weights", "a NumPy array"),
        ("model.h5", lambda _: b"\x89HDF\r\n\x1a\n", "other_weights", "an HDF5 file"),
        ("model.tflite", lambda _: b"\x1c\0\0\0TFL3", "other_weights", "a TensorFlow Lite model"),
        ("model.safetensors", lambda _: b"", "other_weights", "an empty file"),
        ("notes.txt", lambda _: b"weights", "other_weights", "a file of another kind"),
    ],
)
def test_other_formats_are_refused_with_what_is_read(tmp_path, name, content, code, words):
    (tmp_path / name).write_bytes(content(tmp_path))
    issue = refusal(tmp_path / name)
    assert (issue.code, issue.expected) == (code, "safetensors or ONNX files")
    assert issue.found.startswith(words)
    assert "safetensors.torch" in issue.fix


def test_shards_that_contradict_each_other_or_are_missing_are_refused(tmp_path):
    first, second = (tmp_path / f"m-0000{number}-of-00002.safetensors" for number in (1, 2))
    first.write_bytes(save({"a": np.zeros(3, np.float32)}))
    issue = refusal(first)
    assert (issue.code, "m-00002-of-00002.safetensors" in issue.found) == ("missing_weights", True)
    second.write_bytes(save({"a": np.zeros(4, np.float32)}))
    assert "“a” is another in an earlier shard" in refusal(first).found
    index = tmp_path / "model.safetensors.index.json"
    for names, code in ({"a": "../b"}, "unsafe_path"), ({"a": "gone"}, "missing_weights"), (["a"], DAMAGED):
        index.write_text(json.dumps({"weight_map": names}))
        assert refusal(index).code == code


HONEST = {
    "safetensors": save({"a": np.zeros((3, 2), np.float32), "b": np.zeros(2, np.int64)}),
    "onnx": helper.make_model(
        helper.make_graph([], "g", [], [], [numpy_helper.from_array(np.zeros((3, 2), np.float32), "w")])
    ).SerializeToString(),
}


@given(
    suffix=st.sampled_from(sorted(HONEST)),
    changes=st.lists(st.tuples(st.integers(0, 200), st.binary(max_size=9)), min_size=1, max_size=4),
    length=st.integers(0, 300),
)
@settings(max_examples=50, deadline=None)
def test_no_damage_ends_in_anything_but_a_count_or_a_rejection(tmp_path_factory, suffix, changes, length):
    content = bytearray(HONEST[suffix])
    for at, new in changes:
        content[at : at + len(new)] = new
    path = tmp_path_factory.mktemp("w") / f"m.{suffix}"
    path.write_bytes(content[:length])
    try:
        counted = count([Source(str(path), path)])
    except Rejected:
        return
    assert counted.parameters <= 8 * path.stat().st_size


@pytest.mark.slow
def test_the_largest_headers_take_bounded_memory(tmp_path):
    fill = b"[]," * (LONGEST_HEADER // 3 - 10)
    (tmp_path / "wide.safetensors").write_bytes(safetensors(b'{"a":[' + fill + b"[]]}"))
    names = b"".join(message(5, message(8, b"%0999d" % n) + number(2, 1) + number(1, 0)) for n in range(10_000))
    (tmp_path / "names.onnx").write_bytes(model(names))
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({MEMORY}, {MEMORY})); "
    script = f"{limit}import sys; from evaluator.parameters.command import main; sys.exit(main())"
    for name, code in ("wide.safetensors", 2), ("names.onnx", 0):
        command = [sys.executable, "-c", script, tmp_path / name]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
        assert (done.returncode, done.stderr) == (code, "")
