"""Parameters are counted as the libraries that wrote the files count them, from headers alone."""

import json
import subprocess
import sys

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from safetensors import safe_open
from safetensors.numpy import save_file

from evaluator.contract import ParameterCount
from tests.evaluator.conftest import ROOT

SHAPES = st.lists(st.integers(0, 6), max_size=4).map(tuple)
DTYPES = st.sampled_from(["float32", "float16", "float64", "int8", "uint8", "int32", "int64", "uint16", "bool"])
ARRAYS = st.dictionaries(st.text(min_size=1, max_size=8), st.tuples(SHAPES, DTYPES), max_size=6)


def arrays(tensors):
    return {name: np.zeros(shape, dtype) for name, (shape, dtype) in tensors.items()}


def resnet(classes=1000):
    """Names and shapes of a small residual network, with buffers of batch normalisation."""
    layers = {"conv1.weight": (64, 3, 7, 7), "fc.weight": (classes, 64), "fc.bias": (classes,)}
    for name in ("weight", "bias", "running_mean", "running_var"):
        layers[f"bn1.{name}"] = (64,)
    made = {name: np.zeros(shape, np.float32) for name, shape in layers.items()}
    return made | {"bn1.num_batches_tracked": np.array(7, np.int64)}


def model(initializers=(), nodes=(), **more):
    output = [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)]
    graph = helper.make_graph(
        list(nodes), "g", [], output, [numpy_helper.from_array(a, n) for n, a in initializers]
    )
    return helper.make_model(graph, **more)


@pytest.fixture
def counted(run):
    def count(*arguments):
        answer = run("parameters", *arguments, "--json")
        assert answer.code == 0, answer.out + answer.err
        return ParameterCount.from_json(answer.out.splitlines()[-1])

    return count


@given(tensors=ARRAYS)
@settings(max_examples=20, deadline=None)
def test_safetensors_are_counted_as_the_library_reads_them(tmp_path_factory, tensors):
    path = tmp_path_factory.mktemp("w") / "model.safetensors"
    save_file(arrays(tensors), path, metadata={"format": "pt"})
    with safe_open(path, "numpy") as file:
        expected = sum(file.get_tensor(name).size for name in file.keys())  # noqa: SIM118 (no dict)
    found = counted_apart(path)
    assert (found.parameters, found.files[0].tensors) == (expected, len(tensors))


def counted_apart(*paths):
    """Count without leaving this process and without a fixture, which hypothesis would share."""
    from evaluator.parameters.models import count  # noqa: PLC0415
    from evaluator.parameters.sources import Source  # noqa: PLC0415

    return count([Source(str(path), path) for path in paths])


@given(tensors=ARRAYS, raw=st.booleans(), external=st.booleans())
@settings(max_examples=20, deadline=None)
def test_onnx_is_counted_as_the_library_reads_it(tmp_path_factory, tensors, raw, external):
    path = tmp_path_factory.mktemp("w") / "model.onnx"
    made = model()
    for name, array in arrays(tensors).items():
        dtype = helper.np_dtype_to_tensor_dtype(array.dtype)
        values = array.tobytes() if raw else array.ravel().tolist()
        made.graph.initializer.append(helper.make_tensor(name, dtype, array.shape, values, raw=raw))
    onnx.save(made, path, save_as_external_data=external, location="data.bin", size_threshold=0)
    read = onnx.load(path).graph.initializer
    expected = sum(numpy_helper.to_array(tensor).size for tensor in read)
    found = counted_apart(path)
    assert (found.parameters, found.constants, found.files[0].notes) == (expected, 0, ())
    assert found.files[0].tensors == len(read)


def test_every_type_of_either_library_has_its_size(tmp_path, counted):
    made = model()
    for name, number in TensorProto.DataType.items():
        if name not in {"UNDEFINED", "STRING"}:
            dtype = helper.tensor_dtype_to_np_dtype(number)
            made.graph.initializer.append(helper.make_tensor(name, number, (3, 5), np.zeros(15, dtype)))
    onnx.save(made, tmp_path / "all.onnx")
    found = counted(tmp_path / "all.onnx")
    assert set(found.dtypes.values()) == {15}
    assert found.parameters == 15 * len(made.graph.initializer)
    assert found.whole_numbers == 15 * 13  # bool, and ints and unsigned of 2 to 64 bits


def test_buffers_count_and_whole_numbers_are_told_apart(tmp_path, run, counted):
    save_file(resnet(), tmp_path / "resnet.safetensors")
    expected = sum(array.size for array in resnet().values())
    found = counted(tmp_path / "resnet.safetensors")
    assert (found.parameters, found.whole_numbers) == (expected, 1)
    said = run("parameters", tmp_path / "resnet.safetensors").out
    assert f"Total: {expected:,} parameters ({expected - 1:,} float32, 1 int64)." in said
    assert "buffers such as running means" in said


