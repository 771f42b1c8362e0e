"""The leaderboard admin: each phase's rows, and the organisers' reviews of them."""

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from leaderboard import services
from leaderboard.models import Board, Review
from leaderboard.ranking.standings import all_scored, standings
from server.accounts.requests import user_of
from server.admin_mixins import ReadOnlyAdmin
from server.post_only import post_only
from server.submissions.models import Submission


class ReviewForm(forms.Form):
    verdict = forms.ChoiceField(choices=Review.Verdict.choices, label="This row is")
    reason = forms.CharField(
        max_length=500,
        label="because",
        help_text="Public beside a disqualified row; recorded in any case.",
        error_messages={"required": "Give the reason: a decision without one cannot be defended later."},
    )


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

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<int:board>/review/<uuid:submission>/", wrap(self.review), name="leaderboard_review"),
            path(
                "<int:board>/undo-review/<int:review>/",
                wrap(post_only(lambda board, **_: self._board_url(board))(self.undo_review)),
                name="leaderboard_undo_review",
            ),
        ]
        return own + super().get_urls()

    def change_view(self, request: HttpRequest, object_id: str, *args: object, **kwargs: object) -> HttpResponse:
        board = get_object_or_404(Board.objects.select_related("track"), pk=object_id)
        rows = standings(board, include_hidden=True)
        on_board = {row.submission.pk for row in rows}
        context = {
            "board": board,
            "rows": rows,
            "results_hidden": not board.shows_results(timezone.now()),
            "others": [row for row in all_scored(board) if row.submission.pk not in on_board],
            "history": Review.objects.filter(submission__phase=board).select_related("submission__team", "by"),
        }
        return self._page(request, "admin/leaderboard/board.html", str(board), context)

    def review(self, request: HttpRequest, board: int, submission: str) -> HttpResponse:
        """The form for verdict and reason, which writes the review."""
        reviewed = get_object_or_404(Submission.objects.select_related("team"), pk=submission, phase=board)
        form = ReviewForm(request.POST or None, initial=request.GET.dict())
        if form.is_valid():
            try:
                written = services.review(submission=reviewed, by=user_of(request), **form.cleaned_data)
            except services.ReviewRefused as error:
                form.add_error(None, str(error))
            else:
                self.message_user(
                    request, f"Saved: {reviewed.team} is now {written.get_verdict_display()}.", messages.SUCCESS
                )
                return redirect(self._board_url(board))
        context = {"board": get_object_or_404(Board, pk=board), "submission": reviewed, "form": form}
        return self._page(request, "admin/leaderboard/review.html", f"Review {reviewed.team}", context)

    def undo_review(self, request: HttpRequest, board: int, review: int) -> HttpResponse:
        undone = get_object_or_404(Review, pk=review, submission__phase=board)
        services.undo_review(undone, by=user_of(request))
        text = f"“{undone.get_verdict_display()}” of {undone.submission.team} is undone."
        self.message_user(request, text, messages.SUCCESS)
        return redirect(self._board_url(board))

    def _board_url(self, board: int) -> str:
        return reverse("admin:leaderboard_board_change", args=[board])

    def _page(self, request: HttpRequest, template: str, title: str, context: dict[str, object]) -> HttpResponse:
        admin_context = {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        return render(request, template, admin_context | context)


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    """Read-only admin of all reviews, which are written on the pages of the leaderboards."""

    list_display = ["at", "verdict", "submission", "reason", "by", "undone_at", "undone_by"]
    list_filter = ["verdict", "submission__phase__track", ("undone_at", admin.EmptyFieldListFilter)]
    search_fields = ["submission__team__name", "reason"]
