"""Rows of announcements in the table of organisers' acts."""

from tests.server.organiser_acts import NONE, SHOWN, Act

ACTS_ANNOUNCEMENTS = [
    Act(
        "draft an announcement",
        "announcements:new",
        preview=NONE + "a draft is not sent; the page that follows shows one mail and who gets it",
        reason=NONE + "the text says it",
        audit="drafted an announcement",
        mail=NONE + "a draft is not sent",
        undo="discard the draft",
        also=("api:admin_announcements",),
    ),
    Act(
        "edit a draft",
        "announcements:edit",
        preview=NONE + "a draft is not sent; the page that follows shows one mail and who gets it",
        reason=NONE + "the text says it",
        audit="changed an announcement",
        mail=NONE + "a draft is not sent",
        undo="edit it back; the audit log keeps the former words",
        also=("api:admin_edit_announcement",),
    ),
    Act(
        "send an announcement",
        "announcements:send",
        preview=SHOWN
        + "its page shows one mail as it will be read, the numbers of people and teams, and the list",
        reason=NONE + "the text says it",
        audit="sent an announcement",
        mail="to each recipient, once",
        undo=NONE + "a mail that was sent cannot be recalled; write another one",
        also=("api:admin_send_announcement",),
        shown_on=("announcements:one", "get this mail"),
    ),
    Act(
        "discard a draft",
        "announcements:discard",
        preview=NONE + "the button stands beneath the draft",
        reason=NONE + "nobody has seen it",
        audit="discarded an announcement",
        mail=NONE + "nobody has seen it",
        undo="write it again; the audit log keeps its words",
        also=("api:admin_discard_announcement",),
    ),
    Act(
        "end a banner",
        "announcements:end_banner",
        preview=NONE + "the banner stands above the page",
        reason=NONE + "the announcement stays on the site",
        audit="ended a banner",
        mail=NONE + "pages show it",
        undo=NONE + "write another announcement",
        also=("api:admin_end_banner",),
    ),
]
