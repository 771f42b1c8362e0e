"""Editions: the next one beside the first, which stays as it was; invisible until it is listed."""

from datetime import date, timedelta
from itertools import chain

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import get_resolver, reverse
from django.utils import timezone

from leaderboard.cache.cache import board_cache
from server.audit.models import AuditLogEntry, PublicLogEntry
from server.phases.changes import Act, Change
from server.phases.services import change_phases
from server.site.cards import card_of
from server.submissions.exceptions import EditionNotListed
from server.submissions.slot_grants import grant_to_all
from server.tracks.editions import listing
from server.tracks.editions.deletion import delete_edition
from server.tracks.editions.exceptions import HasMore
from server.tracks.editions.opening import open_edition
from server.tracks.editions.plan import copies_of
from server.tracks.models import Edition, GroundTruth, Phase, ScoringRule, Track
from server.tracks.services import manifests_beside
from server.tracks.slugs import keep_old_slug
from tests.server.roles import addresses_in, bare

pytestmark = pytest.mark.django_db
OPEN = reverse("editions:open")
ASKED = {"copy": "2020", "title": "2021", "starts_on": "2021-03-21"}


@pytest.fixture
def as_organiser(client_of, organiser):
    client = client_of()
    client.force_login(organiser)
    return client


@pytest.fixture
def next_year(phase, organiser) -> Edition:
    """2021, opened a while ago and not listed: its phases have begun."""
    plan = copies_of(Edition.objects.get(), "2021", timezone.now().date())
    return open_edition(plan, by=organiser, reason="Next year.")


def filled_in(page) -> dict[str, object]:
    """What a browser sends of the page of the next edition as it is."""
    forms = page.context["forms"]
    every = [forms.edition, *chain.from_iterable([track.form, *track.phases] for track in forms.tracks)]
    fields = [field for form in every for field in form]
    shown = {field.html_name: field.value() for field in fields}
    times = {
        field.html_name: f"{field.value():%Y-%m-%dT%H:%M:%S}" if field.value() else ""
        for field in fields
        if field.name in {"opens_at", "closes_at"}
    }
    return {name: "" if value is None else value for name, value in (shown | times).items() if value is not False}


def public_answers(client, phase: Phase) -> dict[str, tuple]:
    """Everything that a visitor gets of the edition of this phase."""
    here, track = [phase.track.slug, phase.slug], [phase.track.slug]
    urls = [
        *(reverse(f"leaderboard:{name}", args=here) for name in ("board", "classes", "compare", "phase_feed")),
        *(reverse("leaderboard:board_export", args=[*here, extension]) for extension in ("csv", "tex", "json")),
        *(reverse("site:track", args=track), reverse("api:track", args=track), reverse("site:home")),
        *(reverse(f"api:{name}", args=[phase.pk]) for name in ("phase", "leaderboard", "manifest")),
        *(reverse(name) for name in ("api:tracks", "api:phases", "leaderboard:feed", "public_log:feed")),
    ]
    board_cache.clear()
    return {url: told(client.get(url)) for url in urls}


def told(answer) -> tuple[int, str]:
    """Status and body. The ETag of a file is no part: it changes with the second in which the file is made."""
    status, _, body = bare(answer)
    return status, body


