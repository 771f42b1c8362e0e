"""What a submission must say, how often it may come, and what the same bytes again are."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.utils import timezone

from server.acts import ReasonMissing
from server.submissions import exceptions, slot_grants, slots, transitions
from server.submissions.forms import CountField
from server.submissions.method import Method
from server.submissions.models import Slot, SlotGrant, Submission
from server.submissions.services import submit
from server.teams import services as teams
from server.teams.models import TeamLock
from server.uploads import received
from tests.ground_truths import PROBLEM, SAID

pytestmark = pytest.mark.django_db
LIMIT = 150_000_000


@pytest.fixture
def send(client, alice, phase, good_zip):
    """Submit by the page as Alice; the answer."""
    client.force_login(alice)

    def by_page(**said):
        form = {"archive": SimpleUploadedFile("results.zip", good_zip), **SAID, **said}
        return client.post(phase.submit_url, form)

    return by_page


# What is said about the method


@pytest.mark.parametrize(
    ("written", "count"),
    [
        ("25600000", 25_600_000),
        ("25,600,000", 25_600_000),
        ("25 600 000", 25_600_000),
        ("25.600.000", 25_600_000),
        ("25.6M", 25_600_000),
        ("25.6 m", 25_600_000),
        ("1.5G", 1_500_000_000),
        ("900k", 900_000),
        ("", None),
    ],
)
def test_a_count_may_be_written_as_people_write_it(written, count):
    assert CountField(required=False).clean(written) == count


@pytest.mark.parametrize("written", ["many", "-3", "25,6", "1e6", "12,34,567", "9" * 40, "\0"])
def test_what_is_no_count_is_refused_with_how_to_write_one(written):
    with pytest.raises(Exception, match=r"25,600,000 or 25\.6M"):
        CountField(required=False).clean(written)


@pytest.mark.parametrize("stated", [LIMIT, LIMIT + 1])
def test_a_model_of_the_limit_or_more_is_refused_with_the_rule(alice, submitted, stated, stored_files):
    with pytest.raises(exceptions.TooManyParameters, match="have fewer than 150 million parameters"):
        submitted(alice, said={"parameters": stated})
    assert not Slot.objects.exists()
    assert stored_files() == []


def test_a_model_just_below_the_limit_is_taken(alice, submitted):
    assert submitted(alice, said={"parameters": LIMIT - 1}).parameters == LIMIT - 1


def test_the_limit_is_the_tracks(alice, phase, submitted):
    phase.track.parameter_limit = 20_000_000
    phase.track.save()
    with pytest.raises(exceptions.TooManyParameters, match="fewer than 20 million"):
        submitted(alice)


def test_a_track_without_a_limit_asks_for_no_count(alice, phase, submitted):
    phase.track.parameter_limit = None
    phase.track.save()
    assert submitted(alice, said={"parameters": None}).parameters is None


@pytest.mark.parametrize(
    ("missing", "words"),
    [({"parameters": None}, "fewer than 150 million"), ({"rules_kept": False}, "followed the track’s rules")],
)
def test_a_test_split_needs_count_and_declaration_and_a_validation_split_does_not(
    alice, submitted, open_phase, install_truth, missing, words
):
    with pytest.raises(exceptions.MethodIncomplete, match=words):
        submitted(alice, said=missing)
    install_truth("segmentation", split="val")
    assert submitted(alice, said=missing, phase=open_phase(slug="val", split="val")).phase.split == "val"


def test_what_was_declared_is_kept_word_for_word(alice, phase, submitted):
    declared = submitted(alice).rules_kept
    assert "All models used for inference together have fewer than 150 million parameters." in declared
    assert declared == [stated["rule"] for stated in phase.track.rules]


def test_the_page_marks_the_field_that_was_refused_and_keeps_what_was_entered(send):
    answer = send(parameters="151M", description="Two **models**", code_url="https://example.org/code")
    assert answer.status_code == 400
    form = answer.context["form"]
    assert "150 million" in form.errors["parameters"][0]
    assert (form["description"].value(), form["code_url"].value()) == (
        "Two **models**",
        "https://example.org/code",
    )
    assert "151M" in answer.content.decode()


def test_the_next_form_begins_with_what_was_said_last_but_for_the_declaration(send, client, phase):
    assert send(method="first", description="*words*", code_url="https://example.org/code").status_code == 302
    form = client.get(phase.submit_url).context["form"]
    begun = {name: form[name].value() for name in ("method", "parameters", "description", "code_url")}
    assert begun == {
        "method": "first",
        "parameters": 25_600_000,
        "description": "*words*",
        "code_url": "https://example.org/code",
    }
    assert not form["rules_kept"].value()


def test_no_link_ticks_the_declaration(client, alice, phase):
    client.force_login(alice)
    page = client.get(f"{phase.submit_url}?rules_kept=on&method=linked")
    form = page.context["form"]
    assert '<div class="field check">' in page.content.decode()
    assert (form["method"].value(), form["rules_kept"].value()) == ("linked", None)


@pytest.mark.parametrize("said", ["no", "0", "off", "false", "none", ""])
def test_only_a_yes_declares_that_the_rules_were_kept(send, said):
    answer = send(rules_kept=said)
    assert answer.status_code == 400
    assert "followed the track’s rules" in answer.context["form"].errors["rules_kept"][0]


@pytest.mark.parametrize("said", ["on", "true", "True", "1", "yes"])
def test_a_yes_declares_it_however_it_is_written(send, said):
    assert send(rules_kept=said).status_code == 302


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp:/x", "not a link", "https://"])
def test_a_link_that_is_none_is_refused(send, url):
    assert send(paper_url=url).status_code == 400


# The same bytes again


@pytest.mark.both_setups
@pytest.mark.parametrize("outcome", ["queued", "running", "scored", "rejected"])
def test_the_same_bytes_again_are_the_known_submission_and_take_no_slot(alice, submitted, good_zip, outcome):
    first = submitted(alice, content=good_zip)
    if outcome != "queued":
        claimed = transitions.claim("a worker")
    if outcome == "scored":
        transitions.record_scored(claimed, {"mean_iou": 0.5}, [])
    if outcome == "rejected":
        transitions.record_rejected(claimed, [PROBLEM], 1)
    assert submitted(alice, content=good_zip) == first
    assert Submission.objects.count() == 1
    assert Slot.objects.count() == 1


@pytest.mark.parametrize("outcome", ["failed", "cancelled"])
def test_what_failed_or_was_cancelled_can_be_submitted_anew(alice, submitted, good_zip, outcome):
    first = submitted(alice, content=good_zip)
    if outcome == "failed":
        transitions.fail(transitions.claim("a worker"), "broken")
    else:
        transitions.cancel(first.evaluations.get())
    second = submitted(alice, content=good_zip)
    assert second != first
    assert second.slots.get().number == 1


def test_the_same_bytes_are_known_even_when_no_slot_is_left(alice, open_phase, truth, submitted, good_zip):
    only = open_phase(slug="only", limit=1)
    first = submitted(alice, phase=only, content=good_zip)
    assert submitted(alice, phase=only, content=good_zip) == first


def test_the_same_bytes_of_another_team_or_in_another_phase_are_a_submission(
    alice, charlie, open_phase, submitted, good_zip
):
    other = open_phase(slug="other")
    made = {
        submitted(alice, content=good_zip),
        submitted(charlie, content=good_zip),
        submitted(alice, content=good_zip, phase=other),
    }
    assert len(made) == 3


def test_under_a_new_rule_the_same_bytes_are_a_new_submission(alice, phase, submitted, good_zip, truth):
    submitted(alice, content=good_zip)
    rule = truth.rule
    type(rule).objects.filter(pk=rule.pk).update(state="retired")
    rule.pk, rule.number, rule.state = None, rule.number + 1, "published"
    rule.save(force_insert=True)
    submitted(alice, content=good_zip)
    assert Submission.objects.count() == 2


def test_the_page_says_that_the_archive_is_known(send, client):
    first = send().headers["Location"]
    again = send()
    assert again.headers["Location"] == first
    page = client.get(first).content.decode()
    assert "submitted this archive on" in page
    assert "No new slot was used" in page


# Deadline


def test_an_upload_that_began_in_time_may_end_within_the_grace(alice, open_phase, truth, submitted, settings):
    settings.UPLOAD_GRACE = timedelta(minutes=60)
    now = timezone.now()
    ended = open_phase(slug="ended", opens_at=now - timedelta(days=2), closes_at=now - timedelta(minutes=59))
    assert submitted(alice, phase=ended, began_at=now - timedelta(minutes=61)).received_at > ended.closes_at
    late = open_phase(slug="late", opens_at=now - timedelta(days=2), closes_at=now - timedelta(minutes=61))
    with pytest.raises(exceptions.UploadTooLate, match="60 minutes"):
        submitted(alice, phase=late, began_at=now - timedelta(minutes=62))
    assert not late.submissions.exists()


# The cap, and grants


def test_submissions_of_a_day_are_counted_also_those_that_are_rejected(alice, open_phase, truth, submitted):
    few = open_phase(slug="few", daily_submission_limit=3, limit=2)
    for _ in range(3):
        submitted(alice, phase=few)
        transitions.record_rejected(transitions.claim("a worker"), [PROBLEM], 1)
    with pytest.raises(exceptions.DailyLimitReached, match="3 times today"):
        submitted(alice, phase=few)
    assert few.submissions.count() == 3


def test_the_page_says_that_the_cap_is_reached_before_anything_is_uploaded(
    client, alice, open_phase, truth, submitted
):
    few = open_phase(slug="few", daily_submission_limit=1)
    submitted(alice, phase=few)
    client.force_login(alice)
    page = client.get(few.submit_url).content.decode()
    assert "submitted once today" in page
    assert 'type="file"' not in page


def test_the_cap_counts_anew_the_next_day(alice, open_phase, truth, submitted):
    now = timezone.now()
    few = open_phase(
        slug="few", daily_submission_limit=1, opens_at=now - timedelta(days=3), closes_at=now + timedelta(days=3)
    )
    submitted(alice, phase=few, began_at=now - timedelta(days=1))
    submitted(alice, phase=few, began_at=now)
    with pytest.raises(exceptions.DailyLimitReached):
        submitted(alice, phase=few, began_at=now)


def test_a_grant_gives_slots_beside_the_quota_and_to_that_team_only(
    alice, alices, charlie, charlies, organiser, open_phase, truth, submitted
):
    only = open_phase(slug="only", limit=1)
    submitted(alice, phase=only)
    with pytest.raises(exceptions.NoSlotLeft):
        submitted(alice, phase=only)
    slot_grants.grant(team=alices, phase=only, extra=1, reason="the server was down", by=organiser)
    assert submitted(alice, phase=only).slots.get().number == 2
    with pytest.raises(exceptions.NoSlotLeft):
        submitted(alice, phase=only)
    assert slots.free(charlies, only, timezone.now()) == 1


def test_a_grant_needs_its_reason(alices, organiser, phase):
    with pytest.raises(ReasonMissing, match="reason"):
        slot_grants.grant(team=alices, phase=phase, extra=1, reason="  ", by=organiser)


@pytest.mark.both_setups
@pytest.mark.parametrize("wrong", [{"extra": 0}, {"extra": 21}, {"reason": ""}])
def test_the_database_takes_no_grant_that_was_a_slip(alices, phase, wrong):
    facts = {"team": alices, "phase": phase, "window": "phase", "extra": 1, "reason": "the server was down"}
    with pytest.raises(IntegrityError):
        SlotGrant.objects.create(**facts | wrong)


def test_a_grant_before_the_phase_opens_is_for_its_first_window(alices, organiser, open_phase):
    opens = timezone.now() + timedelta(days=40)
    later = open_phase(slug="later", per="day", opens_at=opens, closes_at=None)
    slot_grants.grant(team=alices, phase=later, extra=1, reason="a late start", by=organiser)
    assert slots.limit(alices, later, opens) == later.limit + 1


def test_a_grant_in_a_month_is_for_that_month(alices, organiser, open_phase):
    monthly = open_phase(slug="monthly", per="month", limit=2, closes_at=None)
    slot_grants.grant(team=alices, phase=monthly, extra=3, reason="lost a week", by=organiser)
    now = timezone.now()
    assert slots.free(alices, monthly, now) == 5
    assert slots.free(alices, monthly, monthly.next_window_opens(now)) == 2


# Who plays for whom


def test_a_submission_team_locks_everyone_who_is_in_the_team(alice, bob, phase, submitted):
    submitted(bob)
    locks = TeamLock.objects.order_by("user__email")
    assert [(lock.user, lock.team.name, lock.until) for lock in locks] == [
        (alice, "alices", phase.closes_at),
        (bob, "alices", phase.closes_at),
    ]


def test_a_validation_submission_team_locks_nobody(alice, open_phase, install_truth, submitted):
    install_truth("segmentation", split="val")
    submitted(alice, phase=open_phase(slug="val", split="val"))
    assert not TeamLock.objects.exists()


def test_a_member_who_played_for_another_team_stops_the_submission_there(
    alice, bob, charlie, charlies, phase, submitted, stored_files
):
    submitted(alice)
    before = stored_files()
    bob.membership.delete()
    charlies.memberships.create(user=bob, role="member", seat=2)
    with pytest.raises(exceptions.MemberLockedToAnotherTeam, match="Bob was in alices"):
        submitted(charlie)
    assert stored_files() == before
    assert Submission.objects.filter(team=charlies).count() == 0
    assert not TeamLock.objects.filter(team=charlies).exists()


def test_who_was_removed_while_the_archive_was_on_its_way_hands_nothing_in(
    bob, alices, phase, good_zip, stored_files
):
    bob.membership.delete()
    with received(good_zip) as archive, pytest.raises(exceptions.NotInTeam, match="alices"):
        submit(
            team=alices,
            phase=phase,
            user=bob,
            archive=archive,
            method=Method(parameters=1, rules_kept=True),
            began_at=timezone.now(),
        )
    assert stored_files() == []
    assert teams.team_of(bob) is None
    assert not Submission.objects.exists()
