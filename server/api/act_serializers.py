"""What organisers' acts answer, and the rows they are about, for the schema."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from server.rescores.models import Rescore
from server.results.models import PaperPack


class Effect(serializers.Serializer):
    effect = serializers.JSONField(required=False, help_text="With `dry_run`: what would follow.")
    preview = serializers.CharField(required=False, help_text="Its name; send it to do that and nothing else.")
    id = serializers.IntegerField(required=False, help_text="Of what was written.")
    act = serializers.UUIDField(required=False, help_text="Of a disqualification: with it, it is undone.")
    cases = serializers.ListField(
        child=serializers.UUIDField(), required=False, help_text="Verification cases that were opened."
    )


def act_answer(name: str, **fields: "serializers.Field[Any, Any, Any, Any]") -> Any:
    """Describe the answer to an act: with `dry_run` true the effect and its name, else these fields."""
    dry_run = {of: Effect().fields[of] for of in ("effect", "preview")}
    return inline_serializer(name, _sometimes(dry_run | fields))


def act_answer_of(name: str, row: type[serializers.Serializer]) -> Any:
    """The same for an act that answers a row."""
    return act_answer(name, **row().fields)


def _sometimes(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Copies of fields that may be missing from an answer."""
    copies = deepcopy(dict(fields))
    for field in copies.values():
        field.required = False
    return copies


class ResultsFileSerializer(serializers.Serializer):
    name = serializers.CharField()
    url = serializers.URLField()
    content_type = serializers.CharField()
    size = serializers.IntegerField(help_text="In bytes.")
    sha256 = serializers.CharField()


class WinnerSerializer(serializers.Serializer):
    """A row of the first three ranks, in the words of the board; links only under the team's own name."""

    rank = serializers.IntegerField()
    rank_text = serializers.CharField()
    team = serializers.CharField()
    affiliation = serializers.CharField()
    method = serializers.CharField()
    score = serializers.CharField(help_text="As printed.")
    interval = serializers.ListField(child=serializers.CharField(), allow_null=True, help_text="Its ends.")
    marks = serializers.ListField(child=serializers.CharField())
    code_url = serializers.CharField()
    paper_url = serializers.CharField()
    project_url = serializers.CharField()


class PublishedResultsSerializer(serializers.Serializer):
    """A version of a phase's final results."""

    id = serializers.IntegerField()
    phase = serializers.IntegerField(help_text="Its id.")
    track = serializers.CharField(help_text="Its slug.")
    slug = serializers.CharField(help_text="The phase's.")
    version = serializers.IntegerField()
    published_at = serializers.DateTimeField()
    reason = serializers.CharField()
    headline = serializers.CharField(help_text="The metric that ranks.")
    winners = WinnerSerializer(many=True)
    url = serializers.URLField()
    files = ResultsFileSerializer(many=True)


class ResultsSerializer(PublishedResultsSerializer):
    """The same, and what became of it."""

    in_force = serializers.BooleanField()
    differs = serializers.BooleanField(help_text="Whether the live board says otherwise.")
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    withdrawn_reason = serializers.CharField()


class PaperPackSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    phases = serializers.ListField(child=serializers.IntegerField())
    state = serializers.ChoiceField(PaperPack.State.choices)
    created_at = serializers.DateTimeField()
    delete_at = serializers.DateTimeField(allow_null=True)
    size = serializers.IntegerField(allow_null=True, help_text="In bytes.")
    sha256 = serializers.CharField()


class RescoreProgressSerializer(serializers.Serializer):
    total = serializers.IntegerField()
    scored = serializers.IntegerField()
    rejected = serializers.IntegerField()
    failed = serializers.IntegerField()
    running = serializers.IntegerField()
    begun = serializers.IntegerField(help_text="Of the total, those that the dry run scores or has scored.")


class RescoreSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    state = serializers.ChoiceField(Rescore.State.choices)
    track = serializers.CharField(help_text="Its slug.")
    split = serializers.CharField()
    rule = serializers.IntegerField(help_text="The new rule's number.")
    progress = RescoreProgressSerializer(allow_null=True, help_text="Of a dry run.")


class RescoreTableSerializer(serializers.Serializer):
    phase = serializers.IntegerField(help_text="Its id.")
    note = serializers.CharField(help_text="Why moves of ranks are not judged; empty: they are.")
    rows = serializers.ListField(child=serializers.DictField(), help_text="By the columns of the page's CSV.")


class RescoreDetailSerializer(RescoreSerializer):
    tables = RescoreTableSerializer(many=True)


class ManifestImageSerializer(serializers.Serializer):
    id = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()


class ManifestSerializer(serializers.Serializer):
    scorer = serializers.CharField()
    options = serializers.DictField()
    images = ManifestImageSerializer(many=True)
    max_side = serializers.IntegerField(help_text="In pixels.")
    max_pixels = serializers.IntegerField()
