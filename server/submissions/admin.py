"""Admin of submissions, slots, evaluations and worker hosts; it runs failed evaluations again and ends pauses."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from server.accounts.requests import user_of
from server.admin_mixins import HappenedFilter, ReadOnlyAdmin, ReadOnlyInline
from server.audit.admin_mixins import LinksToAuditLog
from server.files import attachment
from server.submissions import duplicate_archives, hosts, services, transitions
from server.submissions.models import (
    Evaluation,
    EvaluationEvent,
    LookAlike,
    Slot,
    SlotGrant,
    State,
    Submission,
    WorkerHost,
)
from server.submissions.slots import AllSlotsUsed
from server.teams.models import Team
from server.time_format import format_utc
from server.tracks.scorers import UnknownScorer, description_of


def printed(evaluation: Evaluation, *, only_headline: bool = False) -> str:
    """The scores as boards print them: with unit and decimals."""
    if evaluation.scores is None:
        return "–"
    try:
        metrics = description_of(evaluation.rule.scorer).metrics
    except UnknownScorer as error:
        return str(error)
    shown = metrics[:1] if only_headline else metrics
    return ", ".join(f"{each.title} {each.show_with_unit(evaluation.score(each.key))}" for each in shown)


SHOWN_IN_LIST = 300  # characters


class EvaluationInline(ReadOnlyInline):
    model = Evaluation
    fields = ["rule", "state", "queued_at", "finished_at", "printed_scores", "failures", "last_error"]
    readonly_fields = ["printed_scores"]

    @admin.display(description="scores")
    def printed_scores(self, evaluation: Evaluation) -> str:
        return printed(evaluation)


class SlotInline(ReadOnlyInline):
    model = Slot
    fields = ["window", "number", "taken_at", "returned_at", "reason"]


@admin.register(Submission)
class SubmissionAdmin(LinksToAuditLog, ReadOnlyAdmin):
    list_display = ["received_at", "states", "team", "phase", "method", "submitted_by", "megabytes"]
    list_filter = ["phase__track", "phase", "evaluations__state", duplicate_archives.SameBytes]
    search_fields = [
        "team__name",
        "method",
        "sha256",
        "submitted_by__email",
        "original_name",
    ]
    date_hierarchy = "received_at"
    list_select_related = ["team", "phase__track", "submitted_by"]
    inlines = [EvaluationInline, SlotInline]
    fields = [
        *("page", "phase", "team", "submitted_by", "began_at", "received_at"),
        *("method", "description", "parameters", "code_url", "paper_url", "project_url", "rules_kept"),
        *("withdrawn_at", "original_name", "megabytes", "sha256", "same_bytes", "equal_maps", "audit_log"),
    ]
    readonly_fields = ["page", "megabytes", "same_bytes", "equal_maps", "audit_log"]
    actions = ["download"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Submission]:
        return super().get_queryset(request).prefetch_related("evaluations")

    @admin.action(
        description="Download the archive of one submission (recorded in the audit log)", permissions=["view"]
    )
    def download(self, request: HttpRequest, chosen: QuerySet[Submission]) -> FileResponse | None:
        try:
            submission = chosen.get()
            answer = attachment(submission.archive_path, f"submission-{submission.pk}.zip", "application/zip")
        except Submission.MultipleObjectsReturned:
            self.message_user(
                request, "Select one submission: archives are downloaded one at a time.", messages.ERROR
            )
        except FileNotFoundError:
            self.message_user(
                request, "The archive is missing. Run `manage.py sweep` for a report.", messages.ERROR
            )
        else:
            services.note_download(submission, by=user_of(request))
            return answer
        return None

    @admin.display(description="state")
    def states(self, submission: Submission) -> str:
        return ", ".join(evaluation.get_state_display() for evaluation in submission.evaluations.all())

    @admin.display(description="size", ordering="size")
    def megabytes(self, submission: Submission) -> str:
        return f"{submission.size / 1e6:,.2f} MB"

    @admin.display(description="page")
    def page(self, submission: Submission) -> str:
        return format_html('<a href="{}">View as the team</a>', submission.get_absolute_url())

    @admin.display(description="duplicates from other teams")
    def same_bytes(self, submission: Submission) -> SafeString | str:
        others = duplicate_archives.from_other_teams(submission).select_related("team", "phase__track")
        links = (
            (reverse("admin:submissions_submission_change", args=[other.pk]), other, other.phase)
            for other in others
        )
        return format_html_join("", '<div><a href="{}">{}</a> in {}</div>', links) or "none"

    @admin.display(description="equal maps of other teams")
    def equal_maps(self, submission: Submission) -> SafeString | str:
        named = ("submission__team", "submission__phase__track", "other__team")
        found = LookAlike.objects.of(submission).select_related(*named)
        url = reverse("decisions:submission", args=[submission.pk])
        lines = ((url, each, each.in_words, each.reason and f" (no problem: {each.reason})") for each in found)
        return format_html_join("", '<div><a href="{}">{}</a>: {}{}</div>', lines) or "none"


@admin.register(Slot)
class SlotAdmin(ReadOnlyAdmin):
    list_display = ["team", "phase", "window", "number", "taken_at", "returned_at", "reason"]
    list_filter = ["phase__track", "phase", ("returned_at", HappenedFilter)]
    search_fields = ["team__name", "team__affiliation"]
    list_select_related = ["team", "phase__track"]


class EventInline(ReadOnlyInline):
    model = EvaluationEvent
    fields = ["at", "before", "after", "cause"]


@admin.register(Evaluation)
class EvaluationAdmin(ReadOnlyAdmin):
    list_display = ["queued_at", "state", "team", "phase", "headline", "failures", "finished_at"]
    list_filter = ["state", "submission__phase__track", "submission__phase", "rule"]
    search_fields = ["submission__team__name", "submission__sha256", "last_error"]
    list_select_related = ["submission__team", "submission__phase__track", "rule__track"]
    fields = [
        *("submission", "rule", "state", "printed_scores", "warnings", "problem_count", "failures", "last_error"),
        *("queued_at", "not_before", "started_at", "finished_at", "stage", "lease_owner", "lease_until"),
    ]
    readonly_fields = ["printed_scores"]
    inlines = [EventInline]
    actions = ["run_again"]

    @admin.display(description="scores")
    def printed_scores(self, evaluation: Evaluation) -> str:
        return printed(evaluation)

    @admin.display(description="score")
    def headline(self, evaluation: Evaluation) -> str:
        return printed(evaluation, only_headline=True)

    @admin.display(ordering="submission__team__name")
    def team(self, evaluation: Evaluation) -> str:
        return str(evaluation.submission.team)

    @admin.display(ordering="submission__phase")
    def phase(self, evaluation: Evaluation) -> str:
        return str(evaluation.submission.phase)

    @admin.action(description="Run failed evaluations again (uses a slot again)", permissions=["view"])
    def run_again(self, request: HttpRequest, chosen: QuerySet[Evaluation]) -> None:
        for failed in chosen.filter(state=State.FAILED).select_related(
            "submission__phase__track", "submission__team"
        ):
            try:
                transitions.run_again(failed, by=user_of(request))
                self.message_user(request, f"{failed} is queued again.", messages.SUCCESS)
            except (AllSlotsUsed, transitions.ArchiveResubmitted) as refusal:
                self.message_user(request, str(refusal), messages.ERROR)


@admin.register(SlotGrant)
class SlotGrantAdmin(ReadOnlyAdmin):
    """Extra slots, which the organisers' pages of teams grant."""

    list_display = ["at", "team", "phase", "window", "extra", "reason", "by"]
    list_filter = ["phase__track", "phase"]
    search_fields = ["team__name", "reason"]
    list_select_related = ["team", "phase__track", "by"]
    fields = ["team", "phase", "window", "extra", "reason", "by", "at"]


