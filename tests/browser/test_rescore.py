"""A wrong mask is found late: the corrected ground truth is tried, read and published, while readers look on."""

import io
import json
import re
import shutil
import threading
import zipfile
from datetime import timedelta
from urllib.request import urlopen

import numpy as np
import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from leaderboard.cache.cache import board_cache
from server.outbox.models import OutboxEmail
from server.rescores import significance_job
from server.rescores.models import Rescore
from server.site.demo_data import IGNORED
from server.submissions.models import Evaluation, Slot
from server.teams import services as teams
from server.tracks.models import GroundTruth, Phase
from tests.browser.axe import expect_axe_finds_nothing
from tests.browser.conftest import DESKTOP, log_in
from tests.browser.screenshots import take
from tests.fixtures import PASSWORD
from tests.ground_truths import distinct
from tests.processes import eventually
from tests.rescoring import draw_corrected

pytestmark = [pytest.mark.browser, pytest.mark.both_setups, pytest.mark.django_db(transaction=True)]
REASON = "One mask was upside down."
TEAMS, IMAGES, MANY = 6, 30, 20  # below 30 images no move is called significant
WRONG = 3  # the number of the wrong mask


@pytest.fixture
def truth(install_truth):
    return install_truth("segmentation", images=IMAGES)


@pytest.fixture
def closed_phase(open_phase, phase):
    now = timezone.now()
    dates = {"opens_at": now - timedelta(days=9), "closes_at": now + timedelta(days=1)}
    return open_phase(slug="before", title="Before", **dates)


@pytest.fixture
def season(person, submitted, truth, phase, closed_phase, web, mailing_worker):
    """Twelve submissions of six teams to an open and a closed phase, all scored."""
    Phase.objects.filter(split="test").exclude(pk__in=[phase.pk, closed_phase.pk]).delete()
    people = []
    for number in range(TEAMS):
        user = person(f"Person{number}")
        people.append(user)
        teams.create_team(user=user, name=f"team {number}", affiliation="")
        for where in (phase, closed_phase):
            guess = distinct(guess_of(truth, number))
            submitted(user, phase=where, content=guess, method=f"method {number}")
    eventually(lambda: Evaluation.objects.filter(state="scored").count() == 2 * TEAMS, 120)
    Phase.objects.filter(pk=closed_phase.pk).update(closes_at=timezone.now())
    return people


def guess_of(truth, number: int) -> bytes:
    """Each team better than the one before; but the last one is the one before with the corrected mask."""
    if number < TEAMS - 1:
        return truth.guessed(0.4 + 0.1 * number, number)
    name, mask = list(truth.split.images.items())[WRONG]
    picture, archive = io.BytesIO(), io.BytesIO()
    Image.fromarray(np.where(mask == IGNORED, 0, mask)[::-1]).save(picture, "PNG")
    with zipfile.ZipFile(archive, "w") as new, zipfile.ZipFile(io.BytesIO(guess_of(truth, number - 1))) as old:
        for member in old.namelist():
            new.writestr(member, picture.getvalue() if name in member else old.read(member))
    return archive.getvalue()


class Reader(threading.Thread):
    """Reads a board over and over, and notes the different tables that it saw."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url, self.seen, self.reads, self.stopping = url, [], 0, threading.Event()

    def run(self) -> None:
        while not self.stopping.wait(0.1):
            with urlopen(self.url) as answer:  # noqa: S310  (our own server)
                rows = rows_in(self.url, answer.read().decode())
            self.reads += 1
            if rows not in self.seen:
                self.seen.append(rows)

    def stop(self) -> None:
        """Raises AssertionError if it ended before, as after an error."""
        assert self.is_alive()
        self.stopping.set()
        self.join()
        assert self.reads > MANY, self.url


def rows_in(url: str, body: str) -> list[tuple[str, ...]]:
    """The board's rows by the page or the API: team and score in their order, and the rank by the API."""
    if "/api/" in url:
        rows = json.loads(body)["rows"]
        return [(str(row["rank"]), row["team"]["name"], str(row["scores"]["mean_iou"])) for row in rows]
    row = re.compile(
        r'<tr(?:(?!</tr>).)*?\b(team \d)\b(?:(?!</tr>).)*?<td class="n headline[^"]*"[^>]*>\s*([0-9.]+)', re.DOTALL
    )
    return row.findall(body.partition("</table>")[0])  # the board; the history of its best score comes after it


