"""Organisers' acts on editions and rules: rows of the table in organiser_acts.py."""

from tests.server.organiser_acts import NONE, Act

UNSEEN = NONE + "nobody but organisers sees it until it is listed"
ACTS_EDITIONS = [
    Act(
        "open the next edition",
        "editions:open",
        preview="the page shows every track and phase that will be created, and texts of last year",
        reason="required",
        audit="opened an edition",
        mail=UNSEEN,
        undo=NONE + "it stays unlisted, and its tracks and phases can be changed",
        also=("api:admin_open_edition",),
    ),
    Act(
        "list an edition",
        "editions:list",
        preview="the page shows what becomes public, and which splits lack ground truth",
        reason="required",
        audit="listed an edition",
        mail=NONE + "the front page and the public log show it; an announcement is another act",
        undo="unlist it while nobody has submitted",
        also=("api:admin_list_edition",),
        public=True,
    ),
    Act(
        "unlist an edition",
        "editions:unlist",
        preview="the page shows what disappears, and what the front page shows instead",
        reason="required",
        audit="unlisted an edition",
        mail=NONE + "nobody has submitted to it, and the public log tells it",
        undo="list it again",
        also=("api:admin_unlist_edition",),
        public=True,
    ),
    Act(
        "delete an edition",
        "editions:delete",
        preview="the page names its tracks and phases, or what belongs to them and keeps it",
        reason="required",
        audit="deleted an edition",
        mail=UNSEEN,
        undo=NONE + "nothing but settings is lost, and the audit log has them",
        also=("api:admin_delete_edition",),
    ),
    Act(
        "change the rules of a track",
        "editions:rules",
        preview="the page shows which rules are new, gone or enforced otherwise",
        reason="required",
        audit="changed the rules of a track",
        mail=NONE + "the track's page shows them, and each submission keeps those that were declared",
        undo="change them back",
    ),
    Act(
        "change the texts of an edition",
        "admin:tracks_edition_change",
        preview=NONE + "the page shows the texts, and nothing else follows",
        reason=NONE + "the audit log shows both texts",
        audit="changed an edition",
        mail=NONE + "the front page shows them",
        undo="change them back",
    ),
]
