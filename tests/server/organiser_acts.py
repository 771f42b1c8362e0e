"""What an organiser can do, act by act: whether it is previewed, needs a reason, is recorded, mailed, undone."""

from dataclasses import dataclass, fields

NONE = "none: "  # a cell that begins so says why there is none


@dataclass(frozen=True)
class Act:
    """A row of the table. Each cell says how it is seen, or begins with NONE and says why there is none."""

    name: str
    path: str  # the name of its URL; an action of an admin's list follows it after a space
    preview: str
    reason: str
    audit: str  # as the audit log names the act
    mail: str
    undo: str

    def empty_cells(self) -> list[str]:
        return [field.name for field in fields(self) if not getattr(self, field.name).strip()]


ACTS = [
    Act(
        "rename a team",
        "admin:teams_team_change",
        preview=NONE + "the form shows the old name, and nothing else follows",
        reason=NONE + "the team's history shows both names",
        audit="renamed a team",
        mail=NONE + "the team's page shows it",
        undo="rename it back",
    ),
    Act(
        "appoint a captain",
        "admin:teams_membership_change",
        preview=NONE + "the page names member and team, and nothing else follows",
        reason="required",
        audit="appointed a captain",
        mail=NONE + "the team's page shows it",
        undo="appoint the former captain",
    ),
    Act(
        "end a team lock",
        "admin:teams_teamlock_change",
        preview="the help text says what the person may do then",
        reason="required",
        audit="ended a team lock",
        mail=NONE + "the person who asked for it sees it on the page of the team to join",
        undo=NONE + "the person may have joined another team",
    ),
    Act(
        "add a track",
        "admin:tracks_track_add",
        preview=NONE + "a track without phases takes no submissions",
        reason=NONE + "nobody is affected",
        audit="added a track",
        mail=NONE + "nobody is affected",
        undo=NONE + "its page remains, and without phases takes no submissions",
    ),
    Act(
        "change a track",
        "admin:tracks_track_change",
        preview=NONE + "the form shows the old values",
        reason=NONE + "the audit log shows both values",
        audit="changed a track",
        mail=NONE + "the track's page shows it",
        undo="change it back",
    ),
    Act(
        "add a phase",
        "admin:tracks_phase_add",
        preview=NONE + "it has no submissions",
        reason=NONE + "nobody is affected",
        audit="added a phase",
        mail=NONE + "the home page shows it",
        undo="delete it while nobody has submitted",
    ),
    Act(
        "change a phase",
        "admin:tracks_phase_change",
        preview=NONE + "the form shows the old values",
        reason="required once teams have submitted",
        audit="changed a phase",
        mail="reminders follow a deadline that moved",
        undo="change it back",
    ),
    Act(
        "delete a phase",
        "admin:tracks_phase_delete",
        preview="Django's page lists all that would be deleted; with submissions it is refused",
        reason=NONE + "nobody has submitted to it",
        audit="deleted a phase",
        mail=NONE + "nobody has submitted to it",
        undo="add it again; the audit log keeps its values",
    ),
    Act(
        "publish results",
        "admin:tracks_phase_changelist show_results",
        preview=NONE + "the list shows which phases wait",
        reason=NONE + "it was announced by the phase's settings",
        audit="showed the results",
        mail=NONE + "boards and feeds show it",
        undo=NONE + "what was public stays known",
    ),
    Act(
        "upload ground truth",
        "admin:tracks_groundtruth_add",
        preview=NONE + "a draft counts nowhere until it is published",
        reason=NONE + "a draft counts nowhere until it is published",
        audit="brought ground truth in",
        mail=NONE + "its page shows what comes of it",
        undo=NONE + "a draft counts nowhere until it is published",
    ),
    Act(
        "publish ground truth",
        "admin:tracks_groundtruth_changelist publish",
        preview=NONE + "refused where boards show the numbers of another one",
        reason=NONE + "no board changes",
        audit="published ground truth",
        mail=NONE + "no board changes",
        undo="publish another one while nothing is scored",
    ),
    Act(
        "download an archive",
        "admin:submissions_submission_changelist download",
        preview=NONE + "nothing changes",
        reason=NONE + "the audit log names who did it",
        audit="downloaded an archive",
        mail=NONE + "nothing changes",
        undo=NONE + "nothing changes",
    ),
    Act(
        "run a failed evaluation again",
        "admin:submissions_evaluation_changelist run_again",
        preview="the action says that it uses a slot again",
        reason=NONE + "the server's error is the reason",
        audit="ran an evaluation again",
        mail="the team gets its result",
        undo="the team can cancel it while it waits",
    ),
    Act(
        "grant slots",
        "admin:submissions_slotgrant_add",
        preview="the help texts say for which window",
        reason="required, shown in the team's quota history",
        audit="granted slots",
        mail=NONE + "the team's quota history shows it",
        undo=NONE + "they may be used already",
    ),
    Act(
        "review a row",
        "admin:leaderboard_review",
        preview="the page says what each verdict does",
        reason="required",
        audit="reviewed",
        mail=NONE + "the board shows it",
        undo="undo the review",
    ),
    Act(
        "undo a review",
        "admin:leaderboard_undo_review",
        preview="the button stands beside the review",
        reason=NONE + "the review's own reason remains",
        audit="undid a review",
        mail=NONE + "the board shows it",
        undo="review the row again",
    ),
    Act(
        "change an account",
        "admin:accounts_user_change",
        preview=NONE + "the form shows the old values",
        reason=NONE + "the audit log shows both values",
        audit="changed an account",
        mail=NONE + "the person asked for it, or is shut out",
        undo="change it back",
    ),
    *(
        Act(
            f"{verb} an e-mail address",
            f"admin:account_emailaddress_{page}",
            preview=NONE + "the form shows what is stored",
            reason=NONE + "the person asked for it",
            audit=f"{past} an e-mail address",
            mail=NONE + "the person asked for it",
            undo="change it back",
        )
        for verb, page, past in (
            ("add", "add", "added"),
            ("change", "change", "changed"),
            ("delete", "delete", "deleted"),
        )
    ),
]

# Each app has its list beside its tests, named here: the walk in test_organiser_acts.py reads ALL.
from tests.server.organiser_acts_rescores import ACTS_RESCORES  # noqa: E402  (they are rows of the class above)

ALL = [*ACTS, *ACTS_RESCORES]
