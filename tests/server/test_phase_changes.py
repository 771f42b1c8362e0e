"""Changes of the dates of phases: what is shown first, what is saved, and what follows."""

from datetime import UTC, datetime, timedelta
from functools import partial
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from leaderboard.ranking.history import phase_at
from leaderboard.ranking.standings import standings
from server.accounts.services import make_token
from server.acts import ActRefused, PreviewOutdated, fingerprint
from server.announcements.models import Announcement
from server.audit.models import AuditLogEntry, PublicLogEntry
from server.outbox.models import OutboxEmail
from server.outbox.services import send_due
from server.phases.changes import Change
from server.phases.exceptions import PhaseChangeRefused
from server.phases.services import change_phases, preview_change
from server.submissions import entries
from server.submissions.deadline_reminders import remind
from server.submissions.models import Submission
from server.teams import services as teams
from server.teams.team_locks import active_locks
from server.time_format import format_utc
from server.tracks.models import Phase
from tests.ground_truths import distinct

pytestmark = [pytest.mark.django_db, pytest.mark.both_setups]
AN_HOUR, A_DAY = timedelta(hours=1), timedelta(days=1)
EXTEND = Change("extend", hours=12)
LIST, CHANGE = reverse("organiser_phases:index"), reverse("organiser_phases:change")


@pytest.fixture
def three(open_phase, phase):
    """The phases of the three tracks that close at the same moment, a day less an hour from now."""
    phases = [phase, open_phase("scene-parsing"), open_phase("localization")]
    Phase.objects.filter(pk__in=[one.pk for one in phases]).update(closes_at=now() + A_DAY - AN_HOUR)
    return list(Phase.objects.filter(pk__in=[one.pk for one in phases]).order_by("pk"))


@pytest.fixture
def extend(three, organiser):
    return partial(change_phases, three, EXTEND, by=organiser, reason="The power failed.")


def now() -> datetime:
    return timezone.now().replace(microsecond=0)


def closes(phases) -> list[datetime]:
    return [Phase.objects.get(pk=phase.pk).closes_at for phase in phases]


@pytest.fixture
def season(three, install_truth, truth, submitted, alice, bob):
    """Alice, of Bob's team, has submitted to all three a while ago; their results wait for the close."""
    Phase.objects.filter(pk__in=[phase.pk for phase in three]).update(results=Phase.Results.AFTER_CLOSE)
    for phase in three:
        slug = phase.track.slug
        made = truth if slug == truth.row.track.slug else install_truth(slug)
        submitted(alice, phase=phase, content=distinct(made.guessed(0.8)))
    Submission.objects.update(received_at=now() - 3 * A_DAY)
    remind(timezone.now())  # a day before the old close
    return list(Phase.objects.filter(pk__in=[phase.pk for phase in three]).order_by("pk"))


def test_three_deadlines_move_by_twelve_hours_in_one_act(season, organiser, bob, logged_in, client):
    old, new = season[0].closes_at, season[0].closes_at + timedelta(hours=12)
    browser = logged_in(organiser)
    address = f"{CHANGE}?{'&'.join(f'phases={phase.pk}' for phase in season)}&act=extend&hours=12"
    page = browser.get(address)
    text = page.content.decode()
    for phase in season:
        assert f"The results are public from {format_utc(new)} on, not from {format_utc(old)} on." in text
        assert f"{phase}: The reminder 24 hours before the close is sent again" in text_of_effects(page)
    assert text.count("The team locks of 2 people end at another time") == 3
    assert text.count("1 submission is queued and 0 being scored") == 3
    assert closes(season) == [old] * 3  # only looked at
    answer = browser.post(address, page.context["form"].initial | {"reason": "The power failed."})
    assert (answer.status_code, answer.headers["Location"]) == (302, LIST)

    assert closes(season) == [new] * 3
    assert [lock.until for lock in active_locks(bob)] == [new] * 3
    remind(new - AN_HOUR * 23)
    told = OutboxEmail.objects.filter(user=bob, kind="deadline", text__contains=format_utc(new))
    assert all(told.filter(text__contains=str(phase)).count() == 1 for phase in season)
    for phase in Phase.objects.filter(pk__in=[phase.pk for phase in season]):
        assert [phase.shows_results(at) for at in (old, new)] == [False, True]
        board = client.get(phase.get_absolute_url()).content.decode()
        assert f"{new:%Y-%m-%dT%H:%M:%S}" in board
        assert f"{old:%Y-%m-%dT%H:%M:%S}" not in board
    expect_one_record(season, organiser, old, new)
    expect_the_draft_arrives(season, browser, old, new)


