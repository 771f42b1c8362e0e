"""After an erasure neither name nor address is found anywhere; boards, locks and other people stay."""

import json
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.db.models import JSONField
from django.urls import reverse
from django.utils import timezone

from leaderboard import services as reviews
from server.accounts.forms import ProfileForm
from server.accounts.models import ErasedAddress, User
from server.accounts.services import make_token
from server.acts import fingerprint
from server.alarms.models import Alarm
from server.announcements.services import draft_announcement, send_announcement
from server.audit.models import AuditLogEntry, OpenErasure, PublicLogEntry
from server.audit.services import erasing, publish_line, record
from server.desk.models import PutAway
from server.erasure.columns import ADDRESSES_ONLY, searched_columns, walked_models
from server.erasure.exceptions import AlreadyErased, LastAdministrator, NotYourOrganiser
from server.erasure.services import delete_own_account, erase, preview_erase
from server.leases import release
from server.outbox.services import send_due
from server.results.models import PaperPack
from server.submissions import slot_grants, transitions
from server.submissions.cleanup import remove_stale
from server.submissions.exceptions import MemberLockedToAnotherTeam
from server.teams import services as teams
from server.teams.captains import appoint_captain
from server.teams.exceptions import StillLocked
from server.teams.models import Membership, PastMembership, Team, TeamLock
from server.teams.team_locks import end_team_lock
from tests.server.roles import all_rows, bare, changes

pytestmark = pytest.mark.django_db
NAME, FORMER = "Zoë Ångström-Łoś", "Zoë Unterberger"
ADDRESS, SECOND, GONE = "zoe.a@example.org", "zoe+lid@uni.example", "zoe.u@example.net"
NEEDLES = ("Ångström", "Unterberger", "zoe.a@", "zoe+lid@", "zoe@uni.example", "zoe.u@")
WHY = f"{NAME} <{ADDRESS}> asked for it."


@pytest.fixture
def zoe(person, alice, rf):
    """In the alices by an invitation to her address; she had another name and other addresses."""
    user = person("Zoe")
    User.objects.filter(pk=user.pk).update(email=ADDRESS, name=FORMER)
    EmailAddress.objects.filter(user=user).update(email=ADDRESS)
    user.refresh_from_db()
    for email in (SECOND, GONE):
        EmailAddress.objects.create(user=user, email=email, verified=True)
    teams.join(user=user, invitation=teams.invite_person(captain=alice, email=ADDRESS))
    form = ProfileForm({"name": NAME}, instance=user)
    form.save()
    EmailAddress.objects.get(email=GONE).delete()
    return User.objects.get(pk=user.pk)


@pytest.fixture
def traces(zoe, alice, bob, dora, charlie, alices, organiser, admin, phase, submitted, logged_in, client_of):
    """Zoë named in every kind of text there is."""
    teams.transfer_captaincy(captain=alice, member=zoe)
    teams.invite_person(captain=zoe, email="friend@example.org")
    teams.invite_person(captain=zoe, email=SECOND.upper())
    submission = submitted(zoe)
    numbers = {"mean_iou": 0.5, "mean_accuracy": 0.5, "pixel_accuracy": 0.5}
    assert transitions.record_scored(transitions.claim("a worker"), numbers, [])
    end_team_lock(TeamLock.objects.get(user=zoe), by=organiser, reason=WHY)
    submitted(zoe)  # locks her again, and waits
    with transaction.atomic():
        appoint_captain(team=alices, member=alice, by=organiser, reason=WHY)
        appoint_captain(team=alices, member=zoe, by=organiser, reason=WHY)
        publish_line(text=f"{NAME}, {FORMER} and {ADDRESS} were heard.", about=phase, by=organiser)
        record(by=organiser, what="paused", subject=phase, changes={f"for {SECOND}": [NAME, ""]}, reason=WHY)
    reviews.review(submission=submission, verdict="verified", reason=WHY, by=organiser)
    slot_grants.grant(team=alices, phase=phase, extra=1, reason=WHY, by=organiser)
    announced = draft_announcement(subject=f"{NAME} asks", text=f"Write to {ADDRESS}.", by=organiser, on_site=True)
    send_announcement(announced, by=organiser)
    PutAway.objects.create(key="x", text=WHY)
    Alarm.objects.create(cause="x", title=NAME, text=f"{FORMER}: {ADDRESS}")
    make_token(user=zoe, label=NAME, scope="read", days=None)
    EmailAddress.objects.create(user=dora, email=ADDRESS, verified=False)
    client = client_of()
    client.force_login(zoe)
    client.force_login(admin)
    form = {"email": ADDRESS, "name": NAME, "is_active": "on", "is_staff": "on"}
    client.post(reverse("admin:accounts_user_change", args=[zoe.pk]), form)
    client.post(reverse("admin:accounts_user_change", args=[zoe.pk]), form | {"is_staff": ""})
    assert LogEntry.objects.filter(object_repr=NAME).exists()
    send_due()
    return submission


