"""The table of the faults tells what was broken, and stands between its marks."""

import pytest

from tests.faults import report

HEALED = {
    "fault": "worker killed",
    "setup": "embedded",
    "rounds": 20,
    **dict.fromkeys(report.COUNTED, 0),
    "slowest": 4.25,
    "waited": 2.5,
    "skipped": "",
    "notes": [],
}
USE = ["at the start, the worker fills 90 MB and has 12 files open"]


def run_of(*faults: dict) -> dict:
    return {"setup": "embedded", "minutes": 61, "use": USE, "faults": list(faults)}


LEFT_OUT = HEALED | {"fault": "broker hangs", "rounds": 0, "skipped": "there is no Redis"}


def test_every_fault_that_ran_has_a_row_and_every_other_its_reason():
    text = report.text([run_of(HEALED, LEFT_OUT)])
    assert text.startswith("- embedded: 20 rounds in 61 minutes; at the start, the worker fills 90 MB")
    assert "| worker killed | embedded | 20 | 0 | 0 | 0 | 0 | 4.2 s | 2.5 s |\n" in text
    assert "| broker hangs |" not in text
    assert text.endswith("- embedded, broker hangs: left out, there is no Redis")


@pytest.mark.parametrize("kind", report.COUNTED)
def test_anything_lost_doubled_stuck_or_wrong_is_broken(kind):
    assert not report.broken([run_of(HEALED, LEFT_OUT)])
    assert report.broken([run_of(HEALED), run_of(HEALED | {kind: 1})])


def test_a_run_in_which_nothing_ran_is_broken():
    assert report.broken([run_of(LEFT_OUT)])


def test_a_table_replaces_the_one_before(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- faults -->\nold\n<!-- end of faults -->\nafter\n")
    report.write([run_of(HEALED)], page)
    report.write([run_of(HEALED)], page)
    text = page.read_text()
    assert text.startswith("before\n<!-- faults -->\nRun on ")
    assert text.endswith("<!-- end of faults -->\nafter\n")
    assert text.count("| worker killed |") == 1
    assert "old" not in text
