"""The limits that hostile archives are checked within do hold."""

import time

import limits
import pytest


def test_an_answer_comes_back_with_the_memory_that_it_took(tmp_path):
    small, memory = limits.in_a_child(lambda: "fine", tmp_path)
    large, more = limits.in_a_child(lambda: len(b"x" * 2**29), tmp_path)
    assert (small, large) == ("fine", 2**29)
    assert memory < limits.MEMORY < more


FAILURES = [(lambda: bytearray(3 * 2**30), "MemoryError"), (lambda: 1 // 0, "ZeroDivisionError")]


@pytest.mark.parametrize(("work", "error"), FAILURES)
def test_what_fails_in_a_child_is_told(work, error, tmp_path):
    with pytest.raises(AssertionError, match=error):
        limits.in_a_child(work, tmp_path)


def test_a_child_that_hangs_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "SECONDS", 1)
    with pytest.raises(AssertionError, match="did not end"):
        limits.in_a_child(lambda: time.sleep(60), tmp_path)
