"""Final results: what is published stays to the byte, whatever follows; and the statistics beside them."""

from datetime import timedelta
from hashlib import sha256

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from leaderboard import services as reviews
from leaderboard.models import Review
from leaderboard.ranking.standings import standings
from server.accounts.services import make_token
from server.acts import PreviewOutdated, fingerprint
from server.audit.models import AuditLogEntry, PublicLogEntry
from server.outbox.models import EmailOptOut, OutboxEmail
from server.results import exceptions, publication
from server.results.models import FinalResults, ResultsFile
from server.results.statistics import public_statistics, statistics_of
from server.submissions import entries, transitions
from server.submissions.models import Evaluation, Submission
from server.teams import services as teams
from server.tracks.models import Phase

pytestmark = pytest.mark.django_db
REASON = "The phase has closed."


@pytest.fixture
def people(alice, bob, charlie, person):
    """Alice and Bob of one team, and captains of four more."""
    others = [person(name) for name in ("Frank", "Grace", "Heidi")]
    for other in others:
        teams.create_team(user=other, name=f"{other.name.lower()}s", affiliation="")
    return [alice, charlie, *others]


@pytest.fixture
def closed(phase, people, have_scored):
    """60 before three teams that print the same, which share rank 2, and one after them."""
    for user, score in zip(people, (0.6, 0.5, 0.50001, 0.5, 0.1), strict=True):
        said = {"code_url": f"https://code.example/{user.name}"}
        have_scored(user, score, method=f"{user.name}Net", said=said)
    close(phase)
    return phase


def close(phase: Phase) -> None:
    Phase.objects.filter(pk=phase.pk).update(closes_at=timezone.now())
    phase.refresh_from_db()


def publish(phase, organiser, **wishes):
    facts = {"by": organiser, "reason": REASON, "confirmed": True, "tell": False}
    (made,) = publication.publish([phase], **(facts | wishes))
    return made


def bytes_of(client, results) -> dict[str, bytes]:
    page = results.get_absolute_url()
    return {file.name: client.get(f"{page}{file.name}").content for file in results.files.all()}


def text_of(answer) -> str:
    return " ".join(answer.content.decode().split())


def test_published_results_stay_to_the_byte(client, closed, organiser):
    first = publish(closed, organiser)
    assert [(one["rank"], one["team"]) for one in first.winners] == [
        (1, "alices"),
        (2, "charlies"),
        (2, "franks"),
        (2, "graces"),
    ]
    before = bytes_of(client, first)
    assert {name.partition("-v1.")[2] for name in before} == {"csv", "json", "md", "tex", "bib"}
    page = text_of(client.get(first.get_absolute_url()))
    assert all(sha256(content).hexdigest() in page for content in before.values())
    assert "https://code.example/Alice" in page
    assert "has changed since" not in page

    best = Submission.objects.get(team__name="alices")
    reviews.review(submission=best, verdict=Review.Verdict.DISQUALIFIED, reason="Cheated.", by=organiser)
    Evaluation.objects.filter(submission__team__name="heidis").update(
        scores={"mean_iou": 0.9, "mean_accuracy": 0.5, "pixel_accuracy": 0.5}
    )
    assert standings(closed)[0].team.name == "heidis"
    assert bytes_of(client, first) == before
    page = text_of(client.get(first.get_absolute_url()))
    assert "alices" in page
    assert "heidis" not in page
    assert "The leaderboard has changed since" in page

    second = publish(closed, organiser)
    assert (second.winners[0]["rank"], second.winners[0]["team"]) == (1, "heidis")
    assert bytes_of(client, first) == before
    assert "There is a newer version" in text_of(client.get(first.get_absolute_url()))
    latest = reverse("results:latest", args=[closed.track.slug, closed.slug])
    assert "version 2" in text_of(client.get(latest))
    with pytest.raises(exceptions.NothingNew):
        publish(closed, organiser)