def text_of_effects(page) -> str:
    return " ".join(sentence for sentence in page.context["preview"].sentences)


def expect_one_record(season, organiser, old: datetime, new: datetime) -> None:
    """One entry of the audit log about all three, and one line of the public log."""
    together = AuditLogEntry.objects.get(what="changed several phases")
    assert together.by == organiser
    assert together.reason == "The power failed."
    assert together.changes == {f"{phase}: closes_at": [old.isoformat(), new.isoformat()] for phase in season}
    line = PublicLogEntry.objects.get()
    assert all(str(phase) in line.text for phase in season)
    assert f"moved from {format_utc(old)} to {format_utc(new)}" in line.text


def expect_the_draft_arrives(season, browser, old: datetime, new: datetime) -> None:
    """The announcement waits for an organiser; sent, it reaches both members once."""
    draft = Announcement.objects.get()
    assert draft.sent_at is None
    assert set(draft.phases.all()) == set(season)
    page = browser.get(reverse("announcements:one", args=[draft.pk]))
    send_due()
    mail.outbox.clear()
    browser.post(reverse("announcements:send", args=[draft.pk]), {"seen": page.context["seen"]})
    send_due()
    moved = f"moved from {format_utc(old)} to {format_utc(new)}"
    assert sorted(message.to[0] for message in mail.outbox if moved in message.body) == [
        "alice@example.org",
        "bob@example.org",
    ]


def test_boards_of_the_past_keep_the_dates_of_then(three, extend):
    before, old = timezone.now(), three[0].closes_at
    extend()
    then = [phase_at(Phase.objects.get(pk=phase.pk), before).closes_at for phase in three]
    assert then == [old] * 3


def test_posting_twice_acts_once(three, organiser, logged_in):
    browser, old = logged_in(organiser), three[0].closes_at
    address = f"{CHANGE}?phases={three[0].pk}&act=extend&hours=12"
    form = browser.get(address).context["form"].initial | {"reason": "Asked for."}
    assert [browser.post(address, form).status_code for _ in range(2)] == [302, 409]
    assert closes(three[:1]) == [old + timedelta(hours=12)]
    assert Announcement.objects.count() == 1


def test_of_two_organisers_the_second_is_told_what_changed(three, extend, organiser, logged_in):
    browser, closed = logged_in(organiser), three[0].closes_at
    address = f"{CHANGE}?{'&'.join(f'phases={phase.pk}' for phase in three)}&act=extend&hours=12"
    form = browser.get(address).context["form"].initial | {"reason": "Asked for."}
    change_phases(three[2:], Change("extend", hours=1), by=organiser, reason="An hour.")
    answer = browser.post(address, form)
    assert answer.status_code == 409
    news = answer.context["news"]
    assert news
    assert all(str(three[2]) in sentence for sentence in news)
    assert format_utc(closed + timedelta(hours=13)) in news[0]
    assert closes(three[:2]) == [closed] * 2
    with pytest.raises(PreviewOutdated):
        extend(seen=form["seen"])


def test_a_submission_meanwhile_does_not_make_the_preview_stale(three, extend, alice, submitted):
    seen = fingerprint(preview_change(three, EXTEND))
    submitted(alice, phase=three[0])
    assert extend(seen=seen)


def test_all_phases_change_or_none(three, organiser):
    Phase.objects.filter(pk=three[2].pk).update(closes_at=now() - AN_HOUR / 2)
    with pytest.raises(PhaseChangeRefused, match="choose “Reopen”"):
        change_phases(three, EXTEND, by=organiser, reason="Asked for.")
    assert closes(three[:2]) == [three[0].closes_at] * 2
    assert not PublicLogEntry.objects.exists()


AT = {"past": -2, "soon": 1, "later": 48, "much later": 96}  # in hours


