"""Equal maps of different teams: found once after scoring, shown to organisers only, dismissed with a reason."""

import io
import zipfile
from datetime import timedelta

import numpy as np
import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from leaderboard.services import review
from server.acts import PreviewOutdated, ReasonMissing, fingerprint
from server.audit.models import AuditLogEntry
from server.desk.sections import sections
from server.outbox.models import OutboxEmail
from server.submissions import look_alike_acts, same_maps, tasks, transitions
from server.submissions.models import Evaluation, LookAlike, MapComparison, MapSample, State
from server.teams import services as teams

pytestmark = [pytest.mark.django_db, pytest.mark.both_setups]
REASON = "Both teams used the baseline of the workshop."


def maps_of(archive):
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def zipped(maps):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in maps.items():
            archive.writestr(name, content)
    return made.getvalue()


def saved_anew(png):
    """The same pixels in other bytes."""
    made = io.BytesIO()
    Image.open(io.BytesIO(png)).save(made, "PNG", compress_level=0)
    return made.getvalue()


def test_maps_that_another_team_copied_are_found_by_the_worker(submitted, alice, bob, charlie, truth):
    """A copy of some maps, saved by another program; the same maps of the same team are none."""
    honest, others = maps_of(truth.guessed(0.8)), maps_of(truth.guessed(0.5, number=7))
    names = sorted(honest)
    mixed = {name: saved_anew(honest[name]) if name in names[:7] else others[name] for name in names}
    first = submitted(alice)
    second = submitted(bob)
    copy = submitted(charlie, content=zipped(mixed))
    assert [tasks.score_next() for _ in range(3)] == [True] * 3
    assert {each.state for each in Evaluation.objects.all()} == {State.SCORED}
    pixels = {name: np.asarray(Image.open(io.BytesIO(content))) for name, content in mixed.items()}
    varied = [name for name in names if pixels[name].min() < pixels[name].max()]
    rows = LookAlike.objects.all()
    assert {(row.submission, row.other) for row in rows} == {(copy, first), (copy, second)}
    expected = {(len(set(varied) & set(names[:7])), len(varied))}
    assert {(row.equal_maps, row.maps) for row in rows} == expected
    (line,) = lines()
    assert line.text.endswith("; and 1 more.")
    assert MapComparison.objects.filter(ended_at=None).count() == 0


@pytest.fixture
def scored(submitted):
    """A scored submission whose maps have these fingerprints: `scored(alice, [1, 2, 3])`; 0 is a constant map."""

    def do(user, values, *, compared=True):
        submission = submitted(user)
        settings.STATISTICS_DIR.mkdir(parents=True, exist_ok=True)
        evaluation = submission.evaluations.get()
        with zipfile.ZipFile(evaluation.statistics_path, "w") as file:
            file.writestr("fingerprints", np.array(values, "<u8").tobytes())
        mine = transitions.claim("a worker")
        assert transitions.record_scored(mine, {"mean_iou": 0.5}, [])
        if compared:
            same_maps.compare_maps(submission)
        return submission

    return do


def team_of(person, name):
    user = person(name)
    teams.create_team(user=user, name=name, affiliation="")
    return user


RANGE = 1 << 48  # of one image


def fingerprints(images, copied=0, seed=1):
    """Of so many images, of which everybody who copied has the first ones."""
    return [number * RANGE * 3 + (7 if number < copied else 100 + seed) for number in range(1, images + 1)]


def test_a_tenth_of_the_maps_is_enough_and_less_is_not(scored, alice, charlie, person):
    scored(alice, fingerprints(200, copied=200))
    scored(charlie, fingerprints(200, copied=19))
    assert not LookAlike.objects.exists()
    scored(team_of(person, "Dora"), fingerprints(200, copied=22, seed=2))
    pairs = {(str(row.submission.team), str(row.other.team)): row.equal_maps for row in LookAlike.objects.all()}
    assert pairs == {("Dora", "alices"): 21}


def test_constant_maps_and_few_maps_are_no_evidence(scored, alice, charlie):
    scored(alice, [0] * 50 + fingerprints(5, copied=5))
    scored(charlie, [0] * 50 + fingerprints(5, copied=5)[:4])
    assert not LookAlike.objects.exists()


def test_maps_that_many_teams_have_are_nobodys_own(scored, alice, charlie, person):
    public = fingerprints(30, copied=31)
    others = [team_of(person, f"Team {number}") for number in range(3)]
    for user in (alice, charlie, *others):
        scored(user, public)
    newest = LookAlike.objects.filter(submission__team__name="Team 2")
    assert LookAlike.objects.exists()
    assert not newest.exists()


def test_the_best_match_of_each_team_is_named_once(scored, alice, charlie):
    scored(alice, fingerprints(20, copied=10))
    better = scored(alice, fingerprints(20, copied=15, seed=2))
    copy = scored(charlie, fingerprints(20, copied=15, seed=3))
    (found,) = LookAlike.objects.all()
    assert (found.submission, found.other, found.equal_maps, found.maps) == (copy, better, 14, 20)
    same_maps.compare_maps(copy)
    assert LookAlike.objects.count() == 1


