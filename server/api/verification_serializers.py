"""Serializers of verification cases, for their teams and for organisers."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from server.api.serializers import TO_THE_SECOND
from server.verification.models import CaseFile, CaseMessage, VerificationCase


class CaseFileSerializer(serializers.ModelSerializer):
    sent_at = serializers.DateTimeField(format=TO_THE_SECOND)
    deleted_at = serializers.DateTimeField(format=TO_THE_SECOND, allow_null=True)

    class Meta:
        model = CaseFile
        fields = ("name", "kind", "size", "sha256", "sent_at", "deleted_at")


class CaseMessageSerializer(serializers.ModelSerializer):
    at = serializers.DateTimeField(format=TO_THE_SECOND)

    class Meta:
        model = CaseMessage
        fields = ("at", "from_team", "text")


class AllCasesSerializer(serializers.ModelSerializer):
    """A case as a line of a list."""

    team = serializers.CharField(source="submission.team")
    phase = serializers.IntegerField(source="submission.phase_id")
    opened_at = serializers.DateTimeField(format=TO_THE_SECOND)
    due_at = serializers.DateTimeField(format=TO_THE_SECOND)
    closed_at = serializers.DateTimeField(format=TO_THE_SECOND, allow_null=True)
    delete_files_at = serializers.DateTimeField(format=TO_THE_SECOND, allow_null=True)

    class Meta:
        model = VerificationCase
        fields: tuple[str, ...] = (
            *("id", "submission", "team", "phase", "state", "opened_at", "due_at", "code_url", "commit"),
            *("parameters", "closed_at", "reason", "delete_files_at"),
        )


class CaseSerializer(AllCasesSerializer):
    """A case with all that its team sees: not what was reproduced."""

    files = serializers.SerializerMethodField()
    messages = CaseMessageSerializer(many=True)
    url = serializers.SerializerMethodField(help_text="The page where files are uploaded.")

    class Meta(AllCasesSerializer.Meta):
        fields = (*AllCasesSerializer.Meta.fields, "asked_for", "files", "messages", "url")

    @extend_schema_field(CaseFileSerializer(many=True))
    def get_files(self, case: VerificationCase) -> Any:
        return CaseFileSerializer(case.files.exclude(kind=CaseFile.Kind.PREDICTIONS), many=True).data

    def get_url(self, case: VerificationCase) -> str:
        return settings.SITE_URL + case.get_absolute_url()
