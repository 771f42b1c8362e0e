"""Forms of a re-score: for its pages and for programs."""

from django import forms

from server.acts import ReasonMissing
from server.rescores.exceptions import NoPhaseChosen
from server.rescores.models import Rescore
from server.tracks.models import GroundTruth, Phase


class PhasesField(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple
    default_error_messages = {"required": str(NoPhaseChosen())}

    def label_from_instance(self, phase: Phase) -> str:
        return f"{phase.title} ({phase.status})"


class StartForm(forms.Form):
    """Which ground truth is tried, on which phases' submissions."""

    ground_truth = forms.ModelChoiceField(GroundTruth.objects.select_related("track"))
    phases = PhasesField(Phase.objects.select_related("track"))
    scope = forms.ChoiceField(label="Submissions", choices=Rescore.Scope.choices, initial=Rescore.Scope.ALL.value)


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
