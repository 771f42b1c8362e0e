"""The client as it is packed: complete and without anything else."""

import ast
import sys
import zipfile
from pathlib import Path

from running_lid import CLIENT

ROOT = CLIENT.parent


def test_the_wheel_has_the_whole_evaluator_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    client = {f"lid_client/{path.name}" for path in (CLIENT / "lid_client").glob("*.py")}
    evaluator = {f"lid_client/bundled/{path.relative_to(ROOT)}" for path in (ROOT / "evaluator").rglob("*.py")}
    assert names == client | evaluator


def test_it_imports_the_standard_library_and_the_evaluator_only():
    allowed = sys.stdlib_module_names | {"lid_client", "evaluator"}
    for path in (CLIENT / "lid_client").glob("*.py"):
        assert {name.split(".")[0] for name in imports(path)} <= allowed, path


def imports(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return names | {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
