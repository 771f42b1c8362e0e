"""What `parameters` finds in weight files: numbers by file and type, to JSON and back; and what it refuses."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

from evaluator.contract.outcome import printable, shown

WEIGHT_CODES = {
    "pickle": "a pickle, as torch.save writes it: reading one runs the code in it",
    "other_weights": "a file of another kind than safetensors or ONNX",
    "damaged_weights": "a file whose header is damaged, or does not describe the file",
    "weights_too_large": "a header with more in it than any model needs",
    "missing_weights": "a shard of a model that was not given",
    "unsafe_path": "a name of a further file that leads out of the model's folder",
}
WHOLE = ("int", "uint", "bool")  # how the names of types of whole numbers begin


@dataclass(frozen=True)
class CountedFile:
    """The numbers stored in one weight file, by type such as "float32", and those in constants of its graph.

    `tensors` is their number. `notes` are sentences: what is counted elsewhere, or was not checked.
    """

    name: str
    format: str
    tensors: int
    dtypes: dict[str, int]
    constants: int = 0
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", shown(self.name))
        object.__setattr__(self, "dtypes", _added([self.dtypes]))
        object.__setattr__(self, "notes", tuple(map(printable, self.notes)))

    @property
    def parameters(self) -> int:
        """All numbers that are stored as weights, of any type."""
        return sum(self.dtypes.values())


@dataclass(frozen=True)
class ParameterCount:
    """The numbers stored in all weight files of a model.

    Everything that is stored counts, also buffers such as the running means of batch normalisation: no file says
    which numbers were trained. `whole_numbers` of them are integers or truth values. `constants` are further
    numbers, written into nodes of an ONNX graph, where weights can stand too.
    """

    files: tuple[CountedFile, ...] = field(default_factory=tuple)

    @property
    def parameters(self) -> int:
        """All numbers that are stored as weights, of any type."""
        return sum(file.parameters for file in self.files)

    @property
    def constants(self) -> int:
        """All numbers in constants of graphs."""
        return sum(file.constants for file in self.files)

    @property
    def total(self) -> int:
        """Parameters and constants: no model has more."""
        return self.parameters + self.constants

    @property
    def dtypes(self) -> dict[str, int]:
        """The parameters by type, the most frequent first."""
        return _added(file.dtypes for file in self.files)

    @property
    def whole_numbers(self) -> int:
        """The parameters that are integers or truth values."""
        return sum(number for dtype, number in self.dtypes.items() if dtype.startswith(WHOLE))

    def to_json(self) -> str:
        """Return one line of JSON: the outcome `counted`."""
        sums = ("parameters", "constants", "total", "whole_numbers", "dtypes")
        files = [asdict(file) | {"parameters": file.parameters} for file in self.files]
        return json.dumps({"outcome": "counted", **{name: getattr(self, name) for name in sums}, "files": files})

    @classmethod
    def from_json(cls, line: str) -> ParameterCount:
        """Read what to_json returned. Raises ValueError for anything else."""
        try:
            outcome = json.loads(line)
            if outcome["outcome"] != "counted":
                raise ValueError(f"unknown outcome {outcome['outcome']!r}")
            files = [{**file, "notes": tuple(file["notes"])} for file in outcome["files"]]
            for file in files:
                del file["parameters"]
            return cls(tuple(CountedFile(**file) for file in files))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a count of the evaluator: {error!r}") from error


def _added(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total = Counter[str]()
    for each in counts:
        total.update(each)
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))
