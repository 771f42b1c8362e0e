"""A wrong mask is found late: the corrected ground truth is tried, read and published, while readers look on."""

import re
import threading
from datetime import timedelta
from urllib.request import urlopen

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from server.outbox.models import OutboxEmail
from server.rescores.models import Rescore
from server.submissions.models import Evaluation, Slot
from server.teams import services as teams
from server.tracks.models import Phase
from tests.browser.axe import expect_axe_finds_nothing
from tests.browser.conftest import DESKTOP, log_in
from tests.browser.screenshots import take
from tests.fixtures import PASSWORD
from tests.ground_truths import distinct
from tests.processes import eventually
from tests.rescoring import corrected

pytestmark = [pytest.mark.browser, pytest.mark.both_setups, pytest.mark.django_db(transaction=True)]
REASON = "One mask was upside down."
TEAMS, IMAGES = 6, 12


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
            guess = truth.guessed(0.4 + 0.1 * number, number)
            submitted(user, phase=where, content=distinct(guess), method=f"method {number}")
    eventually(lambda: Evaluation.objects.filter(state="scored").count() == 2 * TEAMS, 120)
    Phase.objects.filter(pk=closed_phase.pk).update(closes_at=timezone.now())
    return people


class Reader(threading.Thread):
    """Reads a board over and over, and notes the different tables that it saw."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url, self.seen, self.stopping = url, [], threading.Event()

    def run(self) -> None:
        while not self.stopping.wait(0.05):
            with urlopen(self.url) as answer:  # noqa: S310  (our own server)
                table = scores_of(answer.read().decode())
            if table not in self.seen:
                self.seen.append(table)


def scores_of(html: str) -> list[str]:
    """The headlines of the board's rows."""
    return re.findall(r'<td class="n headline[^"]*"[^>]*>\s*([0-9.]+)', html) or re.findall(
        r"\b\d\d\.\d\d\b", html
    )


def test_a_corrected_ground_truth_from_the_diff_to_the_mails(
    open_browser, season, truths, truth, phase, closed_phase, organiser, web, client, tmp_path
):
    new_truth = corrected(truths, truth, images=IMAGES, wrong=3)
    boards = [web.url + each.get_absolute_url() for each in (phase, closed_phase)]
    before = [scores_of(client.get(each.get_absolute_url()).content.decode()) for each in (phase, closed_phase)]
    slots, mails = list(Slot.objects.order_by("pk").values()), OutboxEmail.objects.count()
    readers = [Reader(url) for url in boards]
    for reader in readers:
        reader.start()
    page = open_browser(viewport=DESKTOP)
    log_in(page, organiser.email, PASSWORD, to="/")
    page.goto("/organisers/rescores/")
    take(page, "index")
    page.get_by_role("link", name=new_truth.pack_sha256[:12]).click()
    take(page, "start")
    page.get_by_role("button", name="Start the dry run").click()
    expect(page.locator(".callout.success")).to_contain_text("The dry run has begun")
    rescore = Rescore.objects.get()
    eventually(lambda: Evaluation.objects.filter(rescoring=True, state="scored").count() == 2 * TEAMS, 120)
    eventually(lambda: Rescore.objects.get().differences, 60)
    read(page)
    assert (list(Slot.objects.order_by("pk").values()), OutboxEmail.objects.count()) == (slots, mails)

    publish(page)
    page.goto(phase.get_absolute_url())
    expect(page.locator("main")).to_contain_text(REASON)
    take(page, "board")
    after = scores_of(page.content())
    eventually(lambda: readers[0].seen[-1] == after)
    for reader in readers:
        reader.stopping.set()
        reader.join()
    assert after != before[0]
    assert readers[0].seen == [before[0], after]
    assert readers[1].seen == [before[1]]
    expect_mails(web, phase, rescore)


def read(page) -> None:
    """What differs, with its pictures, and the table of the first phase."""
    page.reload()
    expect(page.locator("main")).to_contain_text(f"1 of {IMAGES} images changed")
    pictures = page.locator("figure img")
    expect(pictures).to_have_count(3)
    for at in range(3):
        pictures.nth(at).scroll_into_view_if_needed()
        eventually(lambda at=at: pictures.nth(at).evaluate("one => one.naturalWidth"))
    rows = page.locator("main table").first.locator("tbody tr")
    expect(rows).to_have_count(TEAMS)
    take(page, "rescore")
    expect_axe_finds_nothing(page)


def publish(page) -> None:
    """For the open phase, as it is ticked; what follows is read first."""
    page.get_by_role("link", name="Publish…").click()
    expect(page.get_by_label("Before (closed)")).not_to_be_checked()
    page.get_by_label("Reason").fill(REASON)
    take(page, "publish")
    page.get_by_role("button", name="Show what follows").click()
    expect(page.locator("main")).to_contain_text(f"{TEAMS} teams get a mail")
    take(page, "preview")
    expect_axe_finds_nothing(page)
    page.get_by_role("button", name="Publish now").click()
    expect(page.locator(".callout.success")).to_contain_text("Published")
    take(page, "published")


def expect_mails(web, phase, rescore) -> None:
    """Each team has one, with the scores that the table has."""
    rescored = eventually(lambda: mails_about(web, TEAMS))
    assert {mail["To"] for mail in rescored} == {f"person{number}@example.org" for number in range(TEAMS)}
    for mail in rescored:
        text, number = mail.get_content(), re.search(r"person(\d)", mail["To"])[1]
        scores = dict(
            Evaluation.objects.filter(
                submission__phase=phase, submission__team__name=f"team {number}"
            ).values_list("rescoring", "scores")
        )
        old, new = (f"{100 * scores[is_new]['mean_iou']:.2f} %" for is_new in (False, True))
        assert f"before: {old}, rank" in text
        assert f"now:    {new}, rank" in text
        assert REASON in text


def mails_about(web, count: int):
    found = [mail for mail in web.mails() if "Scored again" in mail["Subject"]]
    return found if len(found) == count else None
