"""Every scored submission's intervals, and whether a team's gain is more than the choice of images."""

from html import unescape

import pytest
from django.test import Client

from leaderboard.compare.own_pairs import own_pairs_of
from leaderboard.intervals import job, selection
from leaderboard.intervals.queries import intervals_of
from leaderboard.models import Interval, IntervalJob
from server.accounts.services import make_token
from server.submissions.models import Evaluation, Slot
from server.tracks.models import Phase
from tests.intervals import compute_intervals

pytestmark = pytest.mark.django_db


@pytest.fixture
def tries(compete, alices, charlies, phase):
    """The alices get better, hardly, and worse; the charlies are there too."""
    compete(charlies, 0.5, seed=50)
    made = [compete(alices, skill, seed=seed) for seed, skill in enumerate((0.3, 0.8, 0.805, 0.4))]
    for number, one in enumerate(made, 1):
        Slot.objects.create(phase=phase, team=alices, window="phase", number=number, submission=one)
    return made


def page(user, submission) -> str:
    client = Client()
    client.force_login(user)
    return " ".join(unescape(client.get(submission.get_absolute_url()).content.decode()).split())


def api(user, path: str):
    secret = make_token(user=user, label="x", scope="read", days=None)[1]
    return Client(headers={"Authorization": f"Bearer {secret}"}).get(f"/api/v1/{path}")


def test_every_scored_submission_has_its_interval_though_no_team_stands_on_it(tries, phase, alice):
    known = compute_intervals(phase)
    assert known.current
    assert {one.evaluation.submission_id for one in Interval.objects.all()} >= {one.pk for one in tries}
    ranked = Interval.objects.exclude(rank_interval=None)
    assert ranked.count() == 2
    for submission in tries:
        found = api(alice, f"submissions/{submission.pk}/").json()
        ends = found["intervals"]["mean_iou"]
        assert ends["low"] < found["scores"]["mean_iou"] < ends["high"]
        assert f"{100 * ends['low']:.2f}–{100 * ends['high']:.2f}" in page(alice, submission)
    listed = api(alice, "submissions/").json()["results"]
    assert all(one["intervals"]["mean_iou"] for one in listed)
    client = Client()
    client.force_login(alice)
    assert client.get("/team/").content.decode().count("% interval</span>") == len(tries)


def test_a_gain_is_told_from_the_choice_of_images(tries, phase, alice):
    compute_intervals(phase)
    worst, better, best, worse = tries
    (gain,) = [one for one in compared(alice, better) if one["is_previous"]]
    assert (gain["submission"], gain["significantly_different"]) == (str(worst.pk), True)
    assert 0 < gain["low"] < gain["difference"] < gain["high"]
    assert "Significantly better" in page(alice, better)
    by_role = {(one["is_previous"], one["is_on_leaderboard"]): one for one in compared(alice, worse)}
    assert all(one["high"] < 0 for one in by_role.values())
    assert "Significantly worse" in page(alice, worse)
    small = next(one for one in compared(alice, best) if one["is_previous"])
    assert small["significantly_different"] == (small["low"] > 0 or small["high"] < 0)


def compared(user, submission) -> list[dict]:
    return api(user, f"submissions/{submission.pk}/").json()["compared_with"]


def test_pairs_of_a_team_are_the_newer_against_the_older(tries, phase, alices):
    compute_intervals(phase)
    pairs = list(own_pairs_of(alices, phase))
    assert len(pairs) == 6
    assert all(newer.received_at > older.received_at for newer, older, _ in pairs)


def test_others_and_hidden_phases_learn_nothing_of_them(tries, phase, alice, charlie, organiser):
    compute_intervals(phase)
    assert api(charlie, f"submissions/{tries[1].pk}/").status_code == 404
    assert "Is the gain more" in page(organiser, tries[1])
    Phase.objects.update(results=Phase.Results.BY_ORGANISER)
    for reader in (alice, organiser):
        found = api(reader, f"submissions/{tries[1].pk}/")
        told = found.json()
        assert (told["intervals"], told["compared_with"]) == (None, [])
        assert "Is the gain more" not in page(reader, tries[1])


def test_a_submission_on_which_nobody_stands_leaves_the_ranks_current(tries, phase, compete, alices):
    compute_intervals(phase)
    ranks = IntervalJob.objects.get().inputs
    late = compete(alices, 0.2, seed=77).evaluations.get()
    job.find_changes()
    assert (IntervalJob.objects.stale().count(), IntervalJob.objects.get().lacking) == (1, 1)
    assert intervals_of(phase).current
    compute_intervals(phase)
    assert IntervalJob.objects.get().inputs == ranks
    assert IntervalJob.objects.stale().count() == 0
    assert Interval.objects.get(evaluation=late).rank_interval is None
    assert intervals_of(phase).row(Evaluation.objects.get(submission=tries[2]).pk).rank is not None


def test_what_one_run_does_not_take_the_next_does_at_once(tries, phase, compete, alices, monkeypatch):
    compete(alices, 0.35)
    monkeypatch.setattr(selection, "NEW_OF_A_TEAM", 1)
    monkeypatch.setattr(selection, "LATEST_OF_A_TEAM", 1)
    compute_intervals(phase)
    assert IntervalJob.objects.get().lacking == 1
    IntervalJob.objects.update(wanted_since="2000-01-01T00:00Z")  # the board has settled
    assert job.due().exists()
    compute_intervals(phase)
    assert (IntervalJob.objects.get().lacking, job.due().exists()) == (0, False)


def test_a_broken_file_of_a_further_submission_keeps_no_ranks_back(tries, phase):
    tries[0].evaluations.get().statistics_path.unlink()
    job.find_changes()
    for _ in range(2):
        IntervalJob.objects.update(wanted_since="2000-01-01T00:00Z", stale_since="2000-01-01T00:00Z")
        IntervalJob.objects.update(not_before="2000-01-01T00:00Z")
        assert job.run_next()
    assert intervals_of(phase).current
    assert IntervalJob.objects.get().lacking == 3, "the broken one, and two that wait for it"
