"""Parsers of request bodies."""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from rest_framework.parsers import JSONParser

from server.api.exceptions import BodyUnreadable, NotAnObject


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
