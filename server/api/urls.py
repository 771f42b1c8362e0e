"""URLs of the REST API, its schema and its documentation."""

from csp.decorators import csp_update
from django.urls import include, path, re_path
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.gzip import gzip_page

from server.api import (
    announcement_views,
    archive_views,
    board_views,
    desk_views,
    docs_views,
    edition_views,
    entry_views,
    ground_truth_views,
    invitation_views,
    organiser_views,
    phase_views,
    rescore_views,
    results_views,
    submission_views,
    team_views,
    upload_views,
    verification_views,
    views,
)
from server.api.exception_handler import not_found
from server.upload_middleware import takes_archive

swagger_needs = csp_update({"style-src": ["'self'", "'unsafe-inline'"], "img-src": ["'self'", "data:"]})
submissions = takes_archive(never_cache(submission_views.Submissions.as_view()))
uploads = never_cache(upload_views.Uploads.as_view())
upload = takes_archive(never_cache(upload_views.Upload.as_view()))
submission = cache_control(private=True, no_cache=True)(submission_views.SubmissionDetail.as_view())  # has an ETag
problems = gzip_page(never_cache(submission_views.Problems.as_view()))
cancel = never_cache(submission_views.Cancel.as_view())
rescore = never_cache(rescore_views.RescoreDetail.as_view())
publish_rescore = never_cache(rescore_views.PublishRescore.as_view())
drop_rescore = never_cache(rescore_views.DropRescore.as_view())
track_ground_truth = takes_archive(never_cache(ground_truth_views.TrackGroundTruth.as_view()))

ACTS = [
    ("teams/", organiser_views.Teams, "admin_teams"),
    ("teams/<uuid:team>/locks/", organiser_views.TeamLocks, "admin_team_locks"),
    ("teams/<uuid:team>/rename/", organiser_views.RenameTeam, "admin_rename"),
    ("teams/<uuid:team>/captain/", organiser_views.AppointCaptain, "admin_appoint"),
    ("teams/<uuid:team>/grant/", organiser_views.GrantSlots, "admin_grant"),
    ("teams/<uuid:team>/disqualify/", organiser_views.DisqualifyTeam, "admin_disqualify"),
    (
        "disqualifications/<uuid:act>/undo/",
        organiser_views.UndoDisqualification,
        "admin_undo_disqualification",
    ),
    ("erase-account/", organiser_views.EraseAccount, "admin_erase_account"),
    ("grant-to-all/", organiser_views.GrantSlotsToAll, "admin_grant_to_all"),
    ("team-locks/<int:lock>/end/", organiser_views.EndTeamLock, "admin_end_lock"),
    ("submissions/<uuid:submission>/review/", organiser_views.ReviewSubmission, "admin_review"),
    ("reviews/<int:review>/undo/", organiser_views.UndoReview, "admin_undo_review"),
    ("look-alikes/<int:look_alike>/dismiss/", organiser_views.DismissLookAlike, "admin_dismiss_look_alike"),
    ("look-alikes/<int:look_alike>/reopen/", organiser_views.ReopenLookAlike, "admin_reopen_look_alike"),
    ("desk/", desk_views.Desk, "admin_desk"),
    ("desk/put-away/", desk_views.PutLineAway, "admin_put_away"),
    ("desk/put-away/<int:row>/show-again/", desk_views.ShowAgain, "admin_show_again"),
    ("evaluations/<uuid:evaluation>/run-again/", desk_views.RunAgain, "admin_run_again"),
    ("mails/release/", desk_views.ReleaseMails, "admin_release_emails"),
    ("mails/drop/", desk_views.DropMails, "admin_drop_emails"),
    ("worker-hosts/", desk_views.WorkerHosts, "admin_worker_hosts"),
    ("worker-hosts/<int:host>/end-pause/", desk_views.EndPause, "admin_end_pause"),
    ("mails/<uuid:mail>/retry/", desk_views.RetryMail, "admin_retry_mail"),
    ("announcements/", announcement_views.Announcements, "admin_announcements"),
    ("announcements/<int:announcement>/edit/", announcement_views.EditAnnouncement, "admin_edit_announcement"),
    ("announcements/<int:announcement>/send/", announcement_views.SendAnnouncement, "admin_send_announcement"),
    (
        "announcements/<int:announcement>/discard/",
        announcement_views.DiscardAnnouncement,
        "admin_discard_announcement",
    ),
    ("announcements/<int:announcement>/end-banner/", announcement_views.EndBanner, "admin_end_banner"),
    ("editions/open/", edition_views.OpenEdition, "admin_open_edition"),
    ("editions/<slug:edition>/list/", edition_views.ListEdition, "admin_list_edition"),
    ("editions/<slug:edition>/unlist/", edition_views.UnlistEdition, "admin_unlist_edition"),
    ("editions/<slug:edition>/delete/", edition_views.DeleteEdition, "admin_delete_edition"),
    ("verification-cases/", verification_views.AllCases, "admin_cases"),
    ("verification-cases/<uuid:case>/extend/", verification_views.ExtendCase, "admin_extend_case"),
    ("verification-cases/<uuid:case>/verdict/", verification_views.CloseCase, "admin_close_case"),
    ("verification-cases/<uuid:case>/reopen/", verification_views.ReopenCase, "admin_reopen_case"),
    ("phases/change/", phase_views.ChangePhases, "admin_change_phases"),
    ("results/publish/", results_views.PublishResults, "admin_publish_results"),
    ("results/<int:results>/withdraw/", results_views.WithdrawResults, "admin_withdraw_results"),
    ("paper-packs/", results_views.PaperPacks, "admin_paper_packs"),
    ("paper-packs/<uuid:pack>/download/", results_views.DownloadPack, "admin_download_pack"),
    ("paper-packs/<uuid:pack>/delete/", results_views.DeletePack, "admin_delete_pack"),
    ("rescores/<uuid:rescore>/again/", rescore_views.RunFailedAgain, "admin_again_rescore"),
    ("rescores/<uuid:rescore>/include-all/", rescore_views.IncludeAll, "admin_include_all_rescore"),
    ("ground-truth/<uuid:ground_truth>/pack-again/", ground_truth_views.PackAgain, "admin_pack_again"),
    ("ground-truth/<uuid:ground_truth>/publish/", ground_truth_views.PublishGroundTruth, "admin_publish_truth"),
    ("ground-truth/<uuid:ground_truth>/remove/", ground_truth_views.RemoveGroundTruth, "admin_remove_truth"),
]

