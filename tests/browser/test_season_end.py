"""From the close of a phase to the next edition: cases, verdicts, winners, paper pack, and boards that stay."""

import io
import re
import shutil
import struct
import subprocess
import zipfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Page, expect

from leaderboard.models import IntervalJob
from server.results.models import FinalResults, PaperPack
from server.submissions.models import Evaluation, Submission
from server.teams import services as teams
from server.tracks.models import Edition, Phase
from server.verification.models import CaseFile, VerificationCase
from tests.browser.axe import expect_axe_finds_nothing
from tests.browser.conftest import log_in
from tests.browser.screenshots import take
from tests.fixtures import PASSWORD
from tests.processes import eventually

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TEAMS = {"ann": 0.9, "ben": 0.8, "cleo": 0.7, "dan": 0.6}
DECLARED, COUNTED = "25,600,000", 160_000_000
CHANGED = 0.001  # of all pixels of the predictions that are not reproduced to the bit


@dataclass
class Season:
    people: dict[str, object]
    archives: dict[str, bytes]
    phase: Phase

    def case(self, team: str) -> VerificationCase:
        return VerificationCase.objects.get(submission__team__name=team)


@pytest.fixture
def season(person, submitted, truth, phase, mailing_worker):
    """Four ranked teams of a phase that has just closed; no other phase has a row."""
    people, archives = {}, {}
    for seed, (name, skill) in enumerate(TEAMS.items()):
        people[name], archives[name] = person(name.title()), truth.guessed(skill, seed)
        teams.create_team(user=people[name], name=name, affiliation="")
        submitted(people[name], content=archives[name], method=f"Method of {name}")
    eventually(lambda: Evaluation.objects.filter(state="scored").count() == len(TEAMS), 120)
    Phase.objects.filter(pk=phase.pk).update(closes_at=timezone.now())
    return Season(people, archives, Phase.objects.get(pk=phase.pk))


@pytest.fixture
def weights(tmp_path) -> Path:
    """A file of 160 million parameters of a byte, all but its header a hole."""
    header = (
        f'{{"w":{{"dtype":"F8_E4M3","shape":[{COUNTED // 1000},1000],"data_offsets":[0,{COUNTED}]}}}}'.encode()
    )
    path = tmp_path / "model.safetensors"
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        file.truncate(8 + len(header) + COUNTED)
    return path


def nearly(archive: bytes) -> tuple[bytes, float]:
    """The archive with a thousandth of its pixels changed in one image, and the percentage that is equal."""
    with zipfile.ZipFile(io.BytesIO(archive)) as read:
        maps = {name: np.array(Image.open(io.BytesIO(read.read(name)))) for name in read.namelist()}
    total = sum(each.size for each in maps.values())
    first, wrong = maps[min(maps)], round(CHANGED * total)
    first.flat[:wrong] = (first.flat[:wrong] + 1) % 200
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as written:
        for name, pixels in maps.items():
            png = io.BytesIO()
            Image.fromarray(pixels).save(png, "PNG")
            written.writestr(name, png.getvalue())
    return file.getvalue(), 100 * (1 - wrong / total)


def test_from_the_close_to_the_next_edition(open_browser, season, weights, organiser, client, tmp_path):
    page = open_browser()
    log_in(page, organiser.email, PASSWORD, to="/organisers/")
    open_the_cases(page, season)
    ann = open_browser()
    log_in(ann, "ann@example.org", PASSWORD, to="/team/")
    send_weights(ann, season, weights)
    reject_and_call_up(page, season)
    for team in ("ben", "cleo", "dan"):
        send_a_link(open_browser(), season, team)
    reproduce(page, season)
    accept(page, season, "dan")
    publish_winners(page, client, season)
    read_the_paper_pack(page, season, tmp_path / "pack")
    eventually(lambda: IntervalJob.objects.filter(phase=season.phase).exists() and not IntervalJob.objects.stale())
    before = everything_of(client, season.phase)
    open_the_next_edition(page, season.phase.track.edition)
    assert everything_of(client, season.phase) == before