@pytest.mark.parametrize(
    ("state", "change", "why"),
    [
        ("open", {"act": "extend"}, "give either the number of hours or the new close"),
        ("open", {"act": "extend", "hours": 0}, "a number of hours from 1 to"),
        ("open", {"act": "extend", "hours": 1, "closes_at": "later"}, "give either"),
        ("open", {"act": "extend", "closes_at": "past"}, "which is past. To close it now, choose “Close now”"),
        ("open", {"act": "extend", "closes_at": "soon"}, "an extension ends later"),
        ("open", {"act": "move", "closes_at": "past"}, "which is past. To close it now, choose “Close now”"),
        ("open", {"act": "move", "opens_at": "soon"}, "that cannot move any more"),
        ("open", {"act": "move"}, "give the new opening, the new close or both"),
        ("open", {"act": "move", "closes_at": "later", "no_end": True}, "not both"),
        ("open", {"act": "resume"}, "is like that already"),
        ("open", {"act": "reopen", "closes_at": "later"}, "is not closed"),
        ("open", {"act": "pause", "closes_at": "later"}, "Leave the times empty"),
        ("paused", {"act": "pause"}, "is like that already"),
        ("upcoming", {"act": "move", "opens_at": "past"}, "would open on .*, which is past. Give a time to come"),
        ("upcoming", {"act": "move", "opens_at": "much later"}, "Give a close after the opening"),
        ("upcoming", {"act": "move", "opens_at": "later", "closes_at": "soon"}, "Give a close after the opening"),
        ("upcoming", {"act": "close_now"}, "is not open"),
        ("closed", {"act": "extend", "hours": 12}, "choose “Reopen”"),
        ("closed", {"act": "move", "closes_at": "later"}, "choose “Reopen”"),
        ("closed", {"act": "reopen"}, "give the new close"),
        ("closed", {"act": "reopen", "closes_at": "past"}, "which is past"),
        ("closed", {"act": "close_now"}, "is not open"),
        ("endless", {"act": "extend", "hours": 12}, "has no end"),
        ("after close", {"act": "move", "no_end": True}, "so it needs a close"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused_in_words(open_phase, organiser, state, change, why):
    dates = {
        "paused": {"paused": True},
        "upcoming": {"opens_at": now() + A_DAY, "closes_at": now() + 3 * A_DAY},
        "closed": {"opens_at": now() - A_DAY, "closes_at": now() - AN_HOUR},
        "endless": {"closes_at": None},
        "after close": {"results": Phase.Results.AFTER_CLOSE},
    }
    phase = open_phase(**dates.get(state, {}))
    times = {name: now() + AT[at] * AN_HOUR for name, at in change.items() if at in AT}
    act = partial(change_phases, [phase], Change(**(change | times)), by=organiser, confirmed=True)
    with pytest.raises(PhaseChangeRefused, match=why):
        act(reason="Asked for.")
    assert not AuditLogEntry.objects.filter(what="changed a phase").exists()


def test_a_reason_is_required_and_closing_now_is_confirmed(three, organiser, logged_in):
    with pytest.raises(ActRefused, match="Give the reason"):
        change_phases(three, EXTEND, by=organiser, reason="  ")
    with pytest.raises(PhaseChangeRefused, match="Confirm that the phases close now"):
        change_phases(three, Change("close_now"), by=organiser, reason="Broken.")
    browser, address = logged_in(organiser), f"{CHANGE}?phases={three[0].pk}&act=close_now"
    form = browser.get(address).context["form"].initial | {"reason": "Broken."}
    assert browser.post(address, form).status_code == 400
    assert browser.post(address, form | {"confirmed": "on"}).status_code == 302
    assert Phase.objects.get(pk=three[0].pk).status == "closed"
    assert "Closed now: " in PublicLogEntry.objects.get().text


def test_reopening_names_who_is_in_another_team_and_hides_results_again(
    open_phase, truth, alice, bob, charlie, submitted, organiser
):
    phase = open_phase(results=Phase.Results.AFTER_CLOSE, slug="again")
    submitted(alice, phase=phase)
    Phase.objects.filter(pk=phase.pk).update(closes_at=now() - AN_HOUR / 2)
    teams.leave(user=bob)
    teams.join(user=bob, invitation=teams.invite(captain=charlie))
    phase = Phase.objects.get(pk=phase.pk)
    preview = preview_change([phase], Change("reopen", closes_at=now() + A_DAY))
    told = " ".join(preview.sentences)
    assert "Bob submitted with alices and is in charlies meanwhile" in told
    assert "are hidden again until" in told
    assert preview.effects[0].locked == 2
    change_phases([phase], preview.change, by=organiser, reason="Reopened.", seen=fingerprint(preview))
    phase = Phase.objects.get(pk=phase.pk)
    assert phase.status == "open"
    assert standings(phase) == []


def test_reminders_that_are_no_longer_sent_and_days_of_results_are_told(open_phase, alice, truth):
    close = now() + 4 * A_DAY
    phase = open_phase(results=Phase.Results.AFTER_CLOSE, closes_at=close)
    told = preview_change([phase], Change("pause")).sentences
    assert sum("hours before the close is no longer sent" in sentence for sentence in told) == 2
    sooner = preview_change([phase], Change("move", closes_at=now() + AN_HOUR)).sentences
    assert any("The reminder 72 hours before the close is no longer sent" in sentence for sentence in sooner)
    assert any(f"not from {format_utc(close)} on" in sentence for sentence in sooner)


def test_teams_with_slots_left_are_counted(open_phase, alice, charlie, truth, submitted, phase):
    small = open_phase(limit=1, slug="small")
    submitted(alice, phase=small)
    submitted(charlie)
    assert preview_change([small], EXTEND).effects[0].teams_with_slots == 1


def test_an_extension_into_the_next_phase_of_the_split_is_warned_of(tracks, logged_in, organiser):
    challenge, benchmark = (
        Phase.objects.get(track__slug="segmentation", slug=slug) for slug in ("challenge", "open")
    )
    Phase.objects.filter(pk=challenge.pk).update(closes_at=now() + A_DAY)
    Phase.objects.filter(pk=benchmark.pk).update(opens_at=now() + A_DAY)
    phase = Phase.objects.select_related("track").get(pk=challenge.pk)
    assert preview_change([phase], Change("pause")).overlaps == ()
    preview = preview_change([phase], EXTEND)
    assert "a team has 5 + 5 submissions there" in " ".join(preview.sentences)
    change_phases([phase], EXTEND, by=organiser, reason="Asked for.")
    assert "a team has 5 + 5 submissions there" in logged_in(organiser).get(LIST).content.decode()


def test_moved_together_they_do_not_overlap(tracks):
    opens = [datetime(2030, month, 1, tzinfo=UTC) for month in (1, 2)]
    Phase.objects.filter(slug="challenge").update(opens_at=opens[0], closes_at=opens[1])
    Phase.objects.filter(slug="open").update(opens_at=opens[1])
    phases = list(Phase.objects.filter(slug="challenge").select_related("track"))
    assert preview_change(phases, EXTEND).overlaps
    assert not preview_change(phases, Change("move", opens_at=opens[0] + AN_HOUR)).overlaps


def test_the_command_says_what_follows_and_does_the_same(three):
    out, names = StringIO(), ["segmentation/now", "scene-parsing/now", "localization/now"]
    old = three[0].closes_at
    act = partial(call_command, "change_phases", "extend", *names, "--hours", "12", stdout=out)
    act("--dry-run")
    assert out.getvalue().count(f"Closes: {format_utc(old)} → {format_utc(old + timedelta(hours=12))}") == 3
    assert closes(three) == [old] * 3
    with pytest.raises(CommandError, match="Give the reason"):
        act()
    act("--reason", "The power failed.")
    assert closes(three) == [old + timedelta(hours=12)] * 3
    assert AuditLogEntry.objects.filter(what="changed several phases (manage.py change_phases)").count() == 1
    with pytest.raises(CommandError, match="There is no phase “x”"):
        call_command("change_phases", "pause", "x", "--reason", "y")
    with pytest.raises(CommandError, match="is not a time"):
        call_command("change_phases", "move", names[0], "--closes-at", "soon", "--reason", "y")


@pytest.fixture
def ask(client, organiser):
    """Post JSON to the API's act as an organiser's program: `ask(act="pause", phases=[1])`."""

    def post(scope: str = "admin", **fields):
        _, secret = make_token(user=organiser, label="x", scope=scope, days=1)
        headers = {"Authorization": f"Bearer {secret}"}
        return client.post("/api/v1/admin/phases/change/", fields, "application/json", headers=headers)

    return post


def test_programs_see_the_same_preview_and_do_the_same_act(three, ask):
    old, asked = three[0].closes_at, {"phases": [phase.pk for phase in three], "act": "extend", "hours": 12}
    shown = ask(**asked, dry_run=True)
    assert shown.status_code == 200
    effect = shown.json()["effect"]["effects"][0]
    assert effect["dates"] == [
        {"name": "closes_at", "before": format_utc(old), "after": format_utc(old + 12 * AN_HOUR)}
    ]
    assert closes(three) == [old] * 3
    act = asked | {"preview": shown.json()["preview"]}
    assert ask(**act).json()["detail"].startswith("Give the reason")
    assert ask(**act, reason="The power failed.").json()["changed"] == [phase.pk for phase in three]
    assert closes(three) == [old + 12 * AN_HOUR] * 3
    again = ask(**act, reason="The power failed.")
    assert (again.status_code, again.json()["code"]) == (409, "preview_outdated")
    assert ask(scope="submit", **asked).status_code == 403
    refused = ask(phases=[three[0].pk], act="move", closes_at="2020-01-01", reason="x")
    assert (refused.status_code, refused.json()["code"]) == (409, "phase_change_refused")


@pytest.fixture
def judged(open_phase, truth, alice, charlie, have_scored):
    """A phase that has closed and shows its results when an organiser does: three scores, one withdrawn."""
    phase = open_phase(slug="judged", results=Phase.Results.BY_ORGANISER)
    for who, score in ((alice, 0.5), (alice, 0.6), (charlie, 0.4)):
        last = have_scored(who, score, phase=phase)
    entries.withdraw(last)
    Phase.objects.filter(pk=phase.pk).update(closes_at=now() - AN_HOUR / 2)
    return Phase.objects.select_related("track").get(pk=phase.pk)


def test_results_are_shown_after_it_was_said_whose(judged, organiser, logged_in, ask):
    browser, asked = logged_in(organiser), {"phases": [judged.pk], "act": "show_results"}
    address = f"{CHANGE}?phases={judged.pk}&act=show_results"
    assert address.replace("&", "&amp;") in browser.get(LIST).content.decode()
    page = browser.get(address)
    text = page.content.decode()
    assert "<dd><del>not yet</del> → <ins>now</ins></dd>" in text
    assert "Public at once: 2 scores of 1 team, with ranks, curves and files." in text
    assert "Results per class become public with them." in text
    assert "Nobody gets a mail unless you send the drafted announcement." in text
    assert ask(**asked, dry_run=True).json()["preview"] == page.context["form"].initial["seen"]
    assert standings(judged) == []
    seen = page.context["form"].initial
    assert browser.post(address, seen | {"reason": ""}).status_code == 400
    assert browser.post(address, seen | {"reason": "All rows were checked."}).status_code == 302
    judged.refresh_from_db()
    assert [row.submission.team.name for row in standings(judged)] == ["alices"]
    assert (
        PublicLogEntry.objects.get().text == f"Public now: the results of {judged}. Reason: All rows were checked."
    )
    entry = AuditLogEntry.objects.get(what="changed a phase")
    shown_at = judged.results_shown_at.isoformat()
    assert (entry.reason, entry.changes) == ("All rows were checked.", {"results_shown_at": ["", shown_at]})
    assert Announcement.objects.get().subject == "Results are public: Now"
    assert not OutboxEmail.objects.filter(kind="announcement").exists()


def test_results_that_are_public_or_come_by_themselves_are_not_shown_again(judged, three, ask):
    def shown(phase):
        return ask(phases=[phase.pk], act="show_results", reason="Twice.")

    assert shown(judged).status_code == 200
    first = Phase.objects.get(pk=judged.pk).results_shown_at
    assert "have been public since" in shown(judged).json()["detail"]
    assert "shows its results immediately" in shown(three[0]).json()["detail"]
    assert Phase.objects.get(pk=judged.pk).results_shown_at == first
