"""Organisers' acts on the dates of phases and on ground truth: rows of the table in organiser_acts.py."""

from tests.server.organiser_acts import LATER, NONE, Act

ACTS_PHASES = [
    Act(
        "extend, move, pause, resume, reopen or close phases, or show their results",
        "organiser_phases:change",
        preview="the page shows what follows for each phase",
        reason="required, shown in the public log",
        audit="changed a phase",
        mail=LATER + "an announcement is drafted; reminders follow the close",
        undo="change the dates back; teams are told of both. Of shown results: none, they stay known",
        also=("api:admin_change_phases", "manage.py change_phases"),
        public=True,
    ),
    Act(
        "upload ground truth",
        "ground_truth:upload",
        preview=NONE + "a draft counts nowhere until it is published",
        reason=NONE + "a draft counts nowhere until it is published",
        audit="added ground truth",
        mail=NONE + "its page shows what comes of it",
        undo="remove the draft",
        also=("api:admin_ground_truth",),
    ),
    Act(
        "publish ground truth",
        "ground_truth:publish",
        preview="the page shows the rule, what it replaces and which phases it scores",
        reason="required",
        audit="published ground truth",
        mail=NONE + "no board changes",
        undo="publish another one while nothing is scored; then by a re-score",
        also=("api:admin_publish_truth",),
    ),
    Act(
        "remove a draft",
        "ground_truth:remove",
        preview="the page names the files that go with it",
        reason="required",
        audit="removed a draft",
        mail=NONE + "nobody but organisers sees drafts",
        undo=NONE + "the files are deleted",
        also=("api:admin_remove_truth",),
    ),
]