def open_the_cases(page: Page, season: Season) -> None:
    page.get_by_role("link", name=f"Open cases for the top 3 of {season.phase}").click()
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(3)
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("main")).to_contain_text("ann")
    take(page, "open-cases")
    expect_axe_finds_nothing(page)
    page.get_by_role("button", name="Open the cases").click()
    expect(page.locator(".callout.success")).to_contain_text("Opened")
    found = VerificationCase.objects.values_list("submission__team__name", flat=True)
    assert {*found} == {"ann", "ben", "cleo"}


def send_weights(page: Page, season: Season, weights: Path) -> None:
    """The declared 25.6 million turn out to be 160 million, above the track's limit."""
    page.goto(f"/team/verification/{season.case('ann').pk}/")
    page.get_by_label("weights").check()
    page.locator("input[type=file]").set_input_files(weights)
    page.get_by_role("button", name="Upload").click()
    eventually(lambda: CaseFile.objects.filter(kind="weights").exclude(outcome=None).exists(), 60)
    page.reload()
    expect(page.locator("main")).to_contain_text(f"{COUNTED:,}")
    take(page, "case-of-a-team")
    expect_axe_finds_nothing(page)


def reject_and_call_up(page: Page, season: Season) -> None:
    page.goto(f"/organisers/verification/{season.case('ann').pk}/")
    for number in (DECLARED, f"{COUNTED:,}"):
        expect(page.locator("main")).to_contain_text(number)
    take(page, "case-of-organisers")
    page.get_by_role("link", name="Reject").click()
    page.get_by_label("disqualify the row").check()
    page.get_by_label("Reason").fill("The weights have 160 million parameters; the limit is 150 million.")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("main")).to_contain_text("dan")
    take(page, "verdict")
    page.locator("button[name=confirm]").click()
    expect(page.locator(".callout.success")).to_be_visible()
    assert season.case("dan").state == "requested"


def reproduce(page: Page, season: Season) -> None:
    """One to the bit, one but for a thousandth of the pixels."""
    almost, share = nearly(season.archives["cleo"])
    for team, archive, said in (
        ("ben", season.archives["ben"], "100 % of all pixels are equal; 12 of 12 images"),
        ("cleo", almost, f"{share:.1f} % of all pixels are equal; 11 of 12 images"),
    ):
        page.goto(f"/organisers/verification/{season.case(team).pk}/")
        file = {"name": "again.zip", "mimeType": "application/zip", "buffer": archive}
        page.locator("input[type=file]").set_input_files(file)
        page.get_by_role("button", name="Upload").click()
        own = CaseFile.objects.filter(kind="predictions", case=season.case(team))
        eventually(lambda own=own: own.exclude(outcome=None).exists(), 60)
        page.reload()
        expect(page.locator("main")).to_contain_text(said)
        take(page, f"reproduced-{team}")
        expect_axe_finds_nothing(page)
        accept(page, season, team)
    assert Submission.objects.count() == len(TEAMS), "reproduced predictions are no submissions"


def accept(page: Page, season: Season, team: str) -> None:
    page.goto(f"/organisers/verification/{season.case(team).pk}/")
    page.get_by_role("link", name="Accept", exact=True).click()
    page.get_by_label("Reason").fill("Reproduced.")
    page.get_by_role("button", name="Preview").click()
    page.locator("button[name=confirm]").click()
    expect(page.locator(".callout.success")).to_be_visible()
    assert season.case(team).state == "accepted"


def send_a_link(page: Page, season: Season, team: str) -> None:
    log_in(page, f"{team}@example.org", PASSWORD, to=f"/team/verification/{season.case(team).pk}/")
    page.get_by_label("Link to the repository").fill(f"https://code.example.org/{team}")
    page.get_by_label("Commit").fill("1f3870be27")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text("1f3870be27")


