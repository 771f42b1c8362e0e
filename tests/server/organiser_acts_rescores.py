"""The acts of a re-score, for the table of every act of an organiser."""

from tests.server.organiser_acts import NONE, OPTIONAL, SHOWN, Act

DROPPABLE = NONE + "boards, slots and mails stay as they are, and it can be dropped"
ACTS_RESCORES = [
    Act(
        "start a re-score",
        "rescores:start",
        preview=SHOWN + "the page counts the submissions of each phase",
        reason=DROPPABLE,
        audit="started a re-score",
        mail=DROPPABLE,
        undo="drop it",
        also=("api:rescores", "manage.py rescore start"),
    ),
    Act(
        "pack ground truth with other options",
        "rescores:options",
        preview=NONE + "a draft counts nowhere until it is published",
        reason=NONE + "a draft counts nowhere until it is published",
        audit="added ground truth",
        mail=NONE + "a draft counts nowhere until it is published",
        undo=NONE + "a draft counts nowhere until it is published",
        also=("api:admin_pack_again",),
    ),
    Act(
        "run failed evaluations of a re-score again",
        "rescores:again",
        preview=SHOWN + "the page counts them",
        reason=DROPPABLE,
        audit="ran an evaluation again",
        mail=DROPPABLE,
        undo=DROPPABLE,
        also=("api:admin_again_rescore", "manage.py rescore again"),
    ),
    Act(
        "score all submissions in a re-score",
        "rescores:include_all",
        preview=SHOWN + "the page says that only those on the leaderboards are scored",
        reason=DROPPABLE,
        audit="extended a re-score to all submissions",
        mail=DROPPABLE,
        undo=DROPPABLE,
        also=("api:admin_include_all_rescore", "manage.py rescore include-all"),
    ),
    Act(
        "publish a re-score",
        "rescores:publish",
        preview="scores, ranks, rejections and mails of each phase, and which phases keep their rule",
        reason="required and public",
        audit="published a re-score",
        mail="each team of a chosen phase gets both scores and ranks",
        undo="publish the former rule by another re-score",
        also=("api:publish_rescore", "manage.py rescore publish"),
        public=True,
    ),
    Act(
        "drop a re-score",
        "rescores:drop",
        preview=SHOWN + "the page says that what it has scored is deleted",
        reason=OPTIONAL + "for the audit log",
        audit="dropped a re-score",
        mail=NONE + "no team knew of it",
        undo="start it again",
        also=("api:drop_rescore", "manage.py rescore drop"),
    ),
]