def tables_with(needle: str) -> list[str]:
    """Every table and column of the database with these words, as they are and as JSON escapes them."""
    spelled = {needle.casefold(), json.dumps(needle)[1:-1].casefold()}
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                values = zip(names, (str(value).casefold() for value in row), strict=True)
                found += [f"{table}.{name}" for name, text in values if any(each in text for each in spelled)]
    return sorted(set(found))


def boards(client, phase) -> list[tuple]:
    """The board as page, by the API and as files, but for the clock."""
    urls = [phase.get_absolute_url(), reverse("api:leaderboard", args=[phase.pk])]
    urls += [
        reverse("leaderboard:board_export", args=[phase.track.slug, phase.slug, kind]) for kind in ("csv", "json")
    ]
    return [bare(client.get(url)) for url in urls]


@pytest.mark.both_setups
def test_nothing_names_the_person_and_all_else_stays(
    traces, zoe, alice, alices, phase, organiser, client, folders
):
    assert all(tables_with(needle) for needle in NEEDLES), "else the search proves nothing"
    shown, before = boards(client, phase), all_rows()
    preview = preview_erase(zoe, organiser)
    assert changes(before, all_rows()) == [], "a preview changes nothing"
    assert f"in the team alices ends; {alice} becomes its captain" in " ".join(preview.effects)
    assert "× audit log entry" in preview.effects[1]
    mail.outbox.clear()
    erase(zoe, by=organiser, reason=WHY, seen=fingerprint(preview))

    assert [(needle, found) for needle in NEEDLES if (found := tables_with(needle))] == []
    files = [path for path in folders.rglob("*") if path.is_file()]
    assert files
    assert [path for path in files for needle in NEEDLES if needle.encode() in path.read_bytes()] == []
    send_due()
    sent = " ".join(f"{message.to} {message.subject} {message.body}" for message in mail.outbox)
    assert not [needle for needle in NEEDLES if needle in sent]
    assert [message.to for message in mail.outbox] == [["alice@example.org"], ["bob@example.org"]]
    assert "Alice is its captain now" in sent
    assert boards(client, phase) == shown
    assert not OpenErasure.objects.exists()

    gone = User.objects.get(pk=zoe.pk)
    assert (str(gone), gone.email, gone.is_active) == ("former member 1", "former-member-1@erased.invalid", False)
    assert PastMembership.objects.filter(user=zoe, team=alices).exists()
    assert Membership.objects.get(user=alice).role == "captain"
    assert TeamLock.objects.filter(user=zoe, ended_at=None).count() == 1
    entry = AuditLogEntry.objects.about(gone).first()
    assert (entry.what, str(entry.subject), entry.by) == ("erased an account", "former member 1", organiser)
    assert entry.reason == "former member 1 <former-member-1@erased.invalid> asked for it."
    appointed = AuditLogEntry.objects.filter(what="appointed a captain").order_by("pk")
    assert [one.changes["captain"] for one in appointed] == [
        ["former member 1", "Alice"],
        ["Alice", "former member 1"],
    ]
    assert [PublicLogEntry.objects.get(text__contains="heard").text] == [
        "former member 1, former member 1 and [e-mail address left out] were heard."
    ]
    touched = {label for label, pk in after_only(before) if label == "accounts.user" and pk != zoe.pk}
    assert touched == set()


