"""Names that a request may use: unknown ones are refused, because a misspelt one would be ignored."""

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from django.http import QueryDict
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from server.api.exceptions import ApiRefusal, RepeatedField, RepeatedParameter, UnknownField, UnknownParameter

LONGEST_COMPARED = 40


class KnownParametersOnly(APIView):
    """View that refuses query parameters it does not know; `query_parameters` are those of its GET.

    Those in `repeatable` may be sent with several values.
    """

    query_parameters: Collection[str] = ()
    repeatable: Collection[str] = ()

    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # type: ignore[override]
        """Say in Allow which methods there are, to anybody, and by server/cross_origin.py who may read."""
        return Response(status=204)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if request.method == "OPTIONS":  # a browser asks it without the token, before it sends a request
            return
        super().initial(request, *args, **kwargs)
        if not hasattr(self, str(request.method).lower()):
            return  # a 405 says more
        known = self.query_parameters if request.method in SAFE_METHODS else ()
        check_names(
            request.query_params,
            known,
            "query parameter",
            UnknownParameter,
            RepeatedParameter,
            repeatable=self.repeatable,
        )


def check_fields(sent: Any, known: Collection[str]) -> None:
    """Refuse unknown and repeated fields of a parsed body. Raises UnknownField or RepeatedField."""
    check_names(sent, known, "field", UnknownField, RepeatedField)


def check_names(
    sent: Mapping[str, object],
    known: Collection[str],
    kind: str,
    unknown: type[ApiRefusal],
    repeated: type[ApiRefusal],
    *,
    repeatable: Collection[str] = (),
) -> None:
    """Raise `unknown` or `repeated` where a name is not known, or has several values and is not `repeatable`."""
    if strange := sorted(set(sent) - set(known)):
        raise unknown(errors={name: [_not_known(name, known, kind)] for name in strange})
    if several := sorted(set(_repeated(sent)) - set(repeatable)):
        raise repeated(errors={name: [f"Send this {kind} once."] for name in several})


def _not_known(name: str, known: Collection[str], kind: str) -> str:
    alike = get_close_matches(name[:LONGEST_COMPARED].lower(), known, n=1)
    meant = f" Did you mean “{alike[0]}”?" if alike else ""
    listed = f"The {kind}s here: {', '.join(known)}." if known else f"There are no {kind}s here."
    return f"There is no such {kind}.{meant} {listed}"


def _repeated(sent: Mapping[str, object]) -> Iterable[str]:
    return (name for name, values in sent.lists() if len(values) > 1) if isinstance(sent, QueryDict) else ()