def test_the_next_edition_is_what_was_chosen_and_the_first_one_stays(board, phase, as_organiser, client_of):
    before = public_answers(client_of(), phase)
    assert b"alices" in client_of().get(phase.get_absolute_url()).content
    address = f"{OPEN}?copy=2020&title=2021&starts_on=2021-03-21"
    form = filled_in(as_organiser.get(address))
    tracks, _phases = ({row.slug: row for row in model.objects.all()} for model in (Track, Phase))
    del form[f"track-{tracks['scene-parsing'].pk}-copied"]
    challenge = Phase.objects.get(track__slug="segmentation", slug="challenge")
    form |= {f"phase-{challenge.pk}-limit": 3, f"phase-{challenge.pk}-results": "after_close"}
    previewed = as_organiser.post(address, form | {"preview": "1"})
    assert (previewed.status_code, Edition.objects.count()) == (200, 1)
    seen = previewed.context["last"].form["seen"].value()
    shown = previewed.content.decode()
    assert "Track 1: Weakly supervised semantic segmentation" in shown
    assert "Track 2:" not in shown
    assert "from 22 March to 8 June 2020.” still says 2020" in shown
    confirmed = form | {"seen": seen, "reason": "Another year."}
    stale = as_organiser.post(address, confirmed | {f"phase-{challenge.pk}-limit": 4})
    assert (stale.status_code, Edition.objects.count()) == (409, 1)
    assert as_organiser.post(address, confirmed).status_code == 302
    assert as_organiser.post(address, confirmed).status_code == 400  # sent twice

    edition = Edition.objects.get(slug="2021")
    assert (edition.headline, edition.listed_at) == ("CVPR 2021 challenge", None)
    copied = {track.slug: track for track in edition.tracks.all()}
    assert list(copied) == ["segmentation-2021", "localization-2021"]
    one = copied["segmentation-2021"]
    kept = ("number", "title", "rules", "class_names", "scorer", "parameter_limit")
    assert [getattr(one, name) for name in kept] == [getattr(tracks["segmentation"], name) for name in kept]
    new = one.phases.get(slug="challenge")
    moved = timedelta(days=(date(2021, 3, 21) - date(2020, 3, 22)).days)
    assert (new.title, new.limit, new.results) == ("Challenge 2021", 3, "after_close")
    assert (new.opens_at, new.closes_at) == (challenge.opens_at + moved, challenge.closes_at + moved)
    assert one.phases.get(slug=phase.slug).title == f"{phase.title} 2021"
    assert not ScoringRule.objects.filter(track__edition=edition).exists()
    assert AuditLogEntry.objects.get(what="opened an edition").reason == "Another year."
    after = public_answers(client_of(), phase)
    assert [url for url in before if before[url] != after[url]] == []


def test_a_mistake_in_a_form_is_named_and_nothing_is_created(phase, as_organiser):
    address = f"{OPEN}?copy=2020&title=2021&starts_on=2021-03-21"
    form = filled_in(as_organiser.get(address))
    tracks = list(Track.objects.all())
    form[f"track-{tracks[1].pk}-slug"] = form[f"track-{tracks[0].pk}-slug"]
    form[f"phase-{phase.pk}-closes_at"] = form[f"phase-{phase.pk}-opens_at"]
    answer = as_organiser.post(address, form)
    assert answer.status_code == 400
    assert "The phase has to close after it opens." in answer.content.decode()
    form[f"phase-{phase.pk}-closes_at"] = ""
    answer = as_organiser.post(address, form)
    assert "Another track of the edition has this slug." in answer.content.decode()
    assert Edition.objects.count() == 1
    assert as_organiser.get(f"{OPEN}?copy=2020&title=2020&starts_on=2021-03-21").status_code == 400


# Unlisted


def of_tracks_and_phases() -> list[tuple[str, set[str]]]:
    """The public addresses of a track or phase, with the names of their arguments."""
    found = []
    for name, address in addresses_in(get_resolver()):
        if not name.startswith(("admin:", "editions:", "ground_truth:", "verification:", "api:admin_")):
            keys = set(address.pattern.converters)
            if keys & {"track", "phase", "edition"}:
                found.append((name, keys))
    return found


@pytest.mark.parametrize("who", ["visitor", "alice"])
def test_an_unlisted_edition_answers_as_a_missing_one(next_year, request, client_of, program_of, phase, who):
    program, client = program_of("visitor" if who == "visitor" else "captain"), client_of()
    if who == "alice":
        client.force_login(request.getfixturevalue("alice"))
    secret = Phase.objects.get(track__slug="segmentation-2021", slug=phase.slug)
    keep_old_slug(secret.track, "former")
    more = {"split": "test", "extension": "csv", "number": "1"}
    addresses = of_tracks_and_phases()
    assert len(addresses) > 15
    for name, keys in addresses:
        api = name.startswith("api:")
        theirs = {
            "track": secret.track.slug,
            "edition": "2021",
            "phase": secret.pk if api else secret.slug,
            **more,
        }
        missing = {"track": "nothing", "edition": "nothing", "phase": 987654 if api else "nothing", **more}
        answers = []
        for values in (theirs, missing, theirs | {"track": "former"}):
            url = reverse(name, kwargs={key: values.get(key, "csv") for key in keys})
            answer = str(bare((program if api else client).get(url)))
            for word in {str(values[key]) for key in keys & values.keys()}:
                answer = answer.replace(word, "KEY")
            answers.append(answer)
        assert answers[0] == answers[1] == answers[2], name
        assert answers[0].startswith("(404" if who == "alice" else ("(404", "(401", "(302")), name
    queries = [("tracks", "edition"), ("phases", "edition"), ("submissions", "track")]
    for name, parameter in queries:
        of_secret, of_nothing = (
            program.get(f"{reverse(f'api:{name}')}?{parameter}={value}") for value in ("2021", "nothing")
        )
        assert (of_secret.status_code, of_secret.content) == (of_nothing.status_code, of_nothing.content)


