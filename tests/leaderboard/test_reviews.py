"""Reviews of rows: what they do is said before, the team and everybody is told, and they can be undone."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from leaderboard.models import Review
from leaderboard.ranking.standings import standings
from leaderboard.services import InForce, Undone, preview_review, preview_undo_review, review, undo_review
from server.acts import PreviewOutdated, ReasonMissing, fingerprint
from server.audit.models import AuditLogEntry, PublicLogEntry
from server.outbox.services import choose, send_due
from server.submissions import entries
from server.teams import services as teams
from server.tracks.models import Phase

pytestmark = pytest.mark.django_db
REASON = "Trained on the test split."


@pytest.fixture
def board(scored, person):
    """Five teams t1 to t5 at rank 1 to 5; t2 has a second submission that is worse than all."""
    found = {}
    for number, score in enumerate((0.9, 0.8, 0.7, 0.6, 0.5), 1):
        team = teams.create_team(user=person(f"P{number}"), name=f"t{number}", affiliation="")
        found[team.name] = scored(team, score)
    scored(found["t2"].team, 0.1)
    return found


@pytest.mark.parametrize(
    ("team", "verdict", "said"),
    [
        ("t1", "disqualified", ("t1 goes from rank 1 to no rank; its row stays.", "Ranks 2–5 move up by one.")),
        ("t1", "hidden", ("t1 leaves rank 1 and the board: it has no other", "Ranks 2–5 move up by one.")),
        (
            "t2",
            "hidden",
            ("t2 leaves rank 2, and stands on another submission: rank 5.", "Ranks 3–5 move"),
        ),
        ("t4", "baseline", ("t4 goes from rank 4 to no rank; its row stays.", "Rank 5 moves up by one.")),
        ("t5", "verified", ("t5 stays at rank 5.",)),
    ],
)
def test_the_preview_says_what_the_board_then_shows(board, organiser, team, verdict, said):
    effects = preview_review(board[team], verdict).effects
    assert len(effects) == len(said)
    assert all(effect.startswith(start) for effect, start in zip(effects, said, strict=True)), effects
    before = {row.name: row.rank for row in standings(board[team].phase)}
    assert preview_review(board[team], verdict).effects == effects, "a preview changes nothing"
    review(submission=board[team], verdict=verdict, reason=REASON, by=organiser)
    after = {row.name: row.rank for row in standings(board[team].phase)}
    moved = {name for name in before if name != team and before[name] != after[name]}
    assert bool(moved) == (len(said) == 2)
    assert all(after[name] == before[name] - 1 for name in moved)


def test_undoing_is_previewed_the_other_way_round(board, organiser):
    written = review(submission=board["t3"], verdict="disqualified", reason=REASON, by=organiser)
    preview = preview_undo_review(written)
    assert preview.effects == ("t3 goes from no rank to rank 3; its row stays.", "Ranks 3–4 move down by one.")


@pytest.mark.parametrize("verdict", Review.Verdict)
def test_the_team_is_told_with_the_reason_whatever_it_turned_off(board, organiser, settings, verdict):
    settings.CONTACT_EMAIL = "lid@example.org"
    member = board["t1"].team.memberships.get().user
    choose(user=member, kinds=[])
    written = review(submission=board["t1"], verdict=verdict, reason=REASON, by=organiser)
    undo_review(written, by=organiser, reason="We erred.")
    send_due()
    told, undone = (next(each for each in mail.outbox if why in each.body) for why in (REASON, "We erred."))
    assert told.to == undone.to == ["p1@example.org"]
    assert f"is now marked “{verdict.label}”" in told.body
    assert f"is no longer marked “{verdict.label}”" in undone.body
    assert "write to the organisers (lid@example.org)" in told.body
    assert settings.SITE_URL + board["t1"].get_absolute_url() in told.body
    entry = AuditLogEntry.objects.get(what="reviewed")
    assert entry.changes == {"verdict": ["", verdict.label], "mail to the team": ["", "to 1 person"]}


def test_the_mail_can_be_switched_off_and_the_audit_log_says_so(board, organiser):
    written = review(submission=board["t1"], verdict="hidden", reason=REASON, by=organiser, tell=False)
    undo_review(written, by=organiser, reason="By mistake.", tell=False)
    send_due()
    assert not [message for message in mail.outbox if "decided about your team" in message.body]
    acts = AuditLogEntry.objects.filter(what__in=["reviewed", "undid a review"])
    assert {entry.changes["mail to the team"][1] for entry in acts} == {"switched off"}


def test_only_a_disqualification_that_everybody_sees_is_public(board, organiser):
    review(submission=board["t4"], verdict="hidden", reason="A private matter.", by=organiser)
    assert not PublicLogEntry.objects.exists()
    written = review(submission=board["t1"], verdict="disqualified", reason=REASON, by=organiser)
    undo_review(written, by=organiser, reason="It was not.")
    lines = list(PublicLogEntry.objects.order_by("pk").values_list("text", "track"))
    track = board["t1"].phase.track.slug
    assert lines == [
        (f"The row of t1 was disqualified: {REASON}", track),
        ("The row of t1 is no longer disqualified: It was not.", track),
    ]


def test_a_pseudonym_and_hidden_results_stay_hidden(board, organiser, phase):
    entries.take_pseudonym(board["t1"].team, phase, "owls", timezone.now() + timedelta(days=1))
    review(submission=board["t1"], verdict="disqualified", reason=REASON, by=organiser)
    assert [line.text for line in PublicLogEntry.objects.all()] == [f"The row of owls was disqualified: {REASON}"]
    Phase.objects.filter(pk=phase.pk).update(results=Phase.Results.BY_ORGANISER)
    for submission in board.values():
        submission.phase.refresh_from_db()
    review(submission=board["t2"], verdict="disqualified", reason=REASON, by=organiser)
    assert PublicLogEntry.objects.count() == 1


def test_refusals(board, organiser, admin):
    submission = board["t1"]
    with pytest.raises(ReasonMissing):
        review(submission=submission, verdict="hidden", reason=" ", by=organiser)
    seen = fingerprint(preview_review(submission, "disqualified"))
    other = review(submission=board["t3"], verdict="hidden", reason=REASON, by=admin)
    with pytest.raises(PreviewOutdated):
        review(submission=submission, verdict="disqualified", reason=REASON, by=organiser, seen=seen)
    with pytest.raises(InForce, match="already hidden"):
        review(submission=board["t3"], verdict="hidden", reason=REASON, by=organiser)
    undo_review(other, by=organiser, reason=REASON)
    with pytest.raises(Undone):
        undo_review(other, by=admin, reason=REASON)
    assert Review.objects.count() == 1


# The admin's list of rows


def test_the_admin_s_board_shows_organisers_hidden_rows_and_leads_to_the_decisions(
    client, board, organiser, phase
):
    written = review(submission=board["t1"], verdict="disqualified", reason=REASON, by=organiser)
    client.force_login(organiser)
    page = client.get(reverse("admin:leaderboard_board_change", args=[phase.pk])).content.decode()
    assert REASON in page
    assert reverse("decisions:undo_review", args=[written.pk]) in page
    assert f"{reverse('decisions:review', args=[board['t2'].pk])}?verdict=hidden" in page


def test_the_admin_s_board_tells_organisers_what_the_team_forms(client, organiser, scored, alices, phase):
    phase.stands_on, phase.results = Phase.StandsOn.CHOSEN, Phase.Results.BY_ORGANISER
    phase.save()
    scored(alices, 0.9)
    worse, gone = scored(alices, 0.4), scored(alices, 0.3)
    entries.choose(worse)
    entries.withdraw(gone)
    entries.take_pseudonym(alices, phase, "owls", timezone.now() + timedelta(days=1))
    client.force_login(organiser)
    page = client.get(reverse("admin:leaderboard_board_change", args=[phase.pk])).content.decode()
    assert "now only organisers see them" in page
    assert page.count("chosen by the team") == 1
    assert page.count("withdrawn by the team") == 1
    assert page.count("shown as “owls”") == 3


def test_reviews_are_never_changed_or_deleted_by_the_admin(client, board, organiser):
    written = review(submission=board["t1"], verdict="disqualified", reason=REASON, by=organiser)
    client.force_login(organiser)
    for action in ("change", "delete"):
        url = reverse(f"admin:leaderboard_review_{action}", args=[written.pk])
        assert client.post(url, {"post": "yes", "reason": "other"}).status_code == 403
    assert Review.objects.get().reason == REASON