def test_what_a_lost_worker_left_is_compared_later_and_a_lost_file_stops_nothing(scored, alice, charlie, caplog):
    lost = scored(alice, fingerprints(20, copied=20), compared=False)
    scored(charlie, fingerprints(20, copied=20), compared=False)
    same_maps.compare_what_is_left()
    assert not MapComparison.objects.exists(), "a worker may be about to do it"
    Evaluation.objects.update(finished_at=timezone.now() - timedelta(minutes=2))
    MapComparison.objects.create(submission=lost, maps=20)  # it was lost in between
    same_maps.compare_what_is_left()
    assert MapComparison.objects.filter(ended_at=None).count() == 0
    gone = scored(alice, fingerprints(20, copied=20), compared=False)
    gone.evaluations.get().statistics_path.unlink()
    same_maps.compare_maps(gone)
    assert "cannot be compared" in caplog.text
    assert MapComparison.objects.get(submission=gone).maps == 0


def test_the_work_does_not_grow_with_submissions_that_have_other_maps(scored, alice, charlie, monkeypatch):
    read, queries = [], []
    original = same_maps.read_fingerprints
    monkeypatch.setattr(same_maps, "read_fingerprints", lambda path: read.append(path) or original(path))
    for number, user in enumerate((alice, charlie, alice, alice, alice, charlie)):
        submission = scored(user, fingerprints(100, seed=10 + number), compared=False)
        read.clear()
        with CaptureQueriesContext(connection) as captured:
            same_maps.compare_maps(submission)
        queries.append(len(captured))
        assert read == [submission.evaluations.get().statistics_path]
    assert MapSample.objects.count() == 6 * same_maps.SAMPLE
    assert len(set(queries)) == 1


@pytest.fixture
def found(scored, alice, charlie):
    scored(alice, fingerprints(20, copied=20))
    scored(charlie, fingerprints(20, copied=20, seed=2))
    return LookAlike.objects.get()


def lines():
    return [
        line for section in sections() if section.slug in {"equal-maps", "duplicates"} for line in section.lines
    ]


def test_an_organiser_calls_it_no_problem_and_takes_that_back(found, organiser, admin, client):
    (line,) = lines()
    assert (line.title, "19 of 20 maps (95 %) are equal" in line.text) == ("charlies and alices", True)
    preview = look_alike_acts.preview_look_alike(found, dismiss=True)
    with pytest.raises(ReasonMissing):
        look_alike_acts.dismiss_look_alike(found, by=organiser, reason=" ")
    look_alike_acts.dismiss_look_alike(found, by=organiser, reason=REASON, seen=fingerprint(preview))
    assert lines() == []
    with pytest.raises(look_alike_acts.LookAlikeRefused, match="already"):
        look_alike_acts.dismiss_look_alike(found, by=admin, reason=REASON, seen=fingerprint(preview))
    client.force_login(organiser)
    page = client.get(reverse("decisions:submission", args=[found.submission_id])).content.decode()
    assert f"No problem: {REASON}" in page
    found.refresh_from_db()
    look_alike_acts.reopen_look_alike(found, by=admin, reason="It was not the baseline.")
    assert len(lines()) == 1
    entries = AuditLogEntry.objects.about(found.submission).values_list("what", "reason")
    assert set(entries) == {
        ("marked equal maps as no problem", REASON),
        ("opened equal maps again", "It was not the baseline."),
    }
    stale = fingerprint(look_alike_acts.preview_look_alike(found, dismiss=False))
    found.refresh_from_db()
    with pytest.raises(PreviewOutdated):
        look_alike_acts.dismiss_look_alike(found, by=admin, reason=REASON, seen=stale)


def test_the_flag_is_in_the_organisers_lists_and_nowhere_else(found, organiser, alice, charlie, client):
    board = reverse("admin:leaderboard_board_change", args=[found.submission.phase_id])
    listed = reverse("admin:submissions_submission_changelist")
    client.force_login(organiser)
    assert "equal to another" in client.get(board).content.decode()
    rows = client.get(listed, {"same_bytes": "equal_maps"}).context["cl"].result_list
    assert {row.pk for row in rows} == {found.submission_id, found.other_id}
    about = client.get(reverse("admin:submissions_submission_change", args=[found.other_id])).content.decode()
    assert "19 of 20 maps" in about
    assert not OutboxEmail.objects.filter(text__contains="in every pixel").exists()
    for user, submission in ((alice, found.other), (charlie, found.submission)):
        client.force_login(user)
        for url in (submission.get_absolute_url(), submission.phase.get_absolute_url()):
            assert "in every pixel" not in client.get(url).content.decode()


def test_a_review_of_either_takes_it_off_the_desk(found, organiser):
    review(submission=found.other, verdict="under_review", reason="They are asked.", by=organiser)
    assert lines() == []
