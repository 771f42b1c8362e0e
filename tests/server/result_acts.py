"""Organisers' acts on final results and paper packs: rows of the table in organiser_acts.py."""

from tests.server.organiser_acts import NONE, SHOWN, Act

SETS_NOTHING = NONE + "no board, mail or page changes"
ACTS_RESULTS = [
    Act(
        "publish final results",
        "organiser_results:publish",
        preview="winners with badges, what is still open, who is mailed, of each phase",
        reason="required and public",
        audit="published final results",
        mail="an announcement to all teams that submitted, unless switched off",
        undo="withdraw them",
        also=("api:admin_publish_results",),
        public=True,
    ),
    Act(
        "withdraw final results",
        "organiser_results:withdraw",
        preview="the winners, what follows, who is mailed",
        reason="required and public",
        audit="withdrew final results",
        mail="an announcement to all teams that submitted, unless switched off",
        undo="publish a new version",
        also=("api:admin_withdraw_results",),
        public=True,
    ),
    Act(
        "have a paper pack made",
        "organiser_results:make_pack",
        preview=SHOWN + "the page says what it holds, also addresses, and when it is deleted",
        reason=SETS_NOTHING,
        audit="requested a paper pack",
        mail=SETS_NOTHING,
        undo="delete it",
        also=("api:admin_paper_packs",),
        shown_on=("organiser_results:make_pack", "with the addresses of all members"),
    ),
    Act(
        "download a paper pack",
        "organiser_results:download_pack",
        preview=SETS_NOTHING,
        reason=NONE + "the audit log names who did it",
        audit="downloaded a paper pack",
        mail=SETS_NOTHING,
        undo=SETS_NOTHING,
        also=("api:admin_download_pack",),
    ),
    Act(
        "delete a paper pack",
        "organiser_results:delete_pack",
        preview=NONE + "the row names its phases",
        reason=SETS_NOTHING,
        audit="deleted a paper pack",
        mail=SETS_NOTHING,
        undo="have another one made",
        also=("api:admin_delete_pack",),
    ),
]
