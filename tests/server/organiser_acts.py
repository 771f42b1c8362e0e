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
        "end the pause of a worker host",
        "admin:submissions_workerhost_changelist end_pause",
        preview=NONE + "the row shows why the host pauses; it checks itself before it scores",
        reason=NONE + "no team is affected, and nothing is scored wrongly",
        audit="ended a pause of scoring",
        mail=NONE + "no team is affected",
        undo=NONE + "a host that still cannot score pauses by itself",
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
        preview="what follows is shown before it is saved",
        reason="required where something follows",
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
        preview="what follows is shown before it is saved",
        reason="required once teams have submitted, or where something follows",
        audit="changed a phase",
        mail=NONE + "dates are changed on the page of phases, which drafts an announcement",
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
        "run a failed evaluation again, on the desk",
        "desk:run_again",
        preview="the line says that it takes a slot, and how many the team has",
        reason=NONE + "the server's error is the reason",
        audit="ran an evaluation again",
        mail="the team gets its result",
        undo="the team can cancel it while it waits",
    ),
    Act(
        "send a stuck e-mail again",
        "desk:retry_mail",
        preview="the line shows the e-mail, its tries and the last error",
        reason=NONE + "the mail server's error is the reason",
        audit="sent an e-mail again",
        mail="the e-mail itself",
        undo=NONE + "it is the e-mail that should have left",
    ),
    Act(
        "send the e-mails that are held after a restore",
        "desk:release_emails",
        preview="the line says how many wait",
        reason=NONE + "the restore is the reason",
        audit="released the e-mails that were held",
        mail="the e-mails themselves",
        undo=NONE + "they are e-mails that should have left",
    ),
    Act(
        "send none of the e-mails that are held after a restore",
        "desk:drop_emails",
        preview="the line says how many wait",
        reason=NONE + "the restore is the reason",
        audit="dropped the e-mails that were held",
        mail=NONE + "that is the act",
        undo=NONE + "the admin lists them",
    ),
    Act(
        "put a line of the desk away",
        "desk:put_away",
        preview=NONE + "nothing but the desk changes",
        reason=NONE + "nothing but the desk changes",
        audit="put away from the desk",
        mail=NONE + "nothing but the desk changes",
        undo="show it again",
    ),
    Act(
        "show a line of the desk again",
        "desk:show_again",
        preview=NONE + "nothing but the desk changes",
        reason=NONE + "nothing but the desk changes",
        audit="put back on the desk",
        mail=NONE + "nothing but the desk changes",
        undo="put it away",
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

from tests.server.acts_of_editions import ACTS_EDITIONS  # noqa: E402
from tests.server.acts_of_phases import ACTS_PHASES  # noqa: E402
from tests.server.announcement_acts import ACTS_ANNOUNCEMENTS  # noqa: E402  (they need Act)
from tests.server.decision_acts import ACTS_DECISIONS  # noqa: E402

# Each app has its list beside its tests, named here: the walk in test_organiser_acts.py reads ALL.
from tests.server.organiser_acts_rescores import ACTS_RESCORES  # noqa: E402
from tests.server.organiser_acts_verification import ACTS_VERIFICATION  # noqa: E402
from tests.server.result_acts import ACTS_RESULTS  # noqa: E402

ALL = [
    *ACTS,
    *ACTS_ANNOUNCEMENTS,
    *ACTS_DECISIONS,
    *ACTS_EDITIONS,
    *ACTS_PHASES,
    *ACTS_RESCORES,
    *ACTS_RESULTS,
    *ACTS_VERIFICATION,
]
