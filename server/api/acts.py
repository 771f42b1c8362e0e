"""Base of API views of organisers' acts: a form, a preview, the act."""

from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any

from django import forms
from rest_framework.response import Response

from server.acts import fingerprint
from server.api.known_names import KnownParametersOnly, check_fields
from server.api.permissions import ForOrganisers
from server.api.requests import TokenRequest
from server.submissions.exceptions import FormRefused

DRY_RUN, PREVIEW = "dry_run", "preview"


class OrganiserAct(KnownParametersOnly):
    """View of an act. With `dry_run` true it answers what would follow (`effect`) and its name (`preview`).

    With `preview` it acts only if the same would still follow. Subclasses write `preview_of` and `do`.
    """

    permission_classes = (ForOrganisers,)
    form_class: type[forms.Form] = forms.Form

    def post(self, request: TokenRequest, **keys: Any) -> Response:
        form = self.form_class(_as_form(request.data, self.form_class))
        check_fields(request.data, (*form.fields, DRY_RUN, PREVIEW))
        if not form.is_valid():
            raise FormRefused({name: [str(text) for text in texts] for name, texts in form.errors.items()})
        if request.data.get(DRY_RUN) is True:
            preview = self.preview_of(form.cleaned_data, **keys)
            return Response({"effect": as_json(preview), PREVIEW: fingerprint(preview)})
        seen = request.data.get(PREVIEW)
        return Response(self.do(request, form.cleaned_data, seen=None if seen is None else str(seen), **keys))

    def preview_of(self, data: dict[str, Any], **keys: Any) -> Any:
        raise NotImplementedError

    def do(self, request: TokenRequest, data: dict[str, Any], *, seen: str | None, **keys: Any) -> Any:
        raise NotImplementedError


def _as_form(sent: Mapping[str, Any], form_class: type[forms.Form]) -> dict[str, Any]:
    """What a program leaves out has the form's default, as it has on the page."""
    defaults = {name: field.initial for name, field in form_class.base_fields.items() if field.initial is not None}
    return {**defaults, **sent}


def as_json(preview: Any) -> Any:
    """Return a preview as JSON takes it: rows of the database by their names."""
    if is_dataclass(preview) and not isinstance(preview, type):
        return {name: as_json(value) for name, value in vars(preview).items()}
    if isinstance(preview, Mapping):
        return {str(name): as_json(value) for name, value in preview.items()}
    if isinstance(preview, list | tuple):
        return [as_json(value) for value in preview]
    return preview if isinstance(preview, str | int | float | bool | None) else str(preview)
