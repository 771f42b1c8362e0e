"""Filled-in forms of organisers' decisions and announcements, and the rows that they are about."""

from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from leaderboard import services as reviews
from leaderboard.models import Review
from leaderboard.team_disqualification import (
    disqualify_team,
    preview_disqualify_team,
    preview_undo_disqualification,
)
from server.accounts.models import User
from server.acts import fingerprint
from server.announcements.models import Announcement
from server.announcements.services import draft_announcement, send_announcement
from server.erasure.services import preview_erase
from server.submissions import slot_grants
from server.submissions.look_alike_acts import preview_look_alike
from server.submissions.models import LookAlike, Submission
from server.teams.captains import preview_appoint
from server.teams.models import Team, TeamLock
from server.teams.renaming import preview_rename
from server.teams.team_locks import preview_end_lock
from server.tracks.models import Phase

WHY = {"reason": "They asked.", "tell": "on"}
NAMES = {"name": "renamed", "affiliation": ""}
TEXT = {"subject": "News", "text": "The phase is *longer*."}
LEAVING = "bob@example.org"
DRAFT, SENT = "A draft", "Sent"


def announced(organiser: User) -> tuple[Announcement, Announcement]:
    """A draft, and a sent announcement that is on the banner."""
    until = timezone.now() + timedelta(days=1)
    draft = draft_announcement(subject=DRAFT, text="Text", by=organiser)
    shown = draft_announcement(subject=SENT, text="Text", by=organiser, on_site=True, banner_until=until)
    return draft, send_announcement(shown, by=organiser)


def arguments_of_decisions(organiser: User, team: Team, submission: Submission) -> dict[str, list[object]]:
    draft, sent = announced(organiser)
    review = reviews.review(submission=submission, verdict="verified", reason="Seen.", by=organiser, tell=False)
    elsewhere = Phase.objects.exclude(pk=submission.phase_id)[:1]
    act = disqualify_team(team=team, scope=elsewhere, reason="Elsewhere.", by=organiser, tell=False)
    open_one, dismissed = look_alikes(submission, Submission.objects.exclude(team=team)[0], organiser)
    things = {
        open_one: ("decisions:dismiss_look_alike", "api:admin_dismiss_look_alike"),
        dismissed: ("decisions:reopen_look_alike", "api:admin_reopen_look_alike"),
        draft: (
            *(f"announcements:{page}" for page in ("one", "edit", "send", "discard")),
            *(f"api:admin_{act}_announcement" for act in ("edit", "send", "discard")),
        ),
        sent: ("announcements:end_banner", "api:admin_end_banner", "public_announcements:one"),
        team: (
            *(f"decisions:{page}" for page in ("team", "rename", "appoint", "grant", "disqualify")),
            *(f"api:admin_{page}" for page in ("team_locks", "rename", "appoint", "grant", "disqualify")),
        ),
        submission: ("decisions:submission", "decisions:review", "api:admin_review"),
        review: ("decisions:undo_review", "api:admin_undo_review"),
        TeamLock.objects.filter(team=team).first(): ("decisions:end_lock", "api:admin_end_lock"),
    }
    undoing = {name: [act] for name in ("decisions:undo_disqualification", "api:admin_undo_disqualification")}
    return undoing | {name: [thing.pk] for thing, names in things.items() for name in names}


def look_alikes(one: Submission, other: Submission, organiser: User) -> list[LookAlike]:
    """One that is open, and one that is no problem."""
    facts = {"equal_maps": 5, "maps": 12}
    said = {"dismissed_at": timezone.now(), "dismissed_by": organiser, "reason": "The baseline."}
    return [
        LookAlike.objects.create(submission=one, other=other, **facts),
        LookAlike.objects.create(submission=other, other=one, **facts, **said),
    ]


def decision_form(name: str, team: Team, phase: Phase) -> dict[str, object]:
    """The form of a page or an address of the API, confirmed where a preview comes before; empty for others."""
    slots = {"phase": phase.pk, "extra": 2}
    forms = {
        "announcements:new": TEXT,
        "announcements:edit": TEXT,
        "api:admin_edit_announcement": TEXT,
        "decisions:rename": NAMES | WHY,
        "decisions:appoint": {"member": str(_member_of(team).pk)} | WHY,
        "decisions:disqualify": {"scope": f"phase:{phase.pk}"} | WHY,
        "decisions:undo_disqualification": WHY,
        "decisions:erase_account": {"account": LEAVING} | WHY,
        "decisions:grant": slots | WHY,
        "decisions:grant_to_all": slots | WHY,
        "decisions:end_lock": WHY,
        "decisions:review": {"verdict": "baseline"} | WHY,
        "decisions:undo_review": WHY,
        "decisions:dismiss_look_alike": {"reason": "They asked."},
        "decisions:reopen_look_alike": {"reason": "They asked."},
    }
    if name in forms:
        return forms[name] | confirmed(name, team, phase)
    page = name.replace("api:admin_", "decisions:").replace("decisions:announcements", "announcements:new")
    said = forms.get(page, {}) if name.startswith("api:admin_") else {}
    return {field: True if value == "on" else value for field, value in said.items()}


def confirmed(name: str, team: Team, phase: Phase) -> dict[str, str]:
    """What the preview's button sends along."""
    leaving = User.objects.filter(email=LEAVING).first()
    reviewed = Review.objects.filter(undone_at=None).select_related("submission").first()
    previews = {
        "decisions:rename": lambda: preview_rename(team, NAMES["name"], NAMES["affiliation"]),
        "decisions:appoint": lambda: preview_appoint(team, _member_of(team)),
        "decisions:disqualify": lambda: preview_disqualify_team(team, [phase]),
        "decisions:undo_disqualification": lambda: preview_undo_disqualification(_act_of(team)),
        "decisions:erase_account": lambda: preview_erase(leaving, leaving),
        "decisions:grant": lambda: slot_grants.preview_grant(team, phase, 2),
        "decisions:grant_to_all": lambda: slot_grants.preview_grant_to_all(phase, 2),
        "decisions:end_lock": lambda: preview_end_lock(TeamLock.objects.filter(team=team).first()),
        "decisions:review": lambda: reviews.preview_review(reviewed.submission, "baseline"),
        "decisions:undo_review": lambda: reviews.preview_undo_review(reviewed),
        "decisions:dismiss_look_alike": lambda: preview_look_alike(LookAlike.objects.open().get(), dismiss=True),
        "decisions:reopen_look_alike": lambda: preview_look_alike(
            LookAlike.objects.exclude(dismissed_at=None).get(), dismiss=False
        ),
    }
    return {"confirm": "1", "seen": fingerprint(previews[name]())} if name in previews else {}


def _member_of(team: Team) -> User:
    return User.objects.get(membership__team=team, membership__role="member")


def _act_of(team: Team) -> UUID:
    return team.disqualifications.values_list("act", flat=True)[0]
