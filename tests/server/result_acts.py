"""Organisers' acts on final results and paper packs: rows of the table in organiser_acts.py."""

from tests.server.organiser_acts import NONE, Act

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
    ),
    Act(
        "withdraw final results",
        "organiser_results:withdraw",
        preview="the winners, what follows, who is mailed",
        reason="required and public",
        audit="withdrew final results",
        mail="an announcement to all teams that submitted, unless switched off",
        undo="publish a new version",
    ),
    Act(
        "have a paper pack made",
        "organiser_results:make_pack",
        preview="the page says what it holds, also addresses, and when it is deleted",
        reason=SETS_NOTHING,
        audit="requested a paper pack",
        mail=SETS_NOTHING,
        undo="delete it",
    ),
    Act(
        "download a paper pack",
        "organiser_results:download_pack",
        preview=SETS_NOTHING,
        reason=NONE + "the audit log names who did it",
        audit="downloaded a paper pack",
        mail=SETS_NOTHING,
        undo=SETS_NOTHING,
    ),
    Act(
        "delete a paper pack",
        "organiser_results:delete_pack",
        preview=NONE + "the row names its phases",
        reason=SETS_NOTHING,
        audit="deleted a paper pack",
        mail=SETS_NOTHING,
        undo="have another one made",
    ),
]