def test_lists_leave_an_unlisted_edition_out_but_for_organisers(next_year, client, as_organiser, alice, client_of):
    everywhere = [
        *(reverse(name) for name in ("site:home", "leaderboard:archive", "leaderboard:feed", "public_log:log")),
        *(reverse(name) for name in ("api:tracks", "api:phases", "schema")),
    ]
    logged_in = client_of()
    logged_in.force_login(alice)
    for url in everywhere:
        assert b"2021" not in client.get(url).content, url
    for url in (reverse("site:team"), reverse("site:quota_history"), reverse("site:archive")):
        assert b"2021" not in logged_in.get(url, follow=True).content, url
    for url in (next_year.get_absolute_url(), *(track.get_absolute_url() for track in next_year.tracks.all())):
        assert as_organiser.get(url).status_code == 200


def test_nobody_submits_to_an_unlisted_edition(next_year, phase, submitted, alice, as_organiser):
    secret = Phase.objects.get(track__slug="segmentation-2021", slug=phase.slug)
    with pytest.raises(EditionNotListed, match="once its edition, 2021, is listed"):
        submitted(alice, phase=secret)


def test_new_dates_in_an_unlisted_edition_are_told_to_nobody(next_year, organiser):
    phases = list(Phase.objects.filter(track__edition=next_year, slug="now"))
    before = PublicLogEntry.objects.count()
    done = change_phases(phases, Change(act=Act.EXTEND, hours=5), by=organiser, reason="Longer.")
    assert (done.announcement, PublicLogEntry.objects.count()) == (None, before)
    mixed = [*phases, *Phase.objects.filter(track__edition__slug="2020", slug="now")]
    change_phases(mixed, Change(act=Act.EXTEND, hours=5), by=organiser, reason="Longer.")
    assert "2021" not in PublicLogEntry.objects.get().text


# Listing


def test_listing_shows_it_and_leaves_the_first_edition_in_the_archive(
    board, next_year, phase, as_organiser, client, organiser
):
    before = public_answers(client, phase)
    files = [url for url in before if f"/phases/{phase.pk}/" in url or "export" in url]
    page = reverse("editions:list", args=["2021"])
    shown = as_organiser.get(page)
    text = shown.content.decode()
    assert "no ground truth is published for the test split" in text
    assert "The front page shows 2021; 2020 is in the archive" in text
    sent = {"seen": shown.context["form"]["seen"].value(), "reason": "It begins."}
    assert as_organiser.post(page, sent).status_code == 302
    assert as_organiser.post(page, sent).status_code == 409  # sent twice
    assert (
        PublicLogEntry.objects.get().text == "Edition 2021 is listed: Segmentation, Scene parsing, Localization."
    )
    after = public_answers(client, phase)
    assert {url: after[url] for url in files} == {url: before[url] for url in files}
    home = client.get(reverse("site:home")).content.decode()
    assert "CVPR 2021 challenge" in home
    assert "/tracks/segmentation-2021/" in home
    assert "alices" not in home
    archive = client.get(reverse("site:archive")).content.decode()
    assert phase.get_absolute_url() in archive
    assert "segmentation-2021/" in archive
    first = client.get(reverse("site:edition", args=["2020"])).content.decode()
    assert "CVPR 2020 challenge" in first
    assert "alices" in first
    assert 'href="/editions/2020/"' in client.get(phase.get_absolute_url()).content.decode()
    tracks = client.get(reverse("api:tracks")).json()["results"]
    assert [(track["edition"], track["number"]) for track in tracks] == [
        (year, number) for year in ("2021", "2020") for number in (1, 2, 3)
    ]
    (only,) = {track["edition"] for track in client.get(f"{reverse('api:tracks')}?edition=2020").json()["results"]}
    assert only == "2020"
    with pytest.raises(listing.HasSubmissions):
        listing.unlist_edition(Edition.objects.get(slug="2020"), by=organiser, reason="Oops.")
    listing.unlist_edition(next_year, by=organiser, reason="Oops.")
    assert Edition.objects.current().slug == "2020"
    assert told(client.get(reverse("site:home"))) == before[reverse("site:home")]


