"""A re-score: its dry run shows nowhere; published, everything follows at once; dropped, nothing has changed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from leaderboard.ranking.standings import standings
from server.acts import PreviewOutdated, ReasonMissing, fingerprint
from server.announcements.models import Announcement
from server.audit.models import AuditLogEntry, PublicLogEntry
from server.outbox.models import OutboxEmail
from server.rescores import comparison, exceptions, publication, services
from server.rescores.dry_run import progress_of
from server.rescores.models import Rescore
from server.rescores.table import changes_of
from server.submissions import hosts, transitions
from server.submissions.models import Evaluation, Slot, State, WorkerHost
from server.tracks.models import GroundTruth, Phase, PhaseRule, ScoringRule, rule_at
from server.tracks.services import CannotPublish, publish
from tests.rescoring import corrected, finish, started
from tests.server.roles import all_rows, changes

pytestmark = pytest.mark.django_db
REASON = "One mask was upside down."
ITS_OWN = {"rescores.rescore", "rescores.rescore_phases", "audit.auditlogentry"}


@pytest.fixture
def closed_phase(open_phase, phase) -> Phase:
    now = timezone.now()
    dates = {"opens_at": now - timedelta(days=9), "closes_at": now + timedelta(days=1)}
    return open_phase(slug="before", title="Before", **dates)


@pytest.fixture
def rejected_one(board, submitted, alice):
    submission = submitted(alice)
    finish(transitions.claim("a worker"), None)
    return submission


def shown(phase, **asked):
    return [(row.rank, row.team.name, row.values[0][1]) for row in standings(phase, **asked)]


BEFORE = [(1, "alices", "50.00"), (2, "charlies", "40.00")]


def close(phase):
    Phase.objects.filter(pk=phase.pk).update(closes_at=timezone.now())
    phase.refresh_from_db()


def test_a_dry_run_changes_no_board_slot_or_mail(dry_run, board, phase):
    slots, mails = list(Slot.objects.values()), OutboxEmail.objects.count()
    dry_run.score({board[0]: 0.3, board[1]: None})
    assert shown(phase) == BEFORE
    assert (list(Slot.objects.values()), OutboxEmail.objects.count()) == (slots, mails)
    assert progress_of(dry_run.rescore).complete


def test_a_new_submission_is_claimed_before_the_dry_run(dry_run, submitted, alice, charlie):
    newest = submitted(alice)
    claimed = transitions.claim("a worker")
    assert (claimed.submission, claimed.rescoring) == (newest, False)
    assert transitions.claim("a worker").rescoring


def test_a_dry_run_takes_no_teams_turn(dry_run, submitted, alice, charlie):
    """Alice's dry run was served last, and hers is the earlier submission: it is still her turn."""
    assert transitions.claim("a worker").submission.team.name == "alices"
    hers, his = submitted(alice), submitted(charlie)
    assert [transitions.claim("a worker").submission for _ in range(2)] == [hers, his]


def test_published_everything_follows_at_once(dry_run, board, phase, organiser):
    at = timezone.now()
    dry_run.score({board[0]: 0.3, board[1]: 0.45})
    publication.publish(dry_run.rescore, [phase], reason=REASON, by=organiser)
    assert shown(phase) == [(1, "charlies", "45.00"), (2, "alices", "30.00")]
    assert shown(phase, at=at) == BEFORE
    assert phase.published_rule().number == 2
    assert rule_at(phase, at).number == 1
    texts = sorted(OutboxEmail.objects.filter(kind="rescored").values_list("user__name", "text"))
    assert [name for name, _ in texts] == ["Alice", "Charlie"]
    for words in (REASON, "before: 50.00 %, rank 1", "now:    30.00 %, rank 2"):
        assert words in texts[0][1]
    line = PublicLogEntry.objects.get()
    assert (line.about, "Rule 2 replaces rule 1" in line.text, REASON in line.text) == (str(phase), True, True)
    assert Announcement.objects.count() == 1
    assert AuditLogEntry.objects.filter(what="published a re-score", reason=REASON, by=organiser).exists()
    assert Slot.objects.exclude(returned_at=None).count() == 0


def test_the_table_tells_scores_ranks_and_what_is_newly_rejected(dry_run, board, rejected_one, phase):
    assert services.queue_missing(dry_run.rescore) == 1
    dry_run.score({board[0]: None, board[1]: 0.45, rejected_one: 0.1})
    rows = changes_of(dry_run.rescore, [phase])[phase].rows
    told = {
        row.submission: (row.old_score, row.new_score, row.difference_text, row.old_rank, row.new_rank)
        for row in rows
    }
    assert told == {
        board[0]: ("50.00 %", "rejected", "–", 1, None),
        board[1]: ("40.00 %", "45.00 %", "+5.00", 2, 1),
        rejected_one: ("rejected", "10.00 %", "–", None, 2),
    }
    assert [(row.newly_rejected, row.newly_scored) for row in rows[:2]] in (
        [(True, False), (False, True)],
    ) * 1 + ([(False, True), (True, False)],)


