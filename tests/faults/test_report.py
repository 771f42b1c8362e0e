"""The table of the faults tells what was broken, and stands between its marks."""

import pytest

from tests.faults import report

HEALED = {
    "fault": "worker killed",
    "setup": "embedded",
    "rounds": 20,
    **dict.fromkeys(report.COUNTED, 0),
    "slowest": 4.25,
    "skipped": "",
    "notes": [],
}
LEFT_OUT = HEALED | {"fault": "broker hangs", "rounds": 0, "skipped": "there is no Redis"}


def test_every_fault_that_ran_has_a_row_and_every_other_its_reason():
    text = report.table([HEALED, LEFT_OUT])
    assert "| worker killed | embedded | 20 | 0 | 0 | 0 | 0 | 4.2 s |\n" in text
    assert "| broker hangs |" not in text
    assert text.endswith("- embedded, broker hangs: left out, there is no Redis")


@pytest.mark.parametrize("kind", report.COUNTED)
def test_anything_lost_doubled_stuck_or_wrong_is_broken(kind):
    assert not report.broken([HEALED, LEFT_OUT])
    assert report.broken([HEALED, HEALED | {kind: 1}])


def test_a_run_in_which_nothing_ran_is_broken():
    assert report.broken([LEFT_OUT])


def test_a_table_replaces_the_one_before(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- faults -->\nold\n<!-- end of faults -->\nafter\n")
    report.write([HEALED], page)
    report.write([HEALED], page)
    text = page.read_text()
    assert text.startswith("before\n<!-- faults -->\nRun on ")
    assert text.endswith("<!-- end of faults -->\nafter\n")
    assert text.count("| worker killed |") == 1
    assert "old" not in text
