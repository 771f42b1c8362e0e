"""The acts of verification cases, for the table of every act of an organiser."""

from tests.server.organiser_acts import NONE, Act

TEAM = "to the team with the reason"
STEP = NONE + "nothing but the page of the case changes"
ACTS_VERIFICATION = [
    Act(
        "open verification cases",
        "verification:open",
        preview="whose submissions, their ranks, who is mailed, and the mail",
        reason=NONE + "the mail says what is asked for",
        audit="opened a verification case",
        mail="to each team",
        undo="call the case off",
        also=("api:admin_cases",),
    ),
    Act(
        "extend a verification case or ask for more",
        "verification:extend",
        preview="the old and the new due date, and who is mailed",
        reason="required",
        audit="asked for more in a verification case",
        mail=TEAM,
        undo=NONE + "the team has planned by it; only a later date is taken",
        also=("api:admin_extend_case",),
    ),
    Act(
        "close a verification case",
        "verification:verdict",
        preview="the badge, how ranks move, the next team, the public line, and when files are deleted",
        reason="required; of a disqualification it is public",
        audit="closed a verification case",
        mail=TEAM,
        undo="reopen it",
        also=("api:admin_close_case",),
    ),
    Act(
        "reopen a verification case",
        "verification:reopen",
        preview="the review that is undone and how ranks move",
        reason="required",
        audit="reopened a verification case",
        mail=TEAM,
        undo="close it again",
        also=("api:admin_reopen_case",),
    ),
    Act(
        "mark how far a verification is",
        "verification:mark",
        preview=STEP,
        reason=STEP,
        audit="marked a verification case",
        mail=STEP,
        undo="mark it otherwise",
    ),
    Act(
        "write in a verification case",
        "verification:write",
        preview=NONE + "the form is the message",
        reason=NONE + "the message is its reason",
        audit=NONE + "the case keeps the message",
        mail="to the team",
        undo=NONE + "the mail is sent",
    ),
    Act(
        "upload reproduced predictions",
        "verification:add_predictions",
        preview=STEP,
        reason=STEP,
        audit="added reproduced predictions to a verification case",
        mail=STEP,
        undo=NONE + "it changes nothing but the page of the case",
    ),
    Act(
        "download a file of a verification case",
        "verification:download",
        preview=NONE + "nothing changes",
        reason=NONE + "the audit log names who did it",
        audit="downloaded a file of a verification case",
        mail=NONE + "nothing changes",
        undo=NONE + "nothing changes",
    ),
]