def test_a_phase_that_is_not_chosen_keeps_its_rule(
    closed_phase, phase, have_scored, board, alice, new_truth, organiser, open_phase
):
    old = have_scored(alice, 0.2, phase=closed_phase)
    close(closed_phase)
    Phase.objects.filter(split="test").exclude(pk__in=[phase.pk, closed_phase.pk]).delete()
    run = started(new_truth, [phase, closed_phase], organiser)
    run.score({board[0]: 0.3, board[1]: 0.45, old: 0.9})
    publication.publish(run.rescore, [phase], reason=REASON, by=organiser)
    assert shown(closed_phase) == [(1, "alices", "20.00")]
    assert [each.published_rule().number for each in (phase, closed_phase)] == [2, 1]
    assert rule_at(closed_phase, timezone.now()).number == 1
    assert ScoringRule.objects.get(state="published").number == 2
    assert open_phase(slug="next").published_rule().number == 2


def test_new_phases_follow_the_old_rule_while_an_open_phase_keeps_it(
    closed_phase, phase, have_scored, board, alice, new_truth, organiser, open_phase, client
):
    old = have_scored(alice, 0.2, phase=closed_phase)
    close(closed_phase)
    run = started(new_truth, [phase, closed_phase], organiser)
    run.score({board[0]: 0.3, board[1]: 0.45, old: 0.9})
    publication.publish(run.rescore, [closed_phase], reason=REASON, by=organiser)
    assert shown(closed_phase) == [(1, "alices", "90.00")]
    assert shown(phase) == BEFORE
    pages = [client.get(each.get_absolute_url()).content.decode() for each in (closed_phase, phase)]
    assert ["Corrected on" in page for page in pages] == [True, False]
    assert open_phase(slug="next").published_rule().number == 1


def test_it_can_be_undone_by_publishing_the_old_rule_again(
    dry_run, board, phase, truth, organiser, submitted, alice
):
    Phase.objects.filter(split="test").exclude(pk=phase.pk).delete()
    dry_run.score({board[0]: 0.3, board[1]: 0.45})
    publication.publish(dry_run.rescore, [phase], reason=REASON, by=organiser)
    between = timezone.now()
    later = submitted(alice)
    finish(transitions.claim("a worker"), 0.35)
    back = started(truth.row, [phase], organiser)
    assert (back.rescore.number, progress_of(back.rescore).done) == (1, 2)
    back.score({later: 0.6})
    publication.publish(back.rescore, [phase], reason="The correction was wrong.", by=organiser)
    assert shown(phase) == [(1, "alices", "60.00"), (2, "charlies", "40.00")]
    assert shown(phase, at=between)[0] == (1, "charlies", "45.00")
    assert ScoringRule.objects.get(state="published").number == 1
    assert [row.rule.number for row in PhaseRule.objects.filter(phase=phase)] == [1, 2, 1]


def test_dropped_it_leaves_nothing_behind(board, new_truth, phase, organiser):
    before = all_rows()
    run = started(new_truth, [phase], organiser)
    run.score({board[0]: 0.3})
    claimed = transitions.claim("a worker")
    services.drop(run.rescore, by=organiser, reason="It was the wrong file.")
    scores = {"mean_iou": 0.9, "mean_accuracy": 0.5, "pixel_accuracy": 0.5}
    assert not transitions.record_scored(claimed, scores, [])
    left = {text.split()[0] for text in changes(before, all_rows())}
    assert {"rescores.rescore", "audit.auditlogentry"} <= left <= ITS_OWN
    assert Rescore.objects.get().state == "dropped"
    with pytest.raises(exceptions.RescoreEnded):
        services.drop(run.rescore, by=organiser)


def test_dropped_while_its_packs_are_compared_it_keeps_no_picture_of_them(
    board, new_truth, phase, organiser, monkeypatch
):
    rescore = started(new_truth, [phase], organiser).rescore

    def compare_and_drop(_, folder) -> dict:
        (folder / "pictures").mkdir()
        (folder / "pictures" / "0-old.png").write_bytes(b"a picture")
        services.drop(rescore, by=organiser)
        return {"pictures": 1}

    monkeypatch.setattr(comparison, "_run", compare_and_drop)
    assert comparison.compare_next()
    assert not rescore.folder.exists()
    assert Rescore.objects.get().differences is None


# What is submitted and scored meanwhile


