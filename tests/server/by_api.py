"""Addresses of the API that do or show what a page does: with the same argument, and the same form."""

OF_A_BOARD = tuple(f"api:{page}" for page in ("leaderboard", "curves", "classes", "compare", "significance"))
OF_A_PHASE = ("api:phase", "api:manifest", "api:pseudonym", *OF_A_BOARD)

SAME_ROW = {
    **{f"api:{act}": f"submissions:{act}" for act in ("archive", "choose", "unchoose", "withdraw", "restore")},
    **dict.fromkeys(("api:invitation", "api:accept_invitation"), "teams:join"),
    "api:withdraw_invitation": "teams:withdraw_invitation",
    "api:remove_member": "teams:remove",
    "api:transfer_captaincy": "teams:transfer_captaincy",
    **{f"api:admin_{act}": f"desk:{act}" for act in ("run_again", "retry_mail", "show_again")},
}
SAME_FORM = {
    "api:pseudonym": "submissions:pseudonym",
    "api:team": "teams:create",
    "api:rename_team": "teams:rename",
    "api:team_invitations": "teams:invite_person",
    "api:admin_put_away": "desk:put_away",
}
