"""The Atom feeds of new results."""

from datetime import datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from leaderboard import services
from leaderboard.exports import feeds
from server.submissions.models import Evaluation
from server.teams.models import Team
from server.tracks.models import Phase

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def read(client):
    """The feed at an address, as a tree."""

    def get(url: str = "/feeds/results.atom") -> ElementTree.Element:
        answer = client.get(url)
        assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
        return ElementTree.fromstring(answer.content)

    return get


def titles(feed: ElementTree.Element) -> list[str]:
    return [entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")]


def test_a_feed_has_what_the_standard_asks_for(scored, alices, charlies, read, settings, phase):
    scored(alices, 0.4)
    scored(charlies, 0.5)
    feed = read()
    entries = list(feed.iter(f"{ATOM}entry"))
    for part in (feed, *entries):
        assert [len(part.findall(f"{ATOM}{name}")) for name in ("id", "title", "updated", "author")] == [
            1,
            1,
            1,
            1,
        ]
        assert datetime.fromisoformat(part.findtext(f"{ATOM}updated")).tzinfo
        assert part.findtext(f"{ATOM}author/{ATOM}name")
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links == {"alternate": f"{settings.SITE_URL}/", "self": f"{settings.SITE_URL}/feeds/results.atom"}
    assert feed.findtext(f"{ATOM}updated") == max(entry.findtext(f"{ATOM}updated") for entry in entries)
    assert {entry.find(f"{ATOM}link").get("href") for entry in entries} == {
        settings.SITE_URL + phase.get_absolute_url()
    }
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 2


def test_an_entry_tells_of_a_result_and_keeps_its_name(scored, alices, charlies, read):
    submission = scored(alices, 0.4518)
    before = read()
    (entry,) = before.iter(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "alices: Mean IoU 45.18 % in Segmentation: Now"
    assert entry.findtext(f"{ATOM}summary") == (
        "Mean IoU 45.18 %, Mean Accuracy 50.00 %, Pixel Accuracy 50.00 %. Rank 1."
    )
    assert entry.findtext(f"{ATOM}id") == f"urn:uuid:{Evaluation.objects.get().pk}"
    assert datetime.fromisoformat(entry.findtext(f"{ATOM}updated")) == submission.received_at.replace(
        microsecond=0
    )
    scored(charlies, 0.6)
    assert entry.findtext(f"{ATOM}id") in {each.findtext(f"{ATOM}id") for each in read().iter(f"{ATOM}entry")}


def test_the_latest_comes_first_and_only_what_boards_show(scored, alices, charlies, organiser, read):
    scored(alices, 0.4)
    scored(charlies, 0.3)
    scored(alices, 0.2)  # not what the team stands on
    assert [title.split(":")[0] for title in titles(read())] == ["charlies", "alices"]
    hidden = Evaluation.objects.get(submission__team=charlies).submission
    services.review(submission=hidden, verdict="hidden", reason="because", by=organiser)
    assert [title.split(":")[0] for title in titles(read())] == ["alices"]


def test_a_phases_feed_has_its_own_results(scored, alices, open_phase, read, settings):
    scored(alices, 0.4)
    other = open_phase(slug="other")
    feed = read("/feeds/segmentation/other.atom")
    assert titles(feed) == []
    assert feed.findtext(f"{ATOM}id") == settings.SITE_URL + other.get_absolute_url()
    assert len(titles(read("/feeds/segmentation/now.atom"))) == 1


def test_the_feed_of_no_phase_is_absent(client, phase):
    assert client.get("/feeds/segmentation/never.atom").status_code == 404


def test_names_and_reasons_are_text(scored, alices, organiser, read):
    Team.objects.filter(pk=alices.pk).update(name="<script>&amp;]]>")
    services.review(submission=scored(alices, 0.4), verdict="disqualified", reason="<img src=x>", by=organiser)
    feed = read()
    assert titles(feed)[0].startswith("<script>&amp;]]>: ")
    summary = feed.find(f"{ATOM}entry/{ATOM}summary")
    assert summary.get("type") == "html"
    assert summary.text.endswith("Not ranked. disqualified: &lt;img src=x&gt;.")


def test_results_that_were_hidden_are_as_new_as_their_reveal(scored, alices, read, phase):
    scored(alices, 0.4)
    shown_at = timezone.now().replace(microsecond=0)
    Phase.objects.update(results=Phase.Results.BY_ORGANISER, results_shown_at=shown_at + timedelta(days=1))
    assert titles(read()) == []
    Phase.objects.update(results_shown_at=shown_at)
    assert datetime.fromisoformat(read().findtext(f"{ATOM}updated")) == shown_at


def test_an_unchanged_feed_is_not_sent_again(scored, alices, charlies, client):
    for team in (alices, charlies):
        tag = client.get("/feeds/results.atom").headers["ETag"]
        assert client.get("/feeds/results.atom", headers={"If-None-Match": tag}).status_code == 304
        scored(team, 0.4)
        assert client.get("/feeds/results.atom", headers={"If-None-Match": tag}).status_code == 200


def test_a_feed_ends_with_the_oldest_that_still_fit(scored, alices, charlies, read, monkeypatch):
    monkeypatch.setattr(feeds, "MAX_ENTRIES", 1)
    scored(alices, 0.4)
    scored(charlies, 0.3)
    assert [title.split(":")[0] for title in titles(read())] == ["charlies"]


def test_home_and_boards_say_where_their_feeds_are(scored, alices, client, phase):
    for page, feed in (("/", "/feeds/results.atom"), (phase.get_absolute_url(), "/feeds/segmentation/now.atom")):
        link = f'<link rel="alternate" type="application/atom+xml" title="New results" href="{feed}">'
        assert link in client.get(page).content.decode()
