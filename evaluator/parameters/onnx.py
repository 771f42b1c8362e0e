"""Counts the numbers of an ONNX model: initializers of its graphs, and constants in their nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from evaluator.contract import CountedFile, shown
from evaluator.parameters.onnx_tensors import TEXT, External, Tensor, read_tensor
from evaluator.parameters.protobuf import BYTES, Field, Messages, Span
from evaluator.parameters.refusals import Damaged, TooLarge
from evaluator.parameters.shards import in_words
from evaluator.parameters.sources import MOST_FILES, Source, Sources
from evaluator.parameters.tensors import Tally

MOST_TENSORS = 200_000
DEEPEST = 32  # graphs within each other; protobuf's own readers stop there too
FLOAT32 = 4  # bytes

# Fields, by message.
MODEL_GRAPH, MODEL_TRAINING, MODEL_FUNCTION = 7, 20, 25
GRAPH_NODE, GRAPH_INITIALIZER, GRAPH_SPARSE = 1, 5, 15
NODE_ATTRIBUTE, FUNCTION_NODE, FUNCTION_ATTRIBUTE = 5, 7, 11
NAME, TENSOR, GRAPH, FLOATS, INTS, TENSORS, GRAPHS, SPARSE, SPARSES = 1, 5, 6, 7, 8, 10, 11, 22, 23
SPARSE_VALUES = 1
LIST_OF_INTS = "value_ints"  # the attribute of a Constant that holds whole numbers


def count_onnx(source: Source, sources: Sources) -> CountedFile:
    """Count a model. Raises Rejected."""
    with source.open() as opened, in_words(source.name):
        model = Model(Messages(opened))
        model.read()
    notes = [*model.tally.notes, *(_checked(source, sources, model))]
    tally = model.tally
    return CountedFile(source.name, "ONNX", tally.tensors, dict(tally.dtypes), tally.constants, tuple(notes))


def _checked(source: Source, sources: Sources, model: Model) -> Iterator[str]:
    """Yield which further files were not given. Raises Rejected where one is too short, or regions overlap."""
    for location, regions in sorted(model.external.items()):
        file = sources.beside(source, location)
        size = file.size if file else None
        with in_words(source.name):
            _check_regions(location, sorted(regions), size)
        if size is None:
            yield f"The file “{shown(location)}” with data of its tensors was not given: its size was not checked."


def _check_regions(location: str, regions: list[External], size: int | None) -> None:
    for one, other in pairwise(regions):
        if one.end > other.begin:
            raise Damaged(f"two of its tensors overlap in the file “{shown(location)}”")
    last = max(region.end for region in regions)
    if size is not None and last > size:
        raise Damaged(f"its tensors need {last:,} bytes of the file “{shown(location)}”, which has {size:,}")


@dataclass
class Model:
    """Walks through one model; what it finds adds up in `tally`."""

    messages: Messages
    tally: Tally = field(default_factory=Tally)
    external: dict[str, set[External]] = field(default_factory=dict)
    tensors: int = 0

    def read(self) -> None:
        """Read the whole model. Raises Damaged, TooLarge."""
        graphs = 0
        for found in self._parts(self.messages.whole):
            graphs += found.number == MODEL_GRAPH
            if found.number == MODEL_GRAPH:
                self._graph(found.span, 1)
            elif found.number == MODEL_TRAINING:
                for part in self._parts(found.span):
                    self._graph(part.span, 1)
            elif found.number == MODEL_FUNCTION:
                self._function(found.span)
        if not graphs:
            raise Damaged("it holds no graph of ONNX")

    def _parts(self, message: Span) -> Iterator[Field]:
        """Yield the fields that may be messages."""
        return (found for found in self.messages.fields(message) if found.wire == BYTES)

    def _function(self, message: Span) -> None:
        for found in self._parts(message):
            if found.number == FUNCTION_NODE:
                self._node(found.span, 1)
            elif found.number == FUNCTION_ATTRIBUTE:
                self._attribute(found.span, 1)

    def _graph(self, message: Span, depth: int) -> None:
        if depth > DEEPEST:
            raise Damaged(f"more than {DEEPEST} of its graphs stand within each other")
        names = set[str]()
        for found in self._parts(message):
            if found.number == GRAPH_NODE:
                self._node(found.span, depth)
            elif found.number in {GRAPH_INITIALIZER, GRAPH_SPARSE}:
                read = self._sparse if found.number == GRAPH_SPARSE else self._dense
                self._initializer(read(found.span), names)

    def _initializer(self, tensor: Tensor, names: set[str]) -> None:
        if tensor.name in names:
            raise Damaged(f"two initializers of one graph are called “{shown(tensor.name)}”")
        names.add(tensor.name)
        if self._is_new(tensor):
            self.tally.add(tensor.dtype, tensor.elements)

    def _is_new(self, tensor: Tensor) -> bool:
        """Whether it holds numbers that were not counted: tensors may share their bytes of a further file."""
        if tensor.external and tensor.elements:
            regions = self.external.setdefault(tensor.external.location, set())
            if len(self.external) > MOST_FILES:
                raise TooLarge(f"its data stands in more than {MOST_FILES:,} files; fewer, as any model has")
            if tensor.external in regions:
                return False
            regions.add(tensor.external)
        return tensor.dtype != TEXT

    def _dense(self, message: Span) -> Tensor:
        self.tensors += 1
        if self.tensors > MOST_TENSORS:
            raise TooLarge(f"it has more than {MOST_TENSORS:,} tensors; fewer, as any model has")
        return read_tensor(self.messages, message)

    def _sparse(self, message: Span) -> Tensor:
        """Return the values of a sparse tensor: the other elements are 0, and not stored."""
        values = [part.span for part in self._parts(message) if part.number == SPARSE_VALUES]
        if len(values) != 1:
            raise Damaged("a sparse tensor has no values")
        return self._dense(values[0])

    def _node(self, message: Span, depth: int) -> None:
        for found in self._parts(message):
            if found.number == NODE_ATTRIBUTE:
                self._attribute(found.span, depth)

    def _attribute(self, message: Span, depth: int) -> None:
        """Count the numbers in an attribute: tensors, and lists of floats or of a Constant's whole numbers."""
        name, floats, ints = "", 0, 0
        tensors: dict[int, Callable[[Span], Tensor]] = {TENSOR: self._dense, TENSORS: self._dense}
        tensors |= {SPARSE: self._sparse, SPARSES: self._sparse}
        for found in self.messages.fields(message):
            if found.number == FLOATS:
                floats += found.span.length // FLOAT32
            elif found.number == INTS:
                ints += sum(1 for _ in self.messages.varints(found))
            elif found.wire == BYTES and found.number == NAME:
                name = self.messages.text(found.span)
            elif found.wire == BYTES and found.number in {GRAPH, GRAPHS}:
                self._graph(found.span, depth + 1)
            elif found.wire == BYTES and found.number in tensors:
                tensor = tensors[found.number](found.span)
                floats += tensor.elements if self._is_new(tensor) else 0
        self.tally.constants += floats + (ints if name == LIST_OF_INTS else 0)
