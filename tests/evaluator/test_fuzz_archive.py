"""A few thousand mutated zips, the same every time: read, or Rejected; the long run is fuzz_archive's own."""

from fuzz_archive import fuzz


def test_mutated_zips_are_read_or_rejected_and_never_read_otherwise_than_by_zipfile(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done, accepted = fuzz(2020, inputs=4000)
    assert done == 4000
    assert accepted > 100  # it reaches the insides