def after_only(before):
    after = all_rows()
    return [key for key in before.keys() & after.keys() if before[key] != after[key]]


@pytest.mark.both_setups
def test_every_text_of_every_table_is_searched(arguments, person, alices, organiser):
    """Planted in each text column of each table that has a row: a new table is searched without a word here."""
    user = person("Ylva")
    User.objects.filter(pk=user.pk).update(name="Ylva Quark", email="ylva@quark.example")
    EmailAddress.objects.filter(user=user).update(email="ylva@quark.example")
    planted, who = [], "Ylva Quark of ylva@quark.example"
    with transaction.atomic(), erasing():
        for model in walked_models():
            row = model._base_manager.order_by("pk").first()
            for field in searched_columns(model) if row else ():
                words = f"{who} {getattr(row, field.name)}"[: field.max_length]
                if field.name in ADDRESSES_ONLY.get(model._meta.label_lower, ()):
                    words = "ylva@quark.example"
                elif isinstance(field, JSONField):
                    words = [who, {"ylva@quark.example": [who]}]
                try:
                    with transaction.atomic():
                        model._base_manager.filter(pk=row.pk).update(**{field.name: words})
                except IntegrityError:
                    continue  # a code of its own or a frozen column, which cannot name a person
                planted.append(f"{model._meta.label}.{field.name}")
    assert len(planted) > 40
    assert "audit.AuditLogEntry.changes" in planted
    assert tables_with("quark")
    erase(User.objects.get(pk=user.pk), by=organiser, reason="Asked.")
    assert tables_with("quark") == []


def test_a_name_that_others_have_too_is_replaced_only_where_it_means_the_person(
    person, alice, charlie, charlies, organiser, alices
):
    namesake, other = person("Max"), person("Moritz")
    User.objects.filter(pk=other.pk).update(name="Max")
    for user, captain in ((namesake, alice), (other, charlie)):
        teams.join(user=user, invitation=teams.invite(captain=captain))
    with transaction.atomic():
        for team in (alices, charlies):
            record(by=organiser, what="paused", subject=team, changes={"Max": ["Max", "Maxim"]}, reason="Max F1")
    erase(User.objects.get(pk=namesake.pk), by=organiser, reason="Asked.")
    ours, theirs = (AuditLogEntry.objects.about(team).latest("pk") for team in (alices, charlies))
    assert (ours.changes, ours.reason) == ({"Max": ["former member 1", "Maxim"]}, "former member 1 F1")
    assert (theirs.changes, theirs.reason) == ({"Max": ["Max", "Maxim"]}, "Max F1")
    assert str(User.objects.get(pk=other.pk)) == "Max"


def test_an_address_that_is_another_account_s_by_now_stays_theirs(zoe, person, organiser, dora):
    EmailAddress.objects.create(user=dora, email="zoe@uni.example", verified=True)
    with transaction.atomic():
        entry = record(by=organiser, what="paused", subject=dora, reason="zoe@uni.example and zoe+lid@uni.example")
    erase(zoe, by=organiser, reason="Asked.")
    entry.refresh_from_db()
    assert entry.reason == "zoe@uni.example and former-member-1@erased.invalid"


def test_a_reason_on_a_board_that_is_kept_changes_at_once(zoe, have_scored, alice, organiser, client, phase):
    row = have_scored(alice, 0.5)
    reviews.review(submission=row, verdict="disqualified", reason=f"{NAME} is in two teams.", by=organiser)
    for named in (NAME, "former member 1"):
        assert f"{named} is in two teams." in client.get(phase.get_absolute_url()).content.decode()
        if named == NAME:
            erase(zoe, by=organiser, reason="Asked.")


