"""A disqualified team has no rank in a phase, whatever it submitted or submits; one act, undone at once."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from leaderboard.cache.version import version_of
from leaderboard.models import Review
from leaderboard.ranking.standings import standings
from leaderboard.services import review
from leaderboard.team_disqualification import (
    DisqualificationUndone,
    NothingToDisqualify,
    disqualify_team,
    preview_disqualify_team,
    preview_undo_disqualification,
    undo_disqualification,
)
from server.acts import PreviewOutdated, fingerprint
from server.audit.models import AuditLogEntry, PublicLogEntry
from server.outbox.models import OutboxEmail
from server.submissions.exceptions import TeamDisqualified
from server.submissions.models import Submission
from server.submissions.services import check_can_submit
from server.submissions.slots import teams_with_slots
from server.teams.services import create_team
from server.tracks.models import Phase

pytestmark = pytest.mark.django_db
REASON = "Two teams of the same people."


@pytest.fixture
def board(scored, person):
    """t1 to t3 at rank 1 to 3; t1 has a second submission that would be third, and a hidden one that is best."""
    found = {}
    for number, score in enumerate((0.9, 0.8, 0.7), 1):
        team = create_team(user=person(f"P{number}"), name=f"t{number}", affiliation="")
        found[team.name] = scored(team, score)
    scored(found["t1"].team, 0.75)
    return found


def ranks(phase, **wishes):
    return {row.name: (row.rank, row.submission.pk) for row in standings(phase, **wishes)}


def test_no_submission_of_a_disqualified_team_is_ranked_until_it_is_undone(
    board, scored, phase, open_phase, organiser
):
    other, first = open_phase(slug="val", split="val"), board["t1"]
    team, before, version = first.team, ranks(phase), version_of(phase)
    preview = preview_disqualify_team(team, [phase, other])
    assert ranks(phase) == before, "a preview changes nothing"
    assert [effect.others for effect in preview.phases] == [1, 0]
    here = next(effect for effect in preview.phases if effect.phase == str(phase))
    assert here.row.endswith("90.00, rank 1")
    assert here.effects == ("t1 goes from rank 1 to no rank; its row stays.", "Ranks 2–3 move up by one.")
    assert here.top == ("1. t2: 80.00", "2. t3: 70.00")

    act = disqualify_team(team=team, scope=[phase, other], reason=REASON, by=organiser, seen=fingerprint(preview))
    during, fallen = (
        timezone.now(),
        {"t1": (None, first.pk), "t2": (1, before["t2"][1]), "t3": (2, before["t3"][1])},
    )
    assert ranks(phase) == fallen
    assert version_of(phase) != version
    row = next(row for row in standings(phase) if row.name == "t1")
    assert row.disqualified.reason == REASON
    scored(team, 0.99, result={"finished_at": timezone.now()})  # it waited when the team was disqualified
    assert ranks(phase)["t1"][0] is None
    assert ranks(phase)["t2"][0] == 1
    assert ranks(phase, at=during - timedelta(minutes=5)) == {}
    with pytest.raises(PreviewOutdated):
        undo_disqualification(act, by=organiser, reason="We erred.", seen="another")

    undo_disqualification(
        act, by=organiser, reason="We erred.", seen=fingerprint(preview_undo_disqualification(act))
    )
    assert ranks(phase)["t1"][0] == 1
    assert not team.disqualifications.in_force().exists()
    assert ranks(phase, at=during) == fallen, "the past stays as it was"
    with pytest.raises(DisqualificationUndone):
        undo_disqualification(act, by=organiser, reason="Twice.")


def test_the_team_is_told_and_can_submit_nothing_more_until_then(
    board, phase, open_phase, organiser, submitted, client
):
    other, team = open_phase(slug="val", split="val"), board["t1"].team
    act = disqualify_team(team=team, scope=[phase, other], reason=REASON, by=organiser)
    with pytest.raises(TeamDisqualified, match="same people"):
        submitted(team.memberships.get().user)
    with pytest.raises(TeamDisqualified):
        check_can_submit(team, phase, timezone.now())
    client.force_login(team.memberships.get().user)
    assert client.get(reverse("site:team")).content.decode().count(REASON) == 2
    assert team.pk not in teams_with_slots(phase, timezone.now())
    with pytest.raises(NothingToDisqualify):
        preview_disqualify_team(team, [phase, other])
    undo_disqualification(act, by=organiser, reason="We erred.", tell=False)
    check_can_submit(team, phase, timezone.now())
    assert [line.text for line in PublicLogEntry.objects.all()] == [
        "The row of t1 is no longer disqualified: We erred.",
        f"The row of t1 was disqualified: {REASON}",
    ]
    recorded = AuditLogEntry.objects.about(team).order_by("pk")
    assert [entry.what for entry in recorded] == ["disqualified a team", "undid the disqualification of a team"]
    assert set(recorded[0].changes["phases"][1].split("; ")) == {str(phase), str(other)}
    assert OutboxEmail.objects.filter(user__email="p1@example.org", text__contains=REASON).count() == 1


def test_a_review_of_a_row_does_not_lift_what_is_said_of_the_team(board, phase, organiser):
    disqualify_team(team=board["t1"].team, scope=[phase], reason=REASON, by=organiser, tell=False)
    written = review(submission=board["t1"], verdict="disqualified", reason="Its own.", by=organiser, tell=False)
    assert [mark.reason for mark in standings(phase)[0].marks] == [REASON]
    Review.objects.filter(pk=written.pk).update(undone_at=timezone.now())
    review(submission=board["t1"], verdict="hidden", reason="Its own.", by=organiser, tell=False)
    second = Submission.objects.filter(team=board["t1"].team).exclude(pk=board["t1"].pk).get()
    assert ranks(phase)["t1"] == (None, second.pk), "the second best stands instead, without a rank"
    assert not OutboxEmail.objects.exists()


def test_the_page_takes_a_phase_a_track_or_all_and_leads_back(client, board, phase, open_phase, organiser):
    elsewhere, team = open_phase("localization"), board["t1"].team
    client.force_login(organiser)
    url = reverse("decisions:disqualify", args=[team.pk])
    of_track, everything = phase.track.phases.count(), Phase.objects.count()
    for scope, count in ((f"phase:{phase.pk}", 1), (f"track:{phase.track.slug}", of_track), ("all", everything)):
        page = client.post(url, {"scope": scope, "reason": REASON}).content.decode()
        assert page.count("<h3>") == 1, scope
        without = page.partition("The team has no row in:")[2].partition("</p>")[0]
        assert len(without.split(";")) == max(1, count - 1), scope
    assert "none of them" in client.post(url, {"scope": "phase:0", "reason": REASON}).content.decode()
    seen = page.partition('name="seen" value="')[2][:32]
    form = {"scope": "all", "reason": REASON, "seen": seen, "confirm": "1"}
    answer = client.post(url, form, follow=True)
    act = team.disqualifications.in_force().values_list("act", flat=True).distinct().get()
    assert reverse("decisions:undo_disqualification", args=[act]) in answer.content.decode()
    assert str(elsewhere) in answer.content.decode()
    assert "already" in client.post(url, form).content.decode()