def test_a_corrected_ground_truth_from_the_diff_to_the_mails(
    open_browser, season, phase, closed_phase, organiser, web, client, tmp_path
):
    before = [seen_by(client, address) for address in (*addresses_of(phase), *addresses_of(closed_phase))]
    assert [len(rows) for rows in before] == [TEAMS] * 4
    slots, mails = list(Slot.objects.order_by("pk").values()), OutboxEmail.objects.count()
    readers = [Reader(web.url + url) for url in (*addresses_of(phase), *addresses_of(closed_phase))]
    for reader in readers:
        reader.start()
    page = open_browser(viewport=DESKTOP)
    log_in(page, organiser.email, PASSWORD, to="/")
    new_truth = upload_corrected(page, tmp_path)
    page.goto("/organisers/rescores/")
    take(page, "index")
    page.get_by_role("link", name=new_truth.pack_sha256[:12]).click()
    page.get_by_text("Choose teams or submissions").click()
    expect(page.get_by_label("team 5", exact=True)).to_be_visible()
    take(page, "start")
    page.get_by_role("button", name="Start the dry run").click()
    expect(page.locator(".callout.success")).to_contain_text("The dry run has begun")
    eventually(lambda: Evaluation.objects.filter(rescoring=True, state="scored").count() == 2 * TEAMS, 120)
    eventually(lambda: Rescore.objects.get().differences, 60)
    significance_job.compute_next()  # for which a worker looks once a minute
    eventually(lambda: len(Rescore.objects.get().significance) == 2, 60)
    read(page, phase)
    assert (list(Slot.objects.order_by("pk").values()), OutboxEmail.objects.count()) == (slots, mails)

    publish(page)
    page.goto(phase.get_absolute_url())
    expect(page.locator("main")).to_contain_text(REASON)
    take(page, "board")
    board_cache.clear()
    after = [seen_by(client, address) for address in addresses_of(phase)]
    eventually(lambda: [reader.seen[-1] for reader in readers[:2]] == after)
    for reader in readers:
        reader.stop()
    for reader, old, new in zip(readers[:2], before[:2], after, strict=True):
        assert old != new
        assert reader.seen == [old, new]
    assert [reader.seen for reader in readers[2:]] == [[rows] for rows in before[2:]]
    expect_mails(web, phase)


def addresses_of(phase) -> tuple[str, str]:
    return phase.get_absolute_url(), f"/api/v1/phases/{phase.pk}/leaderboard/"


def seen_by(client, url: str) -> list[tuple[str, ...]]:
    return rows_in(url, client.get(url).content.decode())


def upload_corrected(page, tmp_path) -> GroundTruth:
    """One mask turned upside down, through the page as an organiser would."""
    old = list(GroundTruth.objects.values_list("pk", flat=True))
    draw_corrected("segmentation", "test", IMAGES, WRONG, tmp_path / "corrected")
    page.goto("/organisers/ground-truth/upload/segmentation/")
    page.get_by_label("test", exact=True).check()
    page.get_by_label("Zip of PNGs").set_input_files(
        shutil.make_archive(tmp_path / "truth", "zip", tmp_path / "corrected")
    )
    page.get_by_role("button", name="Upload the draft").click()
    page.wait_for_url("**/organisers/ground-truth/*-*/")
    return eventually(lambda: GroundTruth.objects.filter(state="ready").exclude(pk__in=old).first(), 60)


