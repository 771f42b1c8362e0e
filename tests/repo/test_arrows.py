"""Which package may import which: the table is the rule, and the tests hold the source to it."""

import ast
import graphlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

CONTRACT = {"evaluator.contract"}
LEAVES = {
    *(
        "acts",
        "admin_mixins",
        "admin_networks",
        "append_only",
        "atom",
        "background",
        "checks",
        "conditional",
        "contact",
        "cross_origin",
        "environment",
        "error_views",
        "evaluator_commands",
        "evaluator_process",
        "failpoints",
    ),
    *(
        "files",
        "joiners",
        "large_numbers",
        "leases",
        "markdown",
        "names",
        "post_only",
        "prepared_query",
        "problem_json",
        "sandbox",
        "setting_checks",
        "spreadsheets",
    ),
    *("time_format", "unique_sequence", "upload_middleware", "uploads", "utf8_request"),
}
TOOLS = {f"server.{name}" for name in LEAVES} | {"server.audit"}
APPS = {
    *("server.accounts", "server.outbox", "server.alarms", "server.teams", "server.tracks"),
    "server.submissions",
}

MAY_IMPORT = {
    "evaluator.contract": set(),
    "evaluator": CONTRACT,
    "server.audit": {
        *("server.admin_mixins", "server.append_only", "server.atom", "server.conditional", "server.cross_origin"),
    },
    "server.cross_origin": set(),
    "server.atom": {"server.conditional"},
    "server.conditional": set(),
    "server.background": {"server.leases"},
    "server.contact": set(),
    "server.checks": CONTRACT | {"server.environment", "server.sandbox"},
    "server.environment": set(),
    "server.large_numbers": set(),
    "server.setting_checks": {"server.environment"},
    "server.evaluator_process": CONTRACT | {"server.sandbox"},
    "server.evaluator_commands": CONTRACT | {"server.evaluator_process"},
    "server.sandbox": set(),
    "server.acts": set(),
    "server.append_only": set(),
    "server.failpoints": set(),
    "server.error_views": {"server.files", "server.problem_json", "server.uploads"},
    "server.files": set(),
    "server.head_middleware": set(),
    "server.embedded_broker": set(),
    "server.formats": set(),
    "server.template_loader": set(),
    "server.leases": {"server.error_views"},
    "server.upload_middleware": {"server.error_views", "server.files", "server.problem_json"},
    "server.joiners": set(),
    "server.names": {"server.joiners"},
    "server.markdown": set(),
    "server.post_only": set(),
    "server.prepared_query": set(),
    "server.time_format": set(),
    "server.admin_networks": set(),
    "server.unique_sequence": set(),
    "server.problem_json": set(),
    "server.admin_mixins": set(),
    "server.spreadsheets": set(),
    "server.part_headers": set(),
    "server.uploads": CONTRACT | {"server.files", "server.part_headers"},
    "server.utf8_request": set(),
    "server.web_connection": set(),
    "server.accounts": TOOLS,
    "server.outbox": TOOLS | {"server.accounts"},
    "server.alarms": TOOLS | {"server.accounts", "server.outbox"},
    "server.teams": TOOLS | {"server.accounts", "server.outbox"},
    "server.tracks": TOOLS | CONTRACT | {"server.accounts"},
    "server.submissions": TOOLS | CONTRACT | APPS - {"server.submissions"},
    "leaderboard": TOOLS | CONTRACT | APPS | {"server.announcements"},
    "server.announcements": TOOLS | APPS,
    "server.phases": TOOLS | APPS | {"server.announcements"},
    "server.site": TOOLS | CONTRACT | APPS | {"server.announcements", "server.verification", "leaderboard"},
    "server.rescores": TOOLS | CONTRACT | APPS | {"server.announcements", "leaderboard"},
    "server.erasure": TOOLS | APPS | {"server.results"},
    "server.verification": TOOLS | CONTRACT | APPS | {"leaderboard"},
    "server.results": TOOLS | CONTRACT | APPS | {"server.announcements", "server.rescores", "leaderboard"},
    "server.decisions": TOOLS | CONTRACT | APPS | {"leaderboard", "server.erasure"},
    "server.desk": TOOLS
    | CONTRACT
    | APPS
    | {"server.announcements", "server.rescores", "server.results", "server.verification", "leaderboard"},
    "server.api": TOOLS
    | CONTRACT
    | APPS
    | {"server.announcements", "server.decisions", "server.desk", "server.erasure", "server.phases"}
    | {"server.rescores", "server.results", "server.verification", "leaderboard"},
}
# These tie everything together; nobody imports them.
ON_TOP = {
    "server",
    "server.settings",
    "server.urls",
    "server.celery",
    "server.worker_jobs",
    "server.wsgi",
    "server.web_worker",
}


def test_every_import_between_packages_is_an_arrow_of_the_table():
    found = [fault for path in source_files() for fault in faults(path.read_text(), module_of(path))]
    assert not found, "\n".join(found)


def test_the_packages_import_each_other_in_no_circle():
    graph: dict[str, set[str]] = {}
    for path in source_files():
        package = package_of(module_of(path))
        imported = {package_of(name) for name in imports(path.read_text())}
        graph.setdefault(package, set()).update(imported - {package} - ON_TOP)
    assert list(graphlib.TopologicalSorter(graph).static_order())


def test_the_table_itself_has_no_circle():
    assert list(graphlib.TopologicalSorter(MAY_IMPORT).static_order())


def test_an_import_upwards_is_found():
    source = "def late():\n    from leaderboard import standings\n"
    assert faults(source, "server.teams.views") == ["server.teams.views imports leaderboard.standings"]


def test_only_the_contract_of_the_evaluator_may_be_imported():
    source = "from evaluator import contract\nimport evaluator.engine\n"
    assert faults(source, "server.submissions.tasks") == ["server.submissions.tasks imports evaluator.engine"]


def test_nobody_imports_what_stands_on_top():
    source = "from server.settings import DATA_DIR"
    assert faults(source, "server.files") == ["server.files imports server.settings.DATA_DIR"]


def test_a_package_without_a_line_in_the_table_is_found():
    assert faults("import server.teams", "server.mail") == ["server.mail has no line in the table"]


def source_files() -> list[Path]:
    folders = ("evaluator", "server", "leaderboard")
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def faults(source: str, module: str) -> list[str]:
    """What the source of a module imports against the table, as sentences."""
    package = package_of(module)
    if package in ON_TOP:
        return []
    if package not in MAY_IMPORT:
        return [f"{module} has no line in the table"]
    allowed = MAY_IMPORT[package] | {package}
    return [f"{module} imports {name}" for name in imports(source) if package_of(name) not in allowed]


def imports(source: str) -> list[str]:
    """The full names of ours that a module imports, wherever it does; ruff refuses relative ones."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return sorted(name for name in names if name.split(".")[0] in {"evaluator", "server", "leaderboard"})


def package_of(name: str) -> str:
    """The line of the table a module belongs to."""
    parts = name.split(".")
    if parts[:2] == ["evaluator", "contract"] or parts[0] == "server":
        return ".".join(parts[:2])
    return parts[0]
