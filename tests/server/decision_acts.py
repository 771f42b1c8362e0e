"""Rows of decisions about teams and rows in the table of organisers' acts."""

from dataclasses import replace

from tests.server.organiser_acts import NONE, Act

OFF = "to the team with the reason, unless switched off"
RENAME = Act(
    "rename a team",
    "decisions:rename",
    preview="old and new names, and on how many boards they stand",
    reason="required",
    audit="renamed a team",
    mail=OFF,
    undo="rename it back",
)
END_LOCK = Act(
    "end a team lock",
    "decisions:end_lock",
    preview="which phase the person may then join another team in",
    reason="required",
    audit="ended a team lock",
    mail=OFF + "; also to the person",
    undo=NONE + "the person may have joined another team",
)
GRANT = Act(
    "grant slots",
    "decisions:grant",
    preview="the team's slots now and then, and in which window",
    reason="required, shown in the team's quota history",
    audit="granted slots",
    mail=OFF,
    undo=NONE + "they may be used already",
)
IN_THE_ADMIN = {"preview": NONE + "the organisers' page of the team shows it; here the help texts say it"}
ACTS_DECISIONS = [
    RENAME,
    replace(RENAME, name="rename a team in the admin", path="admin:teams_team_change", **IN_THE_ADMIN),
    END_LOCK,
    replace(END_LOCK, name="end a lock in the admin", path="admin:teams_teamlock_change", **IN_THE_ADMIN),
    GRANT,
    replace(GRANT, name="grant slots in the admin", path="admin:submissions_slotgrant_add", **IN_THE_ADMIN),
    Act(
        "grant all teams slots",
        "decisions:grant_to_all",
        preview="each team's slots now and then, and in which window",
        reason="required, public in the log of decisions and shown in each quota history",
        audit="granted slots to all teams",
        mail="to all teams with the reason, unless switched off",
        undo=NONE + "they may be used already",
    ),
    Act(
        "review a row",
        "decisions:review",
        preview="the team's rank before and after, how others move, and the line of the log of decisions",
        reason="required; of a disqualification it is public",
        audit="reviewed",
        mail=OFF,
        undo="undo the review",
    ),
    Act(
        "call equal maps no problem",
        "decisions:dismiss_look_alike",
        preview="what the two teams have in common in the phase, and that it leaves the desk",
        reason="required",
        audit="marked equal maps as no problem",
        mail=NONE + "teams see nothing of equal maps",
        undo="look again",
    ),
    Act(
        "look at equal maps again",
        "decisions:reopen_look_alike",
        preview="what the two teams have in common in the phase, and that it is on the desk again",
        reason="required",
        audit="opened equal maps again",
        mail=NONE + "teams see nothing of equal maps",
        undo="call it no problem again",
    ),
    Act(
        "undo a review",
        "decisions:undo_review",
        preview="the team's rank before and after, how others move, and the line of the log of decisions",
        reason="required",
        audit="undid a review",
        mail=OFF,
        undo="review the row again",
    ),
]
