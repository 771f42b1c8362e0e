"""Forms of a re-score: for its pages and for programs."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.db.models import QuerySet

from server.acts import ReasonMissing
from server.rescores.choice import Choice
from server.rescores.dry_run import current_evaluations
from server.rescores.exceptions import NoPhaseChosen
from server.rescores.models import Rescore
from server.submissions.models import Submission
from server.teams.models import Team
from server.tracks.models import GroundTruth, Phase


class PhasesField(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple
    default_error_messages = {"required": str(NoPhaseChosen())}

    def label_from_instance(self, phase: Phase) -> str:
        return f"{phase.title} ({phase.status})"


class SubmissionsField(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, submission: Submission) -> str:
        method = f", {submission.method}" if submission.method else ""
        return f"{submission}{method} ({submission.phase.title})"


class StartForm(forms.Form):
    """Which ground truth is tried, on which phases' submissions."""

    ground_truth = forms.ModelChoiceField(GroundTruth.objects.select_related("track"))
    phases = PhasesField(Phase.objects.select_related("track"))
    scope = forms.ChoiceField(
        label="Submissions",
        choices=Rescore.Scope.choices,
        initial=Rescore.Scope.ALL.value,
        help_text="To score only some is a look: publishing needs all of a phase.",
    )
    teams = forms.ModelMultipleChoiceField(
        Team.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="For “only chosen teams and submissions”: all their submissions to the chosen phases.",
    )
    submissions = SubmissionsField(
        Submission.objects.select_related("team", "phase"),
        label="Single submissions",
        required=False,
        help_text="Likewise, beside those of the teams.",
    )

    def offer(self, phases: Collection[Phase]) -> None:
        """Offer these phases and what was scored or rejected in them."""
        keys = current_evaluations(phases).order_by().values("submission")
        offered = Submission.objects.filter(pk__in=keys).select_related("team", "phase")
        of_fields: dict[str, QuerySet[Any]] = {
            "phases": Phase.objects.filter(pk__in=[phase.pk for phase in phases]).select_related("track"),
            "submissions": offered.order_by("phase", "team__name", "received_at"),
            "teams": Team.objects.filter(pk__in=offered.order_by().values("team")).order_by("name", "pk"),
        }
        for name, rows in of_fields.items():
            self.fields[name].queryset = rows  # type: ignore[attr-defined]

    def choice(self) -> Choice:
        said = self.cleaned_data
        return Choice(said["scope"], tuple(said["teams"]), tuple(said["submissions"]))


class PublishForm(forms.Form):
    """For which phases a re-score is published, and why."""

    phases = PhasesField(Phase.objects.select_related("track"))
    reason = forms.CharField(
        max_length=500,
        error_messages={"required": str(ReasonMissing())},
        widget=forms.Textarea({"rows": 3}),
        help_text="Public: it stands on the leaderboards, in the log and in the mails. Name no person.",
    )


class DropForm(forms.Form):
    reason = forms.CharField(max_length=500, required=False, help_text="For the audit log; may be empty.")