@admin.register(WorkerHost)
class WorkerHostAdmin(LinksToAuditLog, ReadOnlyAdmin):
    """Admin that shows which hosts pause and why, and ends a pause."""

    list_display = ["name", "scores", "paused_at", "reason", "tries", "tries_again_at", "checked_at"]
    list_filter = [("paused_at", HappenedFilter)]
    search_fields = ["name", "last_error"]
    ordering = ["name"]
    fields = [
        *(
            "name",
            "scores",
            "paused_at",
            "last_error",
            "tries",
            "tries_again_at",
            "checked_at",
            "teams_that_failed",
        ),
        "audit_log",
    ]
    readonly_fields = ["scores", "tries_again_at", "teams_that_failed", "audit_log"]
    actions = ["end_pause"]

    @admin.display(boolean=True, description="scores")
    def scores(self, host: WorkerHost) -> bool:
        return host.paused_at is None

    @admin.display(description="tries again at", ordering="next_try")
    def tries_again_at(self, host: WorkerHost) -> str:
        return format_utc(host.next_try) if host.paused_at else "–"

    @admin.display(description="last error")
    def reason(self, host: WorkerHost) -> str:
        """Return its beginning; the host's own page has all."""
        return Truncator(host.last_error).chars(SHOWN_IN_LIST)

    @admin.display(description="teams whose evaluations failed since one did not")
    def teams_that_failed(self, host: WorkerHost) -> str:
        return ", ".join(Team.objects.filter(pk__in=host.failed_teams).values_list("name", flat=True)) or "none"

    @admin.action(description="End the pause: check now, and score again if that works", permissions=["view"])
    def end_pause(self, request: HttpRequest, chosen: QuerySet[WorkerHost]) -> None:
        for host in chosen:
            if hosts.end_pause(host, by=user_of(request)):
                text = f"The pause of {host} is over. Its workers check themselves before they score."
                self.message_user(request, text, messages.SUCCESS)
            else:
                self.message_user(request, f"{host} does not pause.", messages.WARNING)