def test_what_was_scored_meanwhile_is_part_of_it(dry_run, board, submitted, alice, phase, organiser):
    dry_run.score({board[0]: 0.3, board[1]: 0.45})
    newest = submitted(alice)
    finish(transitions.claim("a worker"), 0.6)
    with pytest.raises(exceptions.DryRunIncomplete, match="1 of its submissions"):
        publication.publish(dry_run.rescore, [phase], reason=REASON, by=organiser)
    assert shown(phase)[0] == (1, "alices", "60.00")
    assert services.queue_missing(dry_run.rescore) == 1
    assert services.queue_missing(dry_run.rescore) == 0
    dry_run.score({newest: 0.7})
    publication.publish(dry_run.rescore, [phase], reason=REASON, by=organiser)
    assert shown(phase)[0] == (1, "alices", "70.00")


def test_what_waits_and_what_is_being_scored_is_scored_by_the_new_rule(
    dry_run, board, submitted, alice, charlie, phase, organiser
):
    dry_run.score({board[0]: 0.3, board[1]: 0.45})
    running, waiting = submitted(alice), submitted(charlie)
    claimed = transitions.claim("a worker")
    publication.publish(dry_run.rescore, [phase], reason=REASON, by=organiser)
    old_numbers = {"mean_iou": 0.99, "mean_accuracy": 0.5, "pixel_accuracy": 0.5}
    assert not transitions.record_scored(claimed, old_numbers, [])
    for _ in range(2):
        again = transitions.claim("a worker")
        assert (again.rule.number, again.rescoring) == (2, False)
        finish(again, 0.8)
    assert {running.evaluations.get().rule.number, waiting.evaluations.get().rule.number} == {2}
    assert shown(phase) == [(1, "alices", "80.00"), (2 - 1, "charlies", "80.00")]
    assert OutboxEmail.objects.filter(kind="scored").count() == 4


def test_a_failed_one_is_run_again_without_slot_or_alert(dry_run, board, phase, organiser):
    failing = transitions.claim("a worker")
    alerts = OutboxEmail.objects.filter(kind="alert").count()
    transitions.fail(failing, "broken")
    finish(transitions.claim("a worker"), 0.4)
    assert OutboxEmail.objects.filter(kind="alert").count() == alerts
    with pytest.raises(exceptions.DryRunIncomplete, match="1 could not be scored"):
        publication.publish(dry_run.rescore, [phase], reason=REASON, by=organiser)
    slots = list(Slot.objects.values())
    assert services.run_failed_again(dry_run.rescore, by=organiser) == 1
    with pytest.raises(exceptions.NothingFailed):
        services.run_failed_again(dry_run.rescore, by=organiser)
    finish(transitions.claim("a worker"), 0.4)
    assert list(Slot.objects.values()) == slots
    assert progress_of(dry_run.rescore).complete


def test_a_failed_submission_that_is_run_again_later_gets_the_new_rule(
    board, submitted, alice, new_truth, phase, organiser
):
    lost = submitted(alice)
    transitions.fail(transitions.claim("a worker"), "broken")
    run = started(new_truth, [phase], organiser)
    run.score({board[0]: 0.3, board[1]: 0.45})
    publication.publish(run.rescore, [phase], reason=REASON, by=organiser)
    assert transitions.run_again(lost.evaluations.get(), by=organiser)
    assert lost.evaluations.get().rule.number == 2


def test_only_what_stands_can_be_tried_but_not_published(board, have_scored, alice, new_truth, phase, organiser):
    have_scored(alice, 0.1)
    run = started(new_truth, [phase], organiser, scope="standing")
    run.score({board[0]: 0.3, board[1]: 0.45})
    assert transitions.claim("a worker") is None
    with pytest.raises(exceptions.DryRunIncomplete, match="1 of its submissions"):
        publication.publish(run.rescore, [phase], reason=REASON, by=organiser)
    assert services.include_all(run.rescore, by=organiser) == 1


def test_chosen_teams_and_submissions_are_a_look_that_says_so(
    board, have_scored, bob, charlie, charlies, new_truth, phase, organiser
):
    first, second = board
    other, his = have_scored(bob, 0.45), have_scored(charlie, 0.3)
    run = started(new_truth, [phase], organiser, scope="chosen", teams=[charlies], submissions=[other])
    have_scored(charlie, 0.2)  # meanwhile, so it was not chosen
    assert services.queue_missing(run.rescore) == 0
    run.score({second: 0.6, his: 0.1, other: 0.7})
    assert transitions.claim("a worker") is None
    table = changes_of(run.rescore, [phase])[phase]
    told = {row.submission: (row.new_score, row.old_rank, row.new_rank, row.rank_moves) for row in table.rows}
    assert told[first] == ("not chosen", 1, None, False)
    assert told[second] == ("60.00 %", 2, None, False)
    assert "Ranks are compared once" in table.note
    with pytest.raises(exceptions.DryRunIncomplete, match=r"2 of its .* only some, as a look"):
        publication.publish(run.rescore, [phase], reason=REASON, by=organiser)
    assert services.include_all(run.rescore, by=organiser) == 2
    with pytest.raises(exceptions.AllIncluded):
        services.include_all(run.rescore, by=organiser)
    run.score({first: 0.5, charlie_last(charlies): 0.2})
    publication.publish(run.rescore, [phase], reason=REASON, by=organiser)
    assert shown(phase) == [(1, "alices", "70.00"), (2, "charlies", "60.00")]


