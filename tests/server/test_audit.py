"""The audit log: every act of an organiser adds one entry, which nobody can change or delete."""

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from leaderboard import services as reviews
from leaderboard.models import Review
from server.accounts.models import User
from server.acts import ReasonMissing
from server.audit.models import AuditLogEntry
from server.audit.services import record
from server.submissions import slot_grants, transitions
from server.submissions.models import Evaluation
from server.submissions.slots import AllSlotsUsed
from server.teams.exceptions import NamesUnchanged, NameTaken, TeamLockEnded
from server.teams.models import TeamLock
from server.teams.renaming import rename_as_organiser
from server.teams.team_locks import end_team_lock
from server.tracks import services as tracks
from server.tracks.models import GroundTruth

pytestmark = pytest.mark.django_db


@pytest.fixture
def left(db):
    """The rows that were left since the test began to look: `left()`."""
    known = set(AuditLogEntry.objects.values_list("pk", flat=True))
    return lambda: list(AuditLogEntry.objects.exclude(pk__in=known))


@pytest.fixture
def decision(phase, organiser):
    return record(by=organiser, what="paused", subject=phase, changes={"paused": ["no", "yes"]}, reason="flood")


# Only added to


@pytest.mark.both_setups
@pytest.mark.parametrize(
    "meddle",
    [
        lambda row: AuditLogEntry.objects.filter(pk=row.pk).update(reason="another"),
        lambda row: AuditLogEntry.objects.filter(pk=row.pk).update(reason="flood"),
        lambda row: row.save(),
        lambda row: row.delete(),
        lambda row: AuditLogEntry.objects.all().delete(),
        lambda row: connection.cursor().execute("UPDATE audit_auditlogentry SET by_id = NULL"),
        lambda row: connection.cursor().execute("DELETE FROM audit_auditlogentry"),
        lambda row: AuditLogEntry.objects.bulk_create([row]),
    ],
    ids=["update", "same", "save", "delete", "delete all", "raw update", "raw delete", "same key"],
)
def test_no_row_is_changed_or_deleted(decision, meddle):
    before = list(AuditLogEntry.objects.values())
    with pytest.raises(IntegrityError), transaction.atomic():
        meddle(decision)
    assert list(AuditLogEntry.objects.values()) == before


def test_sqlite_replaces_no_row_either(decision):
    if connection.vendor != "sqlite":
        pytest.skip("about SQLite")
    replace = (
        "REPLACE INTO audit_auditlogentry SELECT id, at, 'x', subject, app, model, key, changes, reason, by_id"
    )
    with pytest.raises(IntegrityError, match="only added to"), transaction.atomic():
        connection.cursor().execute(f"{replace} FROM audit_auditlogentry")
    assert AuditLogEntry.objects.get(pk=decision.pk).what == "paused"


@pytest.mark.both_setups
def test_postgresql_turns_an_insert_into_no_update(decision):
    if connection.vendor != "postgresql":
        pytest.skip("about PostgreSQL")
    columns = "id, at, what, subject, app, model, key, changes, reason, by_id"
    again = f"INSERT INTO audit_auditlogentry ({columns}) SELECT {columns} FROM audit_auditlogentry"  # noqa: S608
    with pytest.raises(IntegrityError, match="only added to"), transaction.atomic():
        connection.cursor().execute(f"{again} ON CONFLICT (id) DO UPDATE SET reason = 'x'")


@pytest.mark.both_setups
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("again", [1, 2])
def test_the_tests_can_still_empty_their_database(organiser, again):
    assert not AuditLogEntry.objects.exists()
    with transaction.atomic():
        row = record(by=organiser, what="said a word", subject=organiser)
    with pytest.raises(IntegrityError):
        row.delete()


@pytest.mark.both_setups
def test_who_decided_something_cannot_be_deleted(decision, organiser, dora):
    with pytest.raises(ProtectedError):
        organiser.delete()
    dora.delete()
    assert AuditLogEntry.objects.get(pk=decision.pk).by == organiser


@pytest.mark.django_db(transaction=True)
def test_nothing_is_recorded_outside_the_transaction_of_its_act(organiser):
    with pytest.raises(transaction.TransactionManagementError, match="outside the transaction"):
        record(by=organiser, what="said a word", subject=organiser)


# Acts of services


def test_a_grant_is_recorded(alices, phase, organiser, left):
    slot_grants.grant(team=alices, phase=phase, extra=2, reason=" the server was down ", by=organiser)
    (row,) = left()
    assert (row.by, row.what, row.reason) == (organiser, "granted slots", "the server was down")
    assert row.changes == {
        f"extra slots in {phase}, phase": ["", "2"],
        "mail to the team": ["", "to 1 person"],
    }
    assert AuditLogEntry.objects.about(alices).get() == row
    with pytest.raises(ReasonMissing):
        slot_grants.grant(team=alices, phase=phase, extra=2, reason=" ", by=organiser)
    assert left() == [row]


def test_a_team_renamed_is_recorded_and_one_that_keeps_its_names_is_not(alices, charlies, organiser, left):
    wish = {"team": alices, "affiliation": "", "by": organiser, "reason": "An insult."}
    with pytest.raises(NamesUnchanged):
        rename_as_organiser(**wish | {"name": "alices", "affiliation": "University of A"})
    with pytest.raises(NameTaken):
        rename_as_organiser(**wish, name="charlies")
    assert left() == []
    rename_as_organiser(**wish, name="team 7")
    (row,) = left()
    assert (row.by, row.what, row.subject) == (organiser, "renamed a team", "team 7")
    names = {"name": ["alices", "team 7"], "affiliation": ["University of A", ""]}
    assert row.changes == names | {"mail to the team": ["", "to 1 person"]}