OWN = [
    ("me/", team_views.Me, "me"),
    ("team/", team_views.MyTeam, "team"),
    ("team/rename/", team_views.RenameTeam, "rename_team"),
    ("team/leave/", team_views.LeaveTeam, "leave_team"),
    ("team/members/<uuid:member>/remove/", team_views.RemoveMember, "remove_member"),
    ("team/members/<uuid:member>/captain/", team_views.TransferCaptaincy, "transfer_captaincy"),
    ("team/quota-history/", team_views.QuotaHistory, "quota_history"),
    ("team/pseudonyms/<int:phase>/", entry_views.Pseudonym, "pseudonym"),
    ("team/invitations/", invitation_views.TeamInvitations, "team_invitations"),
    (
        "team/invitations/<uuid:invitation>/withdraw/",
        invitation_views.WithdrawInvitation,
        "withdraw_invitation",
    ),
    ("invitations/", invitation_views.Invitations, "invitations"),
    ("invitations/<uuid:invitation>/", invitation_views.InvitationDetail, "invitation"),
    ("invitations/<uuid:invitation>/accept/", invitation_views.AcceptInvitation, "accept_invitation"),
    ("submissions/<uuid:submission>/archive/", archive_views.Archive, "archive"),
    ("submissions/<uuid:submission>/choose/", entry_views.Choose, "choose"),
    ("submissions/<uuid:submission>/unchoose/", entry_views.Unchoose, "unchoose"),
    ("submissions/<uuid:submission>/withdraw/", entry_views.Withdraw, "withdraw"),
    ("submissions/<uuid:submission>/restore/", entry_views.Restore, "restore"),
]

v1 = [
    path("editions/", views.EditionList.as_view(), name="editions"),
    path("archive/lid-2020/", views.PaperTables.as_view(), name="paper_tables"),
    path("tracks/", views.TrackList.as_view(), name="tracks"),
    path("tracks/<slug:track>/", views.TrackDetail.as_view(), name="track"),
    path("phases/", views.PhaseList.as_view(), name="phases"),
    path("phases/<int:phase>/", views.PhaseDetail.as_view(), name="phase"),
    path("phases/<int:phase>/leaderboard/", views.Leaderboard.as_view(), name="leaderboard"),
    path("phases/<int:phase>/curves/", board_views.Curves.as_view(), name="curves"),
    path("phases/<int:phase>/classes/", board_views.Classes.as_view(), name="classes"),
    path("phases/<int:phase>/compare/", board_views.Compare.as_view(), name="compare"),
    path("phases/<int:phase>/significance/", board_views.Significance.as_view(), name="significance"),
    path("phases/<int:phase>/manifest/", views.ManifestView.as_view(), name="manifest"),
    path("uploads/", uploads, name="uploads"),
    path("uploads/<uuid:upload>", upload, name="upload"),  # no final slash: curl -T would append the file's name
    path("submissions/", submissions, name="submissions"),
    path("submissions/<uuid:submission>/", submission, name="submission"),
    path("submissions/<uuid:submission>/problems/", problems, name="problems"),
    path("submissions/<uuid:submission>/cancel/", cancel, name="cancel"),
    path("verification-cases/", never_cache(verification_views.Cases.as_view()), name="cases"),
    path("verification-cases/<uuid:case>/", never_cache(verification_views.CaseDetail.as_view()), name="case"),
    path(
        "verification-cases/<uuid:case>/code/",
        never_cache(verification_views.CaseLink.as_view()),
        name="case_code",
    ),
    path(
        "verification-cases/<uuid:case>/messages/",
        never_cache(verification_views.CaseMessages.as_view()),
        name="case_message",
    ),
    *(path(address, never_cache(view.as_view()), name=name) for address, view, name in OWN),
    path("results/", results_views.Results.as_view(), name="results"),
    path("log/", organiser_views.PublicLog.as_view(), name="log"),
    *(path(f"admin/{address}", never_cache(view.as_view()), name=name) for address, view, name in ACTS),
    path("admin/rescores/", never_cache(rescore_views.Rescores.as_view()), name="rescores"),
    path("admin/rescores/<uuid:rescore>/", rescore, name="rescore"),
    path("admin/rescores/<uuid:rescore>/publish/", publish_rescore, name="publish_rescore"),
    path("admin/rescores/<uuid:rescore>/drop/", drop_rescore, name="drop_rescore"),
    path("admin/tracks/<slug:track>/ground-truth/", track_ground_truth, name="admin_ground_truth"),
]

urlpatterns = [
    path("schema/", docs_views.Schema.as_view(), name="schema"),
    path("docs/", swagger_needs(docs_views.Docs.as_view()), name="api-docs"),
    path("v1/", include((v1, "api"))),
    re_path("", not_found),
]
