"""Pages of announcements: written, previewed and sent by organisers; read by everybody; above every page."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from server.announcements.models import Announcement
from server.announcements.services import draft_announcement, end_banner, send_announcement
from server.audit.services import publish_line
from server.outbox.models import OutboxEmail

pytestmark = pytest.mark.django_db
FORM = {"subject": "Deadline moved", "text": "By **12 hours**. <script>alert(1)</script>"}
TOMORROW = f"{timezone.now() + timedelta(days=1):%Y-%m-%d}"


@pytest.fixture
def desk(client, organiser, alice):
    """An organiser's browser; Alice is a member of a team."""
    client.force_login(organiser)
    return client


@pytest.fixture
def on_site(organiser, alice):
    """Send an announcement that is on the site: `on_site(banner_until=…)`."""

    def send(subject="Deadline moved", **fields) -> Announcement:
        draft = draft_announcement(subject=subject, text="By *12* hours.", by=organiser, on_site=True, **fields)
        return send_announcement(draft, by=organiser)

    return send


def in_days(days):
    return timezone.now() + timedelta(days=days)


def text_of(answer):
    return answer.content.decode()


def test_from_the_form_to_the_outbox(desk, organiser):
    answer = desk.post(
        reverse("announcements:new"), FORM | {"on_site": "on", "banner_until": TOMORROW}, follow=True
    )
    page = text_of(answer)
    assert "1 person in" in page
    assert "[LID challenge] Deadline moved" in page
    assert "<strong>12 hours</strong>" in page
    assert "<script>alert" not in page
    assert "alice@example.org" in page
    assert not OutboxEmail.objects.exists()
    draft = Announcement.objects.get()
    send = reverse("announcements:send", args=[draft.pk])
    form = {"seen": page.partition('name="seen" value="')[2][:32]}
    page = text_of(desk.post(send, form, follow=True))
    assert "0 delivered, 1 waiting, 0 failed" in page
    assert "already sent" not in page
    assert "was sent on" in text_of(desk.post(send, form, follow=True))
    assert OutboxEmail.objects.count() == 1
    assert "1 person in" in text_of(desk.get(reverse("announcements:index")))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"subject": " "}, "Write a subject"),
        ({"text": ""}, "It is empty"),
        ({"banner_until": TOMORROW}, "Tick “also on the site”"),
        ({"on_site": "on", "banner_until": "2026-01-01"}, "Choose a later day"),
    ],
)
def test_the_form_says_what_is_wrong_and_keeps_what_was_written(desk, change, words):
    page = text_of(desk.post(reverse("announcements:new"), FORM | change))
    assert words in page
    assert "12 hours" in page or change.get("text") == ""
    assert not Announcement.objects.exists()


def test_a_draft_for_nobody_says_so_and_has_no_button_to_send(desk, organiser, alice):
    type(alice).objects.filter(pk=alice.pk).update(is_active=False)
    draft = draft_announcement(subject="News", text="Text", by=organiser)
    page = text_of(desk.get(reverse("announcements:one", args=[draft.pk])))
    assert "Nobody would get this mail" in page
    assert reverse("announcements:send", args=[draft.pk]) not in page


def test_an_edit_of_what_another_has_changed_is_refused(desk, organiser, admin):
    draft = draft_announcement(subject="News", text="Text", by=organiser)
    edit = reverse("announcements:edit", args=[draft.pk])
    seen = text_of(desk.get(edit)).partition('name="seen" value="')[2][:32]
    assert desk.post(edit, FORM | {"seen": seen}).status_code == 302
    page = text_of(desk.post(edit, {"subject": "Mine", "text": "Mine", "seen": seen}))
    assert "Somebody has changed this draft" in page
    assert Announcement.objects.get().subject == "Deadline moved"


def test_a_sent_or_discarded_one_is_not_edited(desk, organiser, on_site):
    sent = on_site()
    assert "stays as it is" in text_of(desk.get(reverse("announcements:edit", args=[sent.pk]), follow=True))
    draft = draft_announcement(subject="News", text="Text", by=organiser)
    discard = reverse("announcements:discard", args=[draft.pk])
    assert "The draft was discarded." in text_of(desk.post(discard, follow=True))
    assert "Somebody has discarded this draft" in text_of(desk.post(discard, follow=True))
    assert "Somebody has discarded" in text_of(
        desk.get(reverse("announcements:edit", args=[draft.pk]), follow=True)
    )