def test_the_end_of_a_team_lock_is_recorded_once(alices, dora, organiser, left):
    lock = TeamLock.objects.create(user=dora, team=alices, key="k", what="Segmentation, Now", until=None)
    end_team_lock(lock, by=organiser, reason="joined the wrong team")
    with pytest.raises(TeamLockEnded):
        end_team_lock(lock, by=organiser, reason="again")
    (row,) = left()
    assert (row.by, row.what, row.reason) == (organiser, "ended a team lock", "joined the wrong team")
    told = {"mail to the team": ["", "to 2 people"]}
    assert row.changes == {"team lock of dora@example.org": ["Segmentation, Now", "ended"]} | told


def test_reviews_and_taking_them_back_are_recorded(submitted, alice, organiser, left):
    submission = submitted(alice)
    said = reviews.review(submission=submission, verdict="hidden", reason="by mistake", by=organiser)
    with pytest.raises(reviews.ReviewRefused):
        reviews.review(submission=submission, verdict="hidden", reason="twice", by=organiser)
    reviews.undo_review(said, by=organiser, reason="it was ours", tell=False)
    with pytest.raises(reviews.ReviewRefused):
        reviews.undo_review(said, by=organiser, reason="again")
    mail, told = "mail to the team", [(row.what, row.changes, row.reason) for row in reversed(left())]
    assert told == [
        ("reviewed", {"verdict": ["", "hidden"], mail: ["", "to 1 person"]}, "by mistake"),
        ("undid a review", {"verdict": ["hidden", ""], mail: ["", "switched off"]}, "it was ours"),
    ]
    assert AuditLogEntry.objects.about(submission).count() == 2
    assert Review.objects.count() == 1


def test_running_again_is_recorded_if_it_happens(submitted, alice, organiser, phase, left):
    submission = submitted(alice)
    transitions.fail(transitions.claim("a worker"), "last_error")
    failed = Evaluation.objects.get(submission=submission)
    phase.limit = 1
    phase.save()
    submitted(alice)
    with pytest.raises(AllSlotsUsed):
        transitions.run_again(failed, by=organiser)
    assert left() == []
    phase.limit = 5
    phase.save()
    failed = Evaluation.objects.get(submission=submission)
    assert transitions.run_again(failed, by=organiser)
    (row,) = left()
    assert (row.by, row.what) == (organiser, "ran an evaluation again")
    assert row.changes == {"segmentation rule 1 (test, published)": ["failed", "queued"]}


def test_who_asked_for_it_published_what_a_worker_publishes(truth, organiser, left):
    GroundTruth.objects.filter(pk=truth.row.pk).update(created_by=organiser)
    truth.row.refresh_from_db()
    truth.row.rules.all().delete()
    assert tracks.publish_unless_in_use(truth.row)
    assert tracks.publish_unless_in_use(truth.row)
    (row,) = left()
    assert (row.by, row.what) == (organiser, "published ground truth")
    assert row.changes == {"published rule": ["", "1"]}


# Acts of commands


def test_what_is_seeded_is_recorded_once(db):
    call_command("seed_lid2020")
    call_command("seed_lid2020")
    rows = AuditLogEntry.objects.filter(by=None)
    assert sorted({row.what for row in rows}) == [
        "added a phase (manage.py seed_lid2020)",
        "added a track (manage.py seed_lid2020)",
        "added an edition (manage.py seed_lid2020)",
    ]
    assert len(rows) == 13


def test_ground_truth_installed_by_command_is_recorded_without_its_folder(tracks, truths, tmp_path, left):
    truths.install(tracks["segmentation"], "val", 12).split.write(tmp_path / "pictures")
    before = len(left())
    call_command("install_ground_truth", "segmentation", "test", str(tmp_path / "pictures"))
    new = left()[: len(left()) - before]
    assert [row.what for row in new] == [
        "published ground truth (manage.py install_ground_truth)",
        "added ground truth (manage.py install_ground_truth)",
    ]
    assert {row.by for row in new} == {None}
    assert str(tmp_path) not in "".join(str(row.changes) + row.subject for row in new)


def test_a_second_step_taken_away_is_recorded(alice, left):
    with pytest.raises(CommandError):
        call_command("forget_totp", alice.email)
    assert left() == []
    alice.authenticator_set.create(type="totp", data={"secret": "sealed"})
    call_command("forget_totp", alice.email)
    (row,) = left()
    assert (row.by, row.what) == (None, "turned off two-step log-in (manage.py forget_totp)")
    assert (row.changes, row.key) == ({}, str(alice.pk))


def test_an_organiser_made_by_command_is_recorded(left, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "seven imperfect days")
    call_command("createsuperuser", interactive=False, email="root@example.org", name="Root", verbosity=0)
    (row,) = left()
    assert (row.what, row.key) == (
        "added an account (manage.py createsuperuser)",
        str(User.objects.get(email="root@example.org").pk),
    )
    assert "seven" not in str(row.changes)


def test_an_act_that_is_undone_leaves_nothing(phase, organiser, left):
    with transaction.atomic():
        record(by=organiser, what="moved the close", subject=phase, changes={"closes_at": ["", "later"]})
        transaction.set_rollback(True)
    assert left() == []