def test_the_database_refuses_to_change_what_was_published(closed, organiser):
    results = publish(closed, organiser)
    for change in (
        lambda: ResultsFile.objects.update(content="other"),
        lambda: ResultsFile.objects.all().delete(),
        lambda: FinalResults.objects.update(winners=[]),
        lambda: FinalResults.objects.filter(pk=results.pk)._raw_delete("default"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_what_is_open_is_named_and_has_to_be_confirmed(closed, organiser, alice):
    Submission.objects.get(team__name="charlies").reviews.create(verdict="under_review", reason="A look.")
    Submission.objects.get(team__name="alices").reviews.create(verdict="verified", reason="Seen.")
    other = Submission.objects.get(team__name="heidis")
    Evaluation.objects.filter(submission=other).update(state="queued", scores=None)
    EmailOptOut.objects.create(user=alice, kind="announcement")
    preview = publication.preview_publication([closed])
    (one,) = preview.phases
    assert [winner.marks for winner in one.winners][:2] == [("verified",), ("under review",)]
    told = " ".join(one.open)
    assert "charlies is under review" in told
    assert "One submission is still to be scored" in told
    assert "confidence intervals are not computed" in told
    assert "alices, rank 1" not in told
    assert "to 5 people in 4 teams" not in preview.mail
    assert preview.mail.startswith("to 6 people in 5 teams")
    wishes = {"tell": True, "seen": fingerprint(preview)}
    with pytest.raises(exceptions.OpenPoints):
        publish(closed, organiser, confirmed=False, **wishes)
    assert not FinalResults.objects.exists()
    results = publish(closed, organiser, **wishes)
    mails = OutboxEmail.objects.filter(subject__startswith="Final results are published")
    assert sorted(mails.values_list("user__name", flat=True)) == [
        *("Alice", "Bob", "Charlie", "Frank", "Grace", "Heidi")
    ]
    assert results.get_absolute_url() in mails[0].text
    entry = AuditLogEntry.objects.about(results).get()
    assert (entry.what, entry.reason) == ("published final results", REASON)
    assert PublicLogEntry.objects.filter(url=results.get_absolute_url(), text__contains=REASON).exists()
    with pytest.raises(PreviewOutdated):
        publication.withdraw_results(results, by=organiser, reason="No.", seen=fingerprint(preview))


def test_nothing_is_final_that_is_open_hidden_or_empty(phase, alice, have_scored, organiser):
    with pytest.raises(exceptions.NotClosed):
        publication.preview_publication([phase])
    close(phase)
    with pytest.raises(exceptions.NobodyRanked):
        publication.preview_publication([phase])
    Phase.objects.update(results=Phase.Results.BY_ORGANISER)
    phase.refresh_from_db()
    with pytest.raises(exceptions.ResultsHidden):
        publication.preview_publication([phase])


def test_the_front_page_shows_winners_until_they_are_withdrawn(client, closed, organiser):
    home, listed = reverse("site:home"), reverse("results:index")
    assert f'href="{listed}"' not in text_of(client.get(home))
    board = closed.get_absolute_url()
    assert f'href="{listed}"' not in text_of(client.get(board))
    results = publish(closed, organiser)
    assert f'href="{listed}"' in text_of(client.get(board)), "the kept board leads to them at once"
    page = text_of(client.get(home))
    assert '<h2 id="winners">Winners</h2>' in page
    assert f'href="{listed}"' in page
    told = client.get(reverse("api:results")).json()
    assert [(one["version"], one["in_force"], one["differs"]) for one in told] == [(1, True, False)]
    file = told[0]["files"][0]
    assert (
        sha256(client.get(file["url"].removeprefix("http://127.0.0.1:8000")).content).hexdigest() == file["sha256"]
    )

    publication.withdraw_results(results, by=organiser, reason="A wrong mask.")
    assert 'id="winners"' not in text_of(client.get(home))
    assert "A wrong mask." in text_of(client.get(results.get_absolute_url()))
    assert client.get(reverse("api:results")).json()[0]["withdrawn_reason"] == "A wrong mask."
    assert OutboxEmail.objects.filter(subject__startswith="Final results were withdrawn").count() == 6
    with pytest.raises(exceptions.AlreadyWithdrawn):
        publication.preview_withdrawal(FinalResults.objects.select_related("phase__track").get())

    Phase.objects.update(results=Phase.Results.AFTER_CLOSE, closes_at=timezone.now() + timedelta(days=1))
    assert client.get(results.get_absolute_url()).status_code == 404
    assert client.get(reverse("api:results")).json() == []


def test_a_pseudonym_is_kept_with_neither_method_nor_links(client, closed, organiser, alices):
    entries.Entry.objects.create(
        team=alices, phase=closed, pseudonym="The Masked", pseudonym_until=timezone.now() + timedelta(days=3)
    )
    results = publish(closed, organiser)
    assert results.winners[0]["team"] == "The Masked"
    everything = b"".join(bytes_of(client, results).values()) + client.get(results.get_absolute_url()).content
    assert b"alice" not in everything.lower()


def test_the_organisers_page_publishes_what_was_previewed_once(client, closed, organiser):
    client.force_login(organiser)
    url = f"{reverse('organiser_results:publish')}?phases={closed.pk}"
    seen = text_of(client.get(url)).partition('name="seen" value="')[2][:32]
    form = {"reason": REASON, "seen": seen}
    answer = client.post(url, form)
    assert answer.status_code == 400
    assert "still open" in text_of(answer)
    assert client.post(url, form | {"confirmed": "on"}).status_code == 302
    again = client.post(url, form | {"confirmed": "on"})
    assert "says what its board says now" in text_of(again)
    assert FinalResults.objects.count() == 1


def test_a_program_publishes_what_it_previewed(closed, organiser):
    secret = make_token(user=organiser, label="x", scope="admin", days=None)[1]
    program = Client(headers={"Authorization": f"Bearer {secret}"})

    def call(name, *arguments, **said):
        url = reverse(f"api:admin_{name}", args=arguments)
        return program.post(url, said, content_type="application/json")

    wishes = {"phases": [closed.pk], "reason": REASON, "confirmed": True}
    told = call("publish_results", **wishes, dry_run=True).json()
    assert told["effect"]["phases"][0]["winners"][1]["team"] == "charlies"
    assert not FinalResults.objects.exists()
    stale = call("publish_results", **wishes, preview="0" * 32)
    assert (stale.status_code, stale.json()["code"]) == (409, "preview_outdated")
    (made,) = call("publish_results", **wishes, preview=told["preview"]).json()["published"]
    assert made["winners"] == FinalResults.objects.get().winners
    assert call("withdraw_results", made["id"], reason="No.", dry_run=True).json()["effect"]["mail"]
    assert call("withdraw_results", made["id"], reason="").status_code == 400
    assert call("withdraw_results", made["id"], reason="No.").status_code == 200
    assert FinalResults.objects.get().withdrawn_reason == "No."


# Statistics


def test_statistics_count_what_was_submitted(client, closed, submitted, alice):
    Phase.objects.update(closes_at=timezone.now() + timedelta(days=1))
    closed.refresh_from_db()
    submitted(alice)
    of = dict.fromkeys(("file", "found", "expected", "fix"), "")
    twice = [of | {"code": code} for code in ("bad_zip", "bad_mode", "bad_mode")]
    transitions.record_rejected(transitions.claim("a worker"), twice, 3)
    base = timezone.now() - timedelta(days=3)
    ordered = list(Submission.objects.order_by("received_at"))
    for index, (submission, seconds) in enumerate(zip(ordered, (10, 20, 30, 40, 50, 600), strict=True)):
        at = base + timedelta(days=2 * (index // 4))
        Submission.objects.filter(pk=submission.pk).update(received_at=at)
        submission.evaluations.update(finished_at=at + timedelta(seconds=seconds))
    found, reason = public_statistics(closed)
    assert reason == ""
    assert (found.teams, found.submissions, found.rejected) == (5, 6, 1)
    assert [count for _, count in found.days] == [4, 0, 2]
    assert dict(found.causes) == {"bad_zip": 1, "bad_mode": 1}
    assert (found.median_seconds, found.p90_seconds) == (35, 600)
    url = reverse("results:statistics", args=[closed.track.slug, closed.slug])
    page = text_of(client.get(url))
    assert "35 s" in page
    assert not any(f"{name}s" in page for name in ("alice", "charlie", "frank", "grace", "heidi"))
    heights = [bar.height for bar in found.figure.bars]
    assert heights[1] == 0
    assert heights[0] == 2 * heights[2]
    for extension, start in (("csv", "\ufeffwhat,which,value"), ("svg", "<?xml")):
        file = client.get(reverse("results:statistics_file", args=[closed.track.slug, closed.slug, extension]))
        assert file.content.decode().startswith(start)


def test_statistics_say_nothing_of_hidden_results_today_or_two_teams(client, phase, alice, charlie, have_scored):
    for user in (alice, charlie):
        have_scored(user, 0.5)
    assert statistics_of(phase).teams == 2
    assert public_statistics(phase)[0] is None
    url = reverse("results:statistics", args=[phase.track.slug, phase.slug])
    before = text_of(client.get(url)).partition("<main")[2].partition("</main")[0]
    have_scored(alice, 0.6)
    assert text_of(client.get(url)).partition("<main")[2].partition("</main")[0] == before
    Phase.objects.update(results=Phase.Results.BY_ORGANISER)
    assert "not shown yet" in text_of(client.get(url))
