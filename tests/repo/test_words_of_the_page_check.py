"""The submit page's script says all that the evaluator says of names, zips and headers, and nothing else."""

import re
from pathlib import Path

from evaluator.problem_texts import PHRASES, TEXTS

SCRIPTS = Path(__file__).resolve().parents[2] / "server/submissions/static/submissions/check"
NAMED = re.compile(r'"([a-z]\w*)"')
NEED_PIXELS = {"other_length", "other_contents", "damaged_png"}
NEED_TABLES_OF_LETTERS = {"code_page", "first_difference"}


def test_every_text_has_its_place_in_the_script():
    named = {word for script in SCRIPTS.glob("*.js") for word in NAMED.findall(script.read_text())}
    left_out = {**TEXTS, **PHRASES}.keys() - named
    assert left_out == NEED_PIXELS | NEED_TABLES_OF_LETTERS


def test_the_script_asks_for_no_text_that_is_missing():
    asked = re.compile(r'\b(rejected|problem|phrase)\("(\w+)"')
    for script in SCRIPTS.glob("*.js"):
        for kind, key in asked.findall(script.read_text()):
            assert key in (PHRASES if kind == "phrase" else TEXTS), f"{script.name}: {key}"
