"""Pagination of lists."""

import re
from typing import Any

from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request

from server.api.exceptions import InvalidParameter

PAGING = ("page", "page_size")
POSITIVE = re.compile(r"0*[1-9][0-9]{0,8}")


class Pages(PageNumberPagination):
    """Pages of 50 items; `page_size` sets another size, up to 200."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
    invalid_page_message = "There is no such page. Use the “next” and “previous” URLs of an existing page."

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """All of it is always there."""
        page: dict[str, Any] = super().get_paginated_response_schema(schema)
        return page | {"required": list(page["properties"])}

    def get_page_size(self, request: Request) -> int | None:
        size = request.query_params.get("page_size", "")
        if size and not POSITIVE.fullmatch(size):
            raise InvalidParameter(errors={"page_size": [f"Write a number from 1 to {self.max_page_size}."]})
        return super().get_page_size(request)