def shards(folder, *, index=True):
    """A model in three shards as transformers writes it; one tensor stands in two of them."""
    made = resnet()
    names = sorted(made)
    groups = [names[:3], names[3:6], [*names[6:], names[0]]]
    files = [f"model-{number:05}-of-00003.safetensors" for number in (1, 2, 3)]
    for file, group in zip(files, groups, strict=True):
        save_file({name: made[name] for name in group}, folder / file)
    if index:
        places = {name: file for file, group in zip(files, groups, strict=True) for name in group}
        (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": places}))
    return sum(array.size for array in made.values()), [folder / file for file in files]


def test_shards_are_one_model_however_they_are_named(tmp_path, counted):
    expected, files = shards(tmp_path)
    index = tmp_path / "model.safetensors.index.json"
    for named in ([index], files, [files[1]], [*files, index]):
        found = counted(*named)
        assert (found.parameters, len(found.files)) == (expected, 3)
    assert any("stand in an earlier shard" in note for file in found.files for note in file.notes)
    uploads = [word for file in [*files, index] for word in ("--named", f"weights/{file.name}", file)]
    assert counted(*uploads).parameters == expected


def test_the_same_names_in_two_models_of_an_ensemble_count_twice(tmp_path, counted):
    for name in ("one", "other"):
        save_file(resnet(), tmp_path / f"{name}.safetensors")
    assert counted(tmp_path / "one.safetensors", tmp_path / "other.safetensors").parameters == 2 * sum(
        array.size for array in resnet().values()
    )


def test_tied_weights_count_once_as_their_writers_store_them(tmp_path, counted):
    tied = np.ones((50, 8), np.float32)
    save_file({"embedding": tied}, tmp_path / "tied.safetensors")  # as save_model leaves out the second name
    made = model([("embedding", tied)], [helper.make_node("MatMul", ["embedding", "embedding"], ["y"])])
    onnx.save(made, tmp_path / "tied.onnx")
    for name in ("tied.safetensors", "tied.onnx"):
        assert counted(tmp_path / name).parameters == 400
    shared = model([("one", tied), ("other", tied)])
    onnx.save(shared, tmp_path / "shared.onnx", save_as_external_data=True, location="w", size_threshold=0)
    shared = onnx.load(tmp_path / "shared.onnx", load_external_data=False)
    for tensor in shared.graph.initializer:
        for entry in tensor.external_data:
            entry.value = "0" if entry.key == "offset" else entry.value
    onnx.save(shared, tmp_path / "shared.onnx")
    assert counted(tmp_path / "shared.onnx").parameters == 400


def test_graphs_within_graphs_sparse_tensors_functions_and_constants(tmp_path, counted):
    def constant(number, **attributes):
        return helper.make_node("Constant", [], [f"c{number}"], **attributes)

    inner = model([("w", np.zeros((2, 3), np.float32))], [constant(1, value_floats=[1.0, 2.0])]).graph
    values = numpy_helper.from_array(np.ones(4, np.float32), "s")
    sparse = helper.make_sparse_tensor(values, numpy_helper.from_array(np.arange(4), "i"), [100])
    nodes = [
        helper.make_node("If", ["c"], ["y"], then_branch=inner, else_branch=inner),
        constant(2, value=numpy_helper.from_array(np.zeros((5, 5), np.float32), "t")),
        constant(3, value_ints=[1, 2, 3]),
        helper.make_node("Conv", ["x"], ["z"], kernel_shape=[3, 3]),  # no numbers of a model
    ]
    function = helper.make_function(
        "d", "f", [], ["y"], [constant(4, value_floats=[1.0] * 7)], [helper.make_opsetid("", 20)]
    )
    made = model([("w", np.zeros(10, np.float16))], nodes, functions=[function])
    made.graph.sparse_initializer.append(sparse)
    made.graph.initializer.append(helper.make_tensor("words", TensorProto.STRING, [2], [b"a", b"b"]))
    onnx.save(made, tmp_path / "model.onnx")
    found = counted(tmp_path / "model.onnx")
    assert (found.parameters, found.constants) == (10 + 6 + 6 + 4, 2 + 2 + 25 + 3 + 7)
    assert found.total == found.parameters + found.constants


def test_external_data_that_was_not_given_is_said_to_be_unchecked(tmp_path, counted):
    made = model([("w", np.zeros((3, 4), np.float32))])
    onnx.save(made, tmp_path / "m.onnx", save_as_external_data=True, location="m.data", size_threshold=0)
    given = counted("--named", "m.onnx", tmp_path / "m.onnx", "--named", "m.data", tmp_path / "m.data")
    assert (given.parameters, given.files[0].notes, len(given.files)) == (12, (), 1)
    alone = counted("--named", "m.onnx", tmp_path / "m.onnx")
    assert alone.parameters == 12
    assert "m.data" in alone.files[0].notes[0]


def test_it_runs_without_numpy_and_without_site_packages(tmp_path):
    save_file(resnet(), tmp_path / "m.safetensors")
    command = [sys.executable, "-S", "-m", "evaluator", "parameters", tmp_path / "m.safetensors"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "parameters" in done.stdout