def test_an_edition_made_by_mistake_is_deleted_with_tracks_and_phases(next_year, as_organiser, organiser):
    keep_old_slug(next_year.tracks.get(number=1), "segmentation-next")
    page, before = reverse("editions:delete", args=["2021"]), set(Phase.objects.exclude(track__edition=next_year))
    shown = as_organiser.get(page)
    for phase in Phase.objects.filter(track__edition=next_year):
        assert f"Phase {phase} is deleted." in shown.content.decode()
    sent = {"seen": shown.context["form"]["seen"].value(), "reason": "Made twice."}
    assert as_organiser.post(page, sent, follow=True).redirect_chain == [(reverse("editions:index"), 302)]
    assert as_organiser.post(page, sent).status_code == 404
    assert list(Edition.objects.values_list("slug", flat=True)) == ["2020"]
    assert (set(Phase.objects.all()), Track.objects.filter(edition__slug="2021").count()) == (before, 0)
    entry = AuditLogEntry.objects.get(what="deleted an edition")
    assert (entry.reason, entry.changes["slug"]) == ("Made twice.", ["2021", ""])
    open_edition(copies_of(Edition.objects.get(), "2021", timezone.now().date()), by=organiser, reason="Again.")


def test_an_edition_stays_that_is_listed_or_has_anything(next_year, phase, organiser, alice, as_organiser):
    listed = as_organiser.get(reverse("editions:delete", args=["2020"]))
    assert (listed.status_code, "Unlist it first." in listed.content.decode()) == (409, True)
    GroundTruth.objects.create(track=next_year.tracks.get(number=1), split="test", state="failed")
    other = Phase.objects.filter(track__edition=next_year).first()
    grant_to_all(phase=other, extra=1, reason="Given.", by=organiser)
    refused = as_organiser.get(reverse("editions:delete", args=["2021"]))
    text = refused.content.decode()
    assert refused.status_code == 409
    for words in ("ground truth (1)", "slot grant (1)"):
        assert words in text
    with pytest.raises(HasMore):
        delete_edition(next_year, by=organiser, reason="Made twice.")
    assert next_year.tracks.count() == 3


def test_with_one_edition_the_archive_is_the_papers_tables(tracks, client):
    assert client.get(reverse("site:archive")).headers["Location"] == reverse("leaderboard:archive")
    assert "edition" not in client.get(reverse("site:home")).content.decode().lower()


# Tracks


def test_a_track_without_an_edition_joins_the_current_one(next_year):
    track = Track.objects.create(number=9, slug="ninth", scorer="segmentation")
    assert track.edition.slug == "2020"
    with pytest.raises(IntegrityError), transaction.atomic():
        Track.objects.create(number=9, slug="tenth", scorer="segmentation")
    same_number = Track(
        edition=next_year, number=9, slug="tenth", title="T", short_title="T", scorer="segmentation"
    )
    same_number.save()
    same_number.number = 1
    with pytest.raises(ValidationError, match="another track with this number"):
        same_number.validate_constraints()


def test_the_first_track_begins_an_edition(db, client):
    track = Track.objects.create(number=1, slug="first", short_title="Lonely", scorer="segmentation")
    assert track.edition.is_listed
    assert "Lonely" in client.get(reverse("site:home")).content.decode()


def test_an_archive_of_another_edition_is_recognised_by_its_name(truth, next_year, organiser, truths):
    track = next_year.tracks.get(number=1)
    other = truths.install(Track.objects.get(slug="localization"), "test", 12)
    listing.list_edition(next_year, by=organiser, reason="It begins.")
    ScoringRule.objects.filter(pk=other.rule.pk).update(track=track)
    assert list(manifests_beside(truth.rule)) == ["Weakly supervised semantic segmentation, test, 2021"]
    listing.unlist_edition(next_year, by=organiser, reason="Oops.")
    assert manifests_beside(truth.rule) == {}


# The front page after the close


def test_after_the_close_no_leader_of_another_phase_stands_on_the_front_page(phase, have_scored, alice):
    now = timezone.now()
    Phase.objects.filter(track=phase.track).exclude(pk=phase.pk).delete()
    ended = Phase.objects.create(
        track=phase.track,
        slug="challenge",
        title="Challenge",
        split="test",
        opens_at=now - timedelta(days=9),
        closes_at=now - timedelta(days=1),
    )
    Phase.objects.filter(pk=phase.pk).update(closes_at=None)
    have_scored(alice, 0.5)
    card = card_of(Track.objects.get(pk=phase.track_id), None)
    assert (card.phase, card.board, card.leader) == (phase, ended, None)