# For everybody


def test_only_sent_ones_for_the_site_are_public(client, organiser, on_site):
    shown = on_site()
    draft_announcement(subject="A draft", text="Text", by=organiser, on_site=True)
    send_announcement(draft_announcement(subject="Only mailed", text="Text", by=organiser), by=organiser)
    for url in (reverse("public_announcements:index"), reverse("public_announcements:feed")):
        page = text_of(client.get(url))
        assert "Deadline moved" in page
        assert "A draft" not in page
        assert "Only mailed" not in page
    page = text_of(client.get(shown.get_absolute_url()))
    assert "<em>12</em>" in page
    assert "Olga" not in page
    assert client.get(reverse("public_announcements:one", args=[shown.pk + 1])).status_code == 404


def test_feeds_are_revalidated(client, on_site):
    for name in ("public_announcements:feed", "public_log:feed"):
        etag = client.get(reverse(name)).headers["ETag"]
        assert client.get(reverse(name), headers={"If-None-Match": etag}).status_code == 304
    on_site("Another")
    assert client.get(reverse("public_log:feed"), headers={"If-None-Match": etag}).status_code == 200


def test_the_banner_is_on_every_page_until_its_end(client, on_site, phase, organiser):
    board, home = phase.get_absolute_url(), reverse("site:home")
    before = client.get(board)
    assert 'id="banner"' not in text_of(before)
    announcement = on_site(banner_until=in_days(1))
    for url in (home, board, reverse("account_login"), "/nothing/"):
        assert 'id="banner"' in text_of(client.get(url)), url
    shown = client.get(board, headers={"If-None-Match": before.headers["ETag"]})
    assert shown.status_code == 200
    assert client.head(board).headers["ETag"] == shown.headers["ETag"] != before.headers["ETag"]
    end_banner(announcement, by=organiser)
    after = client.get(board)
    assert 'id="banner"' not in text_of(after)
    assert after.headers["ETag"] == before.headers["ETag"]


def test_a_banner_ends_by_itself_on_a_kept_board(client, on_site, phase):
    announcement = on_site(banner_until=in_days(1))
    assert 'id="banner"' in text_of(client.get(phase.get_absolute_url()))
    Announcement.objects.filter(pk=announcement.pk).update(banner_until=in_days(-1))
    assert 'id="banner"' not in text_of(client.get(phase.get_absolute_url()))


def test_one_banner_takes_the_place_of_another_on_a_kept_board(client, on_site, phase, organiser):
    first = on_site("First", banner_until=in_days(1))
    client.get(phase.get_absolute_url())
    end_banner(first, by=organiser)
    on_site("Second", banner_until=in_days(1))
    page = text_of(client.get(phase.get_absolute_url()))
    assert "Second" in page
    assert "First" not in page


# The log of decisions


def test_the_log_names_time_phase_and_text_and_no_person(client, organiser, phase, tracks):
    publish_line(text="Extended by 12 hours, says olga@example.org (Olga’s).", about=phase, by=organiser)
    publish_line(text="All tracks are open.", by=organiser)
    publish_line(text="About detection.", about=tracks["localization"], by=organiser)
    page = text_of(client.get(reverse("public_log:log")))
    assert "Extended by 12 hours, says [e-mail address left out]" in page
    assert f'<a href="{phase.get_absolute_url()}">{phase}</a>' in page
    assert "olga@example.org" not in page + text_of(client.get(reverse("public_log:feed")))
    assert "data-local" in page


def test_a_board_leads_to_the_lines_about_its_track(client, organiser, phase, tracks):
    other = next(track for track in tracks.values() if track != phase.track)
    publish_line(text="About this track.", about=phase, by=organiser)
    publish_line(text="About another track.", about=other, by=organiser)
    publish_line(text="About all.", by=organiser)
    url = f"{reverse('public_log:log')}?track={phase.track.slug}"
    assert url in text_of(client.get(phase.get_absolute_url()))
    page = text_of(client.get(url))
    assert "About this track." in page
    assert "About all." in page
    assert "About another track." not in page


# The contact address


def test_every_page_names_the_contact_address(client, settings, phase):
    assert "mailto:" not in text_of(client.get("/"))
    settings.CONTACT_EMAIL = "lid@example.org"
    for url in ("/", "/nothing/", reverse("account_login")):
        assert '<a href="mailto:lid@example.org">' in text_of(client.get(url))
