"""Parsers of request bodies."""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.http import QueryDict
from rest_framework.parsers import BaseParser, JSONParser

from server.api.exceptions import BodyUnreadable, NotAnObject
from server.submissions.exceptions import FormRefused


class JSONObjectParser(JSONParser):
    """Parser of JSON objects; any other JSON is refused, as are objects with more fields than a form may have."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        try:
            body = super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise BodyUnreadable("The JSON is nested too deep. Nothing was saved.") from error
        if not isinstance(body, dict):
            raise NotAnObject
        if len(body) > settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:
            raise TooManyFieldsSent
        return body


def as_form_data(body: Any) -> Mapping[str, Any]:
    """Return a JSON object as a form's fields are sent: as texts. Raises FormRefused."""
    if isinstance(body, QueryDict):
        return body
    nested = [name for name, value in body.items() if isinstance(value, dict | list)]
    if nested:
        raise FormRefused({name: ["Send a text, a number, true or false."] for name in nested})
    return {name: "" if value is None else str(value) for name, value in body.items()}


class OffsetStream(BaseParser):
    """Names the media type of the pieces of an upload, which no parser reads."""

    media_type = "application/offset+octet-stream"