def charlie_last(team):
    return team.submissions.latest("received_at")


def test_a_choice_that_names_nobody_or_somebody_elsewhere_is_refused(
    board, charlies, new_truth, phase, open_phase, have_scored, alice, organiser
):
    elsewhere = have_scored(alice, 0.5, phase=open_phase(slug="elsewhere"))
    for refusal, choice in (
        (exceptions.NothingChosen, {"scope": "chosen"}),
        (exceptions.ChoiceNeedsScope, {"teams": [charlies]}),
        (exceptions.ChoiceNeedsScope, {"scope": "standing", "submissions": [board[0]]}),
        (exceptions.SubmissionNotOffered, {"scope": "chosen", "submissions": [board[0], elsewhere]}),
    ):
        with pytest.raises(refusal):
            started(new_truth, [phase], organiser, **choice)
    assert not Rescore.objects.exists()


# Refusals


def test_a_rule_in_use_by_nobody_is_published_instead(new_truth, phase, truth):
    with pytest.raises(exceptions.NothingScored, match="Publish the ground truth instead"):
        started(new_truth, [phase])


def test_two_at_once_are_refused(dry_run, truths, truth, phase):
    with pytest.raises(exceptions.AnotherRescore, match="Publish or drop"):
        started(corrected(truths, truth, wrong=1), [phase])


def test_the_same_ground_truth_is_refused(board, truth, phase):
    with pytest.raises(exceptions.SameRule):
        started(truth.row, [phase])


def test_a_draft_that_is_not_packed_is_refused(board, new_truth, phase):
    new_truth.state = GroundTruth.State.PACKING
    with pytest.raises(exceptions.GroundTruthNotReady, match="being packed"):
        started(new_truth, [phase])


def test_phases_have_to_be_of_the_split_and_at_least_one(board, new_truth, open_phase):
    other = open_phase(slug="val", split="val")
    with pytest.raises(exceptions.PhaseNotOffered, match="another track or split"):
        started(new_truth, [other])
    with pytest.raises(exceptions.NoPhaseChosen):
        started(new_truth, [])


def test_publishing_needs_a_reason_and_the_preview_that_was_read(
    dry_run, board, phase, organiser, have_scored, alice
):
    dry_run.score({board[0]: 0.3, board[1]: 0.45})
    seen = fingerprint(publication.preview_publication(dry_run.rescore, [phase]))
    with pytest.raises(ReasonMissing):
        publication.publish(dry_run.rescore, [phase], reason=" ", by=organiser, seen=seen)
    newest = have_scored(alice, 0.1)
    services.queue_missing(dry_run.rescore)
    dry_run.score({newest: 0.2})
    with pytest.raises(PreviewOutdated):
        publication.publish(dry_run.rescore, [phase], reason=REASON, by=organiser, seen=seen)
    assert shown(phase) == BEFORE
    seen = fingerprint(publication.preview_publication(dry_run.rescore, [phase]))
    publication.publish(dry_run.rescore, [phase], reason=REASON, by=organiser, seen=seen)
    with pytest.raises(exceptions.RescoreEnded):
        publication.publish(dry_run.rescore, [phase], reason=REASON, by=organiser, seen=seen)


def test_after_a_re_score_only_another_one_replaces_the_rule(dry_run, board, phase, organiser, truths, truth):
    dry_run.score({board[0]: 0.3, board[1]: 0.45})
    publication.publish(dry_run.rescore, [phase], reason=REASON, by=organiser)
    with pytest.raises(CannotPublish, match="only a re-score"):
        publish(corrected(truths, truth, wrong=1))


def test_a_dry_run_that_fails_pauses_no_host(dry_run, board, phase, settings):
    settings.FAILURES_ALLOWED = 1
    for _ in board:
        hosts.record_failure(transitions.claim("a worker"), "broken")
    assert WorkerHost.objects.get().failed_teams == []
    assert Evaluation.objects.filter(state=State.FAILED, rescoring=True).count() == 2
