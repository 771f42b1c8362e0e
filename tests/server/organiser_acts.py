"""What an organiser can do, act by act: whether it is previewed, needs a reason, is recorded, mailed, undone.

`act_walk.py` does each act by every address of its row, and finds what is not as the row says.
"""

from dataclasses import dataclass, fields

# How a cell begins that claims something else than the act itself shows:
NONE = "none: "  # and why there is none
SHOWN = "shown before: "  # a preview that stands on a page before; nothing is confirmed
LATER = "later: "  # a mail that follows from what the act begins
OPTIONAL = "optional: "  # a reason that may be left out
OFF = "to the team with the reason, unless switched off"


@dataclass(frozen=True)
class Act:
    """A row of the table. Each cell says how it is seen, or begins with one of the words above."""

    name: str
    path: str  # the name of its URL, or a command; an action of an admin's list follows it after a space
    preview: str  # nothing is done before it is confirmed
    reason: str  # without one the act is refused in words
    audit: str  # as the audit log names the act
    mail: str  # is queued by the act
    undo: str  # `ways_back.py` walks it
    also: tuple[str, ...] = ()  # addresses of the API and commands that do the same
    shown_on: tuple[str, str] = ("", "")  # the page that shows what follows before, and words of it
    public: bool = False  # whether it adds a line to the public log

    @property
    def addresses(self) -> tuple[str, ...]:
        return (self.path, *self.also)

    def empty_cells(self) -> list[str]:
        cells = [field.name for field in fields(self) if field.type is str]
        return [name for name in cells if not getattr(self, name).strip()]


ACTS = [
    Act(
        "end the pause of a worker host",
        "admin:submissions_workerhost_changelist end_pause",
        preview=NONE + "the row shows why the host pauses; it checks itself before it scores",
        reason=NONE + "no team is affected, and nothing is scored wrongly",
        audit="ended a pause of scoring",
        mail=NONE + "no team is affected",
        undo=NONE + "a host that still cannot score pauses by itself",
        also=("api:admin_end_pause",),
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
        preview="what follows is shown before it is saved",
        reason="required where something follows",
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
        preview=SHOWN + "the action says that it uses a slot again",
        reason=NONE + "the server's error is the reason",
        audit="ran an evaluation again",
        mail=LATER + "the team gets its result",
        undo="the team can cancel it while it waits",
        shown_on=("admin:submissions_evaluation_changelist", "uses a slot again"),
    ),
    Act(
        "run a failed evaluation again, on the desk",
        "desk:run_again",
        preview=SHOWN + "the line says that it takes a slot, and how many the team has",
        reason=NONE + "the server's error is the reason",
        audit="ran an evaluation again",
        mail=LATER + "the team gets its result",
        undo="the team can cancel it while it waits",
        also=("api:admin_run_again",),
        shown_on=("desk:desk", "Running it again takes a slot; the team has"),
    ),
    Act(
        "send a stuck e-mail again",
        "desk:retry_mail",
        preview=SHOWN + "the line shows the e-mail, its tries and the last error",
        reason=NONE + "the mail server's error is the reason",
        audit="sent an e-mail again",
        mail=LATER + "the e-mail itself",
        undo=NONE + "it is the e-mail that should have left",
        also=("api:admin_retry_mail",),
        shown_on=("desk:desk", "Mailbox full."),
    ),
    Act(
        "send the e-mails that are held after a restore",
        "desk:release_emails",
        preview=SHOWN + "the line says how many wait",
        reason=NONE + "the restore is the reason",
        audit="released the e-mails that were held",
        mail=LATER + "the e-mails themselves",
        undo=NONE + "they are e-mails that should have left",
        also=("api:admin_release_emails", "manage.py release_emails"),
        shown_on=("desk:desk", "A restore."),
    ),
    Act(
        "send none of the e-mails that are held after a restore",
        "desk:drop_emails",
        preview=SHOWN + "the line says how many wait",
        reason=NONE + "the restore is the reason",
        audit="dropped the e-mails that were held",
        mail=NONE + "that is the act",
        undo=NONE + "the admin lists them",
        also=("api:admin_drop_emails", "manage.py release_emails --drop"),
        shown_on=("desk:desk", "A restore."),
    ),
    Act(
        "put a line of the desk away",
        "desk:put_away",
        preview=NONE + "nothing but the desk changes",
        reason=NONE + "nothing but the desk changes",
        audit="put away from the desk",
        mail=NONE + "nothing but the desk changes",
        undo="show it again",
        also=("api:admin_put_away",),
    ),
    Act(
        "show a line of the desk again",
        "desk:show_again",
        preview=NONE + "nothing but the desk changes",
        reason=NONE + "nothing but the desk changes",
        audit="put back on the desk",
        mail=NONE + "nothing but the desk changes",
        undo="put it away",
        also=("api:admin_show_again",),
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
    Act(
        "install ground truth on the server",
        "manage.py install_ground_truth",
        preview=NONE + "nothing is replaced that has scored a submission",
        reason=NONE + "who has a shell reads it in the shell's history",
        audit="published ground truth",
        mail=NONE + "no board changes",
        undo=NONE + "install another one while nothing is scored; then by a re-score",
    ),
    Act(
        "turn off somebody's two-step log-in",
        "manage.py forget_totp",
        preview=NONE + "it says what it does",
        reason=NONE + "the person has lost phone and recovery codes",
        audit="turned off two-step log-in",
        mail=NONE + "the person asked for it",
        undo=NONE + "the person sets it up again",
    ),
    Act(
        "take an address as verified",
        "manage.py verify_address",
        preview=NONE + "it says what it does",
        reason=NONE + "no mail can reach it yet",
        audit="took the address as verified",
        mail=NONE + "no mail can reach it yet",
        undo=NONE + "the admin changes it back",
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