def publish_winners(page: Page, client, season: Season) -> None:
    page.goto("/organisers/results/")
    page.get_by_role("checkbox", name=str(season.phase)).check()
    page.get_by_role("button", name="Publish final results").click()
    expect(page.locator("ol.winners li")).to_have_count(3)
    page.get_by_label("Reason").fill("All three are verified.")
    if (confirmed := page.get_by_label("The results are final")).count():
        confirmed.check()
    take(page, "publish-results")
    page.get_by_role("button", name="Publish now").click()
    expect(page.locator(".callout.success")).to_be_visible()
    page.goto("/")
    winners = page.locator("ol.winners").first.locator("li b")
    assert winners.all_inner_texts() == ["ben", "cleo", "dan"]
    take(page, "front-page")
    expect_axe_finds_nothing(page)
    page.goto(FinalResults.objects.get().get_absolute_url())
    take(page, "results")
    expect_axe_finds_nothing(page)


def read_the_paper_pack(page: Page, season: Season, folder: Path) -> None:
    page.goto("/organisers/results/")
    page.get_by_role("checkbox", name=str(season.phase)).check()
    page.get_by_role("button", name="Paper pack").click()
    page.get_by_role("button", name="Make it").click()
    eventually(lambda: PaperPack.objects.filter(state="ready").exists(), 60)
    page.reload()
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download").click()
    with zipfile.ZipFile(downloading.value.path()) as pack:
        pack.extractall(folder)
    assert "ben@example.org" in (folder / "members.csv").read_text()
    inputs = re.findall(r"\\input\{([^}]+)\}", (folder / "main.tex").read_text())
    assert inputs
    assert all((folder / name).is_file() for name in inputs)
    if shutil.which("pdflatex"):
        subprocess.run(["pdflatex", "-halt-on-error", "main.tex"], cwd=folder, check=True, capture_output=True)
        assert (folder / "main.pdf").stat().st_size
    else:
        print("no pdflatex here: main.tex was not compiled")  # noqa: T201


def everything_of(client, phase: Phase) -> list[bytes]:
    """The board's files without the clock, and those of the final results as they are."""
    results = FinalResults.objects.get()
    boards = [client.get(f"{phase.get_absolute_url()}export.{extension}") for extension in ("csv", "json", "tex")]
    names = [[phase.track.slug, phase.slug, results.number, file.name] for file in results.files.all()]
    files = [client.get(reverse("results:file", args=name)) for name in names]
    assert {answer.status_code for answer in boards + files} == {200}
    contents = [b"".join(answer) if answer.streaming else answer.content for answer in files]
    return [re.sub(rb"\d{4}-\d\d-\d\dT[\d:]+Z", b"", answer.content) for answer in boards] + contents


def open_the_next_edition(page: Page, last: Edition) -> None:
    page.goto("/organisers/editions/")
    page.get_by_label("Title").fill("2021")
    page.get_by_label("Starts on").fill(f"{timezone.now() + timedelta(days=30):%Y-%m-%d}")
    page.get_by_role("button", name="Show the copies").click()
    page.get_by_role("button", name="Show what will be created").click()
    expect(page.locator("#preview")).to_be_visible()
    take(page, "open-edition")
    page.get_by_label("Reason").fill("The challenge goes on.")
    page.get_by_role("button", name="Create the edition").click()
    expect(page.locator(".callout.success")).to_contain_text("2021")
    page.get_by_role("link", name="List it").click()
    page.get_by_label("Reason").fill("All is ready.")
    page.get_by_role("button", name="List it").click()
    expect(page.locator(".callout.success")).to_contain_text("listed")
    take(page, "edition")
    assert Edition.objects.current().title == "2021"
    page.goto("/")
    expect(page.locator("main")).to_contain_text("Challenge 2021 opens")
    take(page, "front-page-of-the-next")
    page.goto("/archive/lid-2020/")
    expect(page.locator("main")).to_contain_text(last.title)