def test_paper_packs_are_deleted_or_begun_anew(zoe, organiser, folders, django_capture_on_commit_callbacks):
    ready = PaperPack.objects.create(state="ready", created_by=organiser)
    begun = PaperPack.objects.create(
        created_by=organiser, fence=1, lease_until=timezone.now() + timedelta(hours=1)
    )
    ready.path.parent.mkdir(parents=True, exist_ok=True)
    ready.path.write_text(f"{NAME},{ADDRESS}")
    with django_capture_on_commit_callbacks(execute=True):
        erase(zoe, by=organiser, reason="Asked.")
    assert not ready.path.exists()
    assert PaperPack.objects.get(pk=ready.pk).state == "deleted"
    assert not release(begun, state="ready"), "what was made of the former rows is not kept"


def test_words_of_teams_stay_and_are_listed(zoe, alices, organiser):
    Team.objects.filter(pk=alices.pk).update(name=f"The {NAME}s and {NAME}")
    assert preview_erase(zoe, organiser).kept == (f"team The {NAME}s and {NAME}: name",)
    erase(zoe, by=organiser, reason="Asked.")
    assert NAME in Team.objects.get(pk=alices.pk).name


def test_who_signs_up_again_is_still_locked(zoe, bob, alices, charlie, person, organiser, submitted, phase):
    submitted(bob)
    erase(zoe, by=organiser, reason="Asked.")
    again = User.objects.create_user(ADDRESS, "seven quick days", name="Somebody New")
    EmailAddress.objects.create(user=again, email=ADDRESS, verified=True, primary=True)
    with pytest.raises(StillLocked, match="alices"):
        teams.join(user=again, invitation=teams.invite(captain=charlie))
    Membership.objects.create(user=again, team=charlie.membership.team, seat=3)
    with pytest.raises(MemberLockedToAnotherTeam, match="Somebody New"):
        submitted(charlie)
    remove_stale()
    assert ErasedAddress.objects.exists()
    TeamLock.objects.update(ended_at=timezone.now(), reason="It is over.")
    remove_stale()
    assert not ErasedAddress.objects.exists()
    assert submitted(charlie)


def test_who_may_be_erased(zoe, organiser, admin, person, dora):
    with pytest.raises(LastAdministrator):
        delete_own_account(admin)
    with pytest.raises(NotYourOrganiser):
        erase(person("Oskar", is_staff=True), by=organiser, reason="Asked.")
    erase(organiser, by=admin, reason="Asked.")
    delete_own_account(zoe)
    delete_own_account(dora)
    assert [str(user) for user in User.objects.exclude(erased_as=None).order_by("erased_as")] == [
        "former member 1",
        "former member 2",
        "former member 3",
    ]
    with pytest.raises(AlreadyErased):
        erase(User.objects.get(pk=dora.pk), by=admin, reason="Twice.")
    entry = AuditLogEntry.objects.about(dora).get()
    assert (entry.what, str(entry.by)) == ("deleted the own account", "former member 3")


@pytest.mark.both_setups
def test_only_texts_can_be_changed_and_only_by_an_erasure(organiser, phase):
    with transaction.atomic():
        entry = record(by=organiser, what="paused", subject=phase, reason="flood")
    rows = AuditLogEntry.objects.filter(pk=entry.pk)
    for change in ({"what": "x"}, {"by": None}, {"at": timezone.now() - timedelta(days=1)}, {"key": "2"}):
        with pytest.raises(IntegrityError), transaction.atomic(), erasing():
            rows.update(reason="x", **change)
    with pytest.raises(IntegrityError), transaction.atomic(), erasing():
        rows._raw_delete(rows.db)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(reason="x")
    assert rows.get().reason == "flood"
    with transaction.atomic(), erasing():
        rows.update(reason="x")
    assert rows.get().reason == "x"
