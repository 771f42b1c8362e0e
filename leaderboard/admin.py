"""The leaderboard admin: each phase's rows, with links to the organisers' pages that review them."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from leaderboard.models import Board, Review
from leaderboard.ranking.standings import all_scored, standings
from server.admin_mixins import HappenedFilter, ReadOnlyAdmin
from server.submissions import duplicate_archives
from server.submissions.models import Submission


@admin.register(Board)
class BoardAdmin(ReadOnlyAdmin):
    """Lists the phases; a phase's page is its leaderboard, with the other scored submissions below it."""

    list_display = ["__str__", "split", "status", "rows", "opens_at", "closes_at"]
    list_filter = ["track", "split"]
    search_fields = ["title", "track__title"]
    list_select_related = ["track"]

    @admin.display(description="ranked teams")
    def rows(self, board: Board) -> int | None:
        if board.track.scorer_error:
            return None
        return sum(row.rank is not None for row in standings(board, include_hidden=True))

    def change_view(self, request: HttpRequest, object_id: str, *args: object, **kwargs: object) -> HttpResponse:
        board = get_object_or_404(Board.objects.select_related("track"), pk=object_id)
        rows = standings(board, include_hidden=True)
        on_board = {row.submission.pk for row in rows}
        context = {
            "board": board,
            "rows": rows,
            "flagged": duplicate_archives.flagged(Submission.objects.filter(phase=board)),
            "results_hidden": not board.shows_results(timezone.now()),
            "others": [row for row in all_scored(board) if row.submission.pk not in on_board],
            "history": Review.objects.filter(submission__phase=board).select_related("submission__team", "by"),
        }
        own = {**self.admin_site.each_context(request), "opts": self.opts, "title": str(board)}
        return render(request, "admin/leaderboard/board.html", own | context)


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    """Read-only admin of all reviews, which are written on the pages of the leaderboards."""

    list_display = ["at", "verdict", "submission", "reason", "by", "undone_at", "undone_by"]
    list_filter = ["verdict", "submission__phase__track", ("undone_at", HappenedFilter)]
    search_fields = ["submission__team__name", "reason"]