def read(page, phase) -> None:
    """What differs, with its pictures, and the table of the open phase."""
    page.reload()
    expect(page.locator("main")).to_contain_text(f"1 of {IMAGES} images changed")
    pictures = page.locator("figure img")
    expect(pictures).to_have_count(3)
    for at in range(3):
        pictures.nth(at).scroll_into_view_if_needed()
        eventually(lambda at=at: pictures.nth(at).evaluate("one => one.naturalWidth"))
    rows = page.locator(f"h3#phase-{phase.pk} ~ .table-wrap").first.locator("tbody tr")
    expect(rows).to_have_count(TEAMS)
    shown = [row.locator("th, td").all_inner_texts() for row in rows.all()]
    assert {cells[0].split("\n")[0]: told(cells) for cells in shown} == rows_to_come(phase)
    take(page, "rescore")
    expect_axe_finds_nothing(page)


def told(cells: list[str]) -> tuple[str, ...]:
    """Score before and now, difference, ranks and what is said of a move."""
    return tuple(" ".join(cell.split()) for cell in cells[2:])


def rows_to_come(phase) -> dict[str, tuple[str, ...]]:
    """The same from the stored scores. The last two teams change places: they differ in one image alone."""
    old, new = (scores_by_team(phase, rescoring=rescoring) for rescoring in (False, True))
    moved = {
        f"team {TEAMS - 1}": "2 → 1 interval 1–2 not significantly different from the team it passed",
        f"team {TEAMS - 2}": "1 → 2 interval 1–2 not significantly different from the team that passed it",
    }
    return {
        team: (
            f"{100 * old[team]:.2f} %",
            f"{100 * new[team]:.2f} %",
            difference(old[team], new[team]),
            moved.get(team) or str(rank_of(team, old)),
        )
        for team in old
    }


def difference(old: float, new: float) -> str:
    """Of the numbers as they are printed."""
    printed = round(round(100 * new, 2) - round(100 * old, 2), 2)
    return f"{printed:+.2f}" if printed else "unchanged"


def rank_of(team: str, scores: dict[str, float]) -> int:
    return 1 + sum(other > scores[team] for other in scores.values())


def publish(page) -> None:
    """For the open phase, as it is ticked; what follows is read first."""
    page.get_by_role("link", name="Publish…").click()
    expect(page.get_by_label("Before (closed)")).not_to_be_checked()
    page.get_by_label("Reason").fill(REASON)
    take(page, "publish")
    page.get_by_role("button", name="Show what follows").click()
    expect(page.locator("main")).to_contain_text(f"{TEAMS} teams get a mail")
    expect(page.locator("main")).to_contain_text("0 of these moves are between significantly different teams")
    take(page, "preview")
    expect_axe_finds_nothing(page)
    page.get_by_role("button", name="Publish now").click()
    expect(page.locator(".callout.success")).to_contain_text("Published")
    take(page, "published")


def expect_mails(web, phase) -> None:
    """Each team has one, with the scores and the ranks that follow from them."""
    rescored = eventually(lambda: mails_about(web, TEAMS))
    assert {mail["To"] for mail in rescored} == {f"person{number}@example.org" for number in range(TEAMS)}
    assert OutboxEmail.objects.filter(kind="rescored").count() == TEAMS
    old, new = (scores_by_team(phase, rescoring=rescoring) for rescoring in (False, True))
    for mail in rescored:
        text, team = mail.get_content(), "team " + re.search(r"person(\d)", mail["To"])[1]
        assert f"before: {score_and_rank(old, team)}" in text
        assert f"now:    {score_and_rank(new, team)}" in text
        assert REASON in text


def scores_by_team(phase, *, rescoring: bool) -> dict[str, float]:
    evaluations = Evaluation.objects.filter(submission__phase=phase, rescoring=rescoring)
    rows = evaluations.values_list("submission__team__name", "scores")
    return {team: scores["mean_iou"] for team, scores in rows}


def score_and_rank(scores: dict[str, float], team: str) -> str:
    return f"{100 * scores[team]:.2f} %, rank {rank_of(team, scores)}"


def mails_about(web, count: int):
    found = [mail for mail in web.mails() if "Scored again" in mail["Subject"]]
    return found if len(found) == count else None
