"""The check in the page says of an archive what the server would, in the same words."""

import base64
from pathlib import Path
from random import Random

import hostile_zips
import pytest
from all_archives import archives
from faulty_zips import picture, saved, zipped
from fuzz_archive import LARGEST_SEED, mutated
from playwright.sync_api import Page

from evaluator.contract import Manifest, Rejected, grouped
from evaluator.engine import check as check_pixels
from evaluator.inspection import MapRules, inspected
from evaluator.png.header import FORMATS
from server.tracks.services import manifests_beside
from tests.browser.conftest import log_in
from tests.fixtures import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MUTATED, SEED = 200, 1
# What takes tables of letters or larger numbers than a script has.
LEFT_TO_THE_SERVER = {
    *("zip64-directory-of-2-to-the-63", "zip64-directory-at-2-to-the-64", "zip64-count-of-2-to-the-63"),
    *("zip64-field-of-2-to-the-64", "stranger-that-says-16-eib", "nul-before-the-ending", "newline", "escape"),
    *("c1-control", "bidi-override", "bidi-isolate"),
    *("same-image-full-width", "same-image-compatible-letters", "corpus-libzip-incons-zip64-checkcons-overflow"),
}
CHECK = """async archives => {
  const told = JSON.parse(check.textContent);
  const manifest = URL.createObjectURL(await (await fetch(told.manifest)).blob());
  const worker = new Worker(document.querySelector("[data-check]").dataset.worker);
  const outcomes = [];
  for (const archive of archives) {
    const bytes = Uint8Array.from(atob(archive), letter => letter.charCodeAt(0));
    outcomes.push(await new Promise(resolve => {
      worker.onmessage = ({ data }) => data.outcome && resolve(data);
      worker.onerror = ({ message }) => resolve({ outcome: "broken", message });
      worker.postMessage({ ...told, manifest, file: new File([bytes], "results.zip") });
    }));
  }
  worker.terminate();
  return outcomes;
}"""


@pytest.fixture
def check(page: Page, web, phase, alice):
    """What the page says of archives, by their bytes."""
    log_in(page, alice.email, PASSWORD, to=phase.submit_url)

    def outcomes(contents: list[bytes]) -> list[dict]:
        return page.evaluate(CHECK, [base64.b64encode(one).decode() for one in contents])

    return outcomes


@pytest.fixture
def by_server(truth, tmp_path):
    """What the server says of an archive by its names, headers and palettes, in the page's form."""
    manifest = Manifest.from_json(truth.row.manifest_path.read_bytes())
    rules = MapRules(FORMATS[manifest.pixel_format], manifest.resizes)
    beside = manifests_beside(truth.rule).items()
    others = [(title, Manifest.from_json(path.read_bytes())) for title, path in beside]

    def outcome(content: bytes) -> dict:
        path: Path = tmp_path / "results.zip"
        path.write_bytes(content)
        try:
            with inspected(path, manifest, rules, others=others) as found:
                if found.has_palettes:
                    refuse_palettes(path, manifest)
                return {"outcome": "fine", "warnings": list(found.warnings), "images": len(manifest.images)}
        except Rejected as rejection:
            groups = grouped(map(vars, rejection.problems))
            return {"outcome": "faulty", "count": rejection.problem_count, "groups": groups}

    return outcome


def refuse_palettes(path: Path, manifest: Manifest) -> None:
    """Raises Rejected with the problems of palettes that no pixel can mend."""
    try:
        check_pixels(path, manifest)
    except Rejected as rejection:
        if known := [problem for problem in rejection.problems if 'convert("P")' in problem.found]:
            raise Rejected(known) from rejection


def differences(page: dict, server: dict) -> list[str]:
    """In what the page's outcome differs from the server's."""
    if page["outcome"] != "faulty" or server["outcome"] != "faulty":
        return [] if page == server else [f"page {page}, server {server}"]
    groups = server["groups"][:20]
    wrong = [] if page["count"] == server["count"] else [f"{page['count']} problems, not {server['count']}"]
    told = [(one["code"], one["found"], one["expected"], one["fix"]) for one in page["groups"]]
    wrong += [
        f"page {one}, server {group.key}" for one, group in zip(told, groups, strict=False) if one != group.key
    ]
    wrong += [] if len(told) == len(groups) else [f"{len(told)} groups, not {len(groups)}"]
    for one, group in zip(page["groups"], groups, strict=False):
        if one["files"] != group.files[: len(one["files"])] or len(one["files"]) + one["more"] != len(group.files):
            wrong.append(f"page {one['files']} and {one['more']} more, server {group.files}")
    shown = sum(len(one["files"]) for one in page["groups"])
    return wrong + ([] if shown == min(20, sum(len(group.files) for group in groups)) else [f"{shown} files"])


def test_of_every_archive_page_and_server_say_the_same(check, by_server, truth):
    cases = archives()
    contents = [case.build(truth.honest()) for case in cases]
    said = check(contents)
    left = {case.name for case, outcome in zip(cases, said, strict=True) if outcome["outcome"] == "unknown"}
    wrong = [
        (case.name, differences(outcome, by_server(content)))
        for case, content, outcome in zip(cases, contents, said, strict=True)
        if case.name not in left
    ]
    assert [one for one in wrong if one[1]] == []
    assert left == LEFT_TO_THE_SERVER & {case.name for case in cases}


def test_of_archives_changed_at_random_page_and_server_say_the_same(check, by_server, truth):
    honest = truth.honest()
    seeds = [content for case in hostile_zips.CASES if len(content := case.build(honest)) < LARGEST_SEED]
    contents = [mutated(seeds, generator) for generator in [Random(SEED)] for _ in range(MUTATED)]
    wrong = [
        (number, differences(outcome, by_server(content)))
        for number, (content, outcome) in enumerate(zip(contents, check(contents), strict=True))
        if outcome["outcome"] != "unknown"
    ]
    assert [one for one in wrong if one[1]] == []
    assert len(wrong) > 0.9 * MUTATED


def test_colours_whose_indices_are_no_labels_are_recognised(check, by_server, truth):
    maps = [(name, picture(png).convert("RGB").convert("P")) for name, png in truth.honest().items()]
    archive = zipped((f"{name}.png", saved(image)) for name, image in maps)
    (outcome,) = check([archive])
    assert outcome["groups"][0]["code"] == "ambiguous_palette"
    assert differences(outcome, by_server(archive)) == []
