"""Templates and static files are used, short of line, and mean the same after formatting."""

import os
import re
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import django
import pytest
from django.apps import apps
from django.contrib.staticfiles import finders
from django.template import engines
from template_outline import outlines

ROOT = Path(__file__).resolve().parents[2]
CODE = ("evaluator", "leaderboard", "server")
FILES = [path for folder in CODE for path in sorted((ROOT / folder).rglob("*")) if path.is_file()]
TEMPLATES = [path for path in FILES if "templates" in path.parts]
PAGES = [path for path in TEMPLATES if path.suffix == ".html"]
STATIC = [path for path in FILES if "static" in path.parts]
FOUND_BY_DJANGO = {"400.html", "403.html", "403_csrf.html", "404.html", "500.html"}  # by name, as errors come
LONGEST_LINE = 120
ONE_TAG = re.compile(r"\s*\{(%((?!%\}).)*%|#.*#)\}")  # Django reads no tag and no comment over several lines
VERBATIM_OR_SPACE = re.compile(r"(<(pre|script|style|textarea)\b.*?</\2>)|\s+", re.DOTALL)


@pytest.fixture(scope="module")
def engine():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "server.settings")
    django.setup()
    return engines["django"].engine


@pytest.fixture(scope="module")
def formatted(tmp_path_factory):
    """All pages, packed into as few lines as may be and formatted again, by their path from the root."""
    folder = tmp_path_factory.mktemp("formatted")
    for path in PAGES:
        packed = folder / path.relative_to(ROOT)
        packed.parent.mkdir(parents=True, exist_ok=True)
        packed.write_text(pack(path.read_text()))
    program = Path(sys.executable).with_name("djangofmt")
    subprocess.run(
        [program, "--quiet", folder], cwd=ROOT, check=False
    )  # one that it cannot read it leaves as it is
    return folder


@pytest.mark.parametrize("page", PAGES, ids=lambda path: name_of(path, "templates"))
def test_formatting_a_page_changes_nothing_that_a_reader_sees(engine, formatted, page):
    again = (formatted / page.relative_to(ROOT)).read_text()
    assert outlines(engine, again, 20) == outlines(engine, page.read_text(), 20)


@pytest.mark.parametrize(
    "spaced", [" {% if b %}c{% endif %}", "{% if b %}c{% endif %}", "{% if b %} c {% endif %}"]
)
def test_white_space_that_is_seen_makes_a_difference(engine, spaced):
    assert outlines(engine, "a{% if b %} c{% endif %}d", 20) != outlines(engine, f"a{spaced}d", 20)


def test_white_space_that_is_not_seen_makes_none(engine):
    packed = '<ul class="a b">{% for one in all %}<li><b>{{ one }}</b> is</li>{% endfor %}</ul>'
    loose = '<ul\n  class="a b"\n>\n  {% for one in all %}\n<li> <b>{{one}}</b>\nis </li>{% endfor %}</ul>'
    assert outlines(engine, packed, 20) == outlines(engine, loose, 20)


def test_no_line_of_a_page_is_too_long_but_for_a_tag_that_cannot_be_broken():
    lines = [(path, line) for path in PAGES for line in path.read_text().splitlines()]
    long = [(path, line) for path, line in lines if len(line) > LONGEST_LINE and not ONE_TAG.fullmatch(line)]
    assert not long, "\n".join(f"{path.relative_to(ROOT)}: {line.strip()[:80]}…" for path, line in long)


def test_every_template_is_used(engine):
    theirs = [Path(app.path) / "templates" for app in apps.get_app_configs() if app.name.split(".")[0] not in CODE]
    theirs += [Path(django.__file__).parent / "forms" / "templates"]
    names = {name_of(path, "templates") for path in TEMPLATES} - FOUND_BY_DJANGO
    replaced = {name for name in names if any((folder / name).exists() for folder in theirs)}
    assert not_named(names - replaced) == []


def test_every_static_file_is_used(engine):
    assert all(finders.find(name_of(path, "static")) == str(path) for path in STATIC)
    assert not_named({name_of(path, "static") for path in STATIC}) == []


def name_of(path: Path, folder: str) -> str:
    """How code names a template or a static file: its path below the folder."""
    return "/".join(path.parts[path.parts.index(folder) + 1 :])


def not_named(names: set[str]) -> list[str]:
    """Those that stand in no file as a quoted string; where one has a part in braces, any word may stand there."""
    texts = [path.read_text() for path in FILES if path.suffix in {".py", ".html", ".txt", ".css", ".js"}]
    quoted = {word for text in texts for word in re.findall(r"""["']([\w./{}-]+\.\w+)["']""", text)}
    patterns = [re.sub(r"\{\w+\}", "*", word) for word in quoted if re.fullmatch(r"[\w/-]+/\{\w+\}[\w./-]+", word)]
    return sorted(name for name in names - quoted if not any(fnmatch(name, pattern) for pattern in patterns))


def pack(source: str) -> str:
    """The same template with each run of white space as one space, but where every space counts."""
    return VERBATIM_OR_SPACE.sub(lambda match: match[1] or " ", source)
