"""Serializers of the organisers' desk."""

from django.urls import resolve, reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from server.api.serializers import TO_THE_SECOND, absolute_url
from server.desk.sections.line import DeskLine
from server.submissions.models import WorkerHost


class DeskLineSerializer(serializers.Serializer):
    title = serializers.CharField()
    text = serializers.CharField()
    page = serializers.SerializerMethodField(help_text="URL of the page that it is about; null: none.")
    at = serializers.DateTimeField(format=TO_THE_SECOND, allow_null=True)
    at_label = serializers.CharField(help_text="What `at` is, such as “since”.")
    key = serializers.CharField(help_text="By which it can be put away; empty: it stays until it is done.")
    act = serializers.SerializerMethodField(help_text="URL to POST to, which does what its button does.")

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_page(self, line: DeskLine) -> str | None:
        return absolute_url(self, line.url) if line.url else None

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_act(self, line: DeskLine) -> str | None:
        if line.button is None:
            return None
        button = resolve(line.button.url)
        return absolute_url(self, reverse(f"api:admin_{button.url_name}", kwargs=button.kwargs))


class SectionSerializer(serializers.Serializer):
    slug = serializers.CharField()
    title = serializers.CharField()
    intro = serializers.CharField()
    lines = DeskLineSerializer(many=True)
    more = serializers.IntegerField(help_text="Further lines, which are not listed.")


class PutAwaySerializer(serializers.Serializer):
    id = serializers.IntegerField()
    text = serializers.CharField()
    by = serializers.CharField(source="by.name", default=None, allow_null=True)
    at = serializers.DateTimeField(format=TO_THE_SECOND)


class WorkerHostSerializer(serializers.ModelSerializer):
    paused_at = serializers.DateTimeField(format=TO_THE_SECOND, allow_null=True)
    next_try = serializers.DateTimeField(format=TO_THE_SECOND, allow_null=True)

    class Meta:
        model = WorkerHost
        fields = ("id", "name", "paused_at", "last_error", "tries", "next_try")


class DeskSerializer(serializers.Serializer):
    sections = SectionSerializer(many=True)
    coming_up = DeskLineSerializer(many=True, help_text="Phases that open or close within 48 hours.")
    put_away = PutAwaySerializer(many=True)
