"""Bases of API views of acts: a form and the act of a team, and with a preview in between of organisers."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import is_dataclass
from typing import Any, cast

from django import forms
from django.http import QueryDict
from rest_framework.response import Response

from server.acts import fingerprint
from server.api.known_names import KnownParametersOnly, check_fields
from server.api.permissions import ByToken, ForOrganisers
from server.api.requests import TokenRequest
from server.submissions.exceptions import FormRefused

DRY_RUN, PREVIEW = "dry_run", "preview"
TRUE_OR_FALSE, ONE_VALUE, NO_OBJECT = "Send true or false.", "Send a text or a number.", "Send no object here."
SEVERAL = (forms.ModelMultipleChoiceField, forms.MultipleChoiceField)


class FormAct(KnownParametersOnly):
    """View of an act that takes the fields of a form."""

    form_class: type[forms.Form] = forms.Form

    def make_form(self, *sent: Any, **keys: Any) -> forms.Form:
        """The form of what is in the address, empty or filled in."""
        return self.form_class(*sent)

    def filled_in(self, request: TokenRequest, *beside: str, **keys: Any) -> Any:
        """Return the valid form that a body fills in; `beside`: further fields that it may have.

        Raises UnknownField, RepeatedField or FormRefused.
        """
        fields = self.make_form(**keys).fields
        check_fields(request.data, (*fields, *beside))
        sent = typed(request.data, {name for name, each in fields.items() if is_yes_or_no(each)} | {DRY_RUN})
        form = self.make_form(as_form(sent, fields), request.FILES, **keys)
        if not form.is_valid():
            raise FormRefused({name: [str(text) for text in texts] for name, texts in form.errors.items()})
        return form


class TeamAct(FormAct):
    """View of an act of a team's member, or of somebody who looks for a team."""

    permission_classes = (ByToken,)


class OrganiserAct(FormAct):
    """View of an act. With `dry_run` true it answers what would follow (`effect`) and its name (`preview`).

    With `preview` it acts only if the same would still follow. Subclasses write `preview_of` and `do`.
    """

    permission_classes = (ForOrganisers,)
    preview_of: Callable[..., Any]  # of the form's cleaned data and the keys in the address
    do: Callable[..., Any]  # of the request, the same, and `seen`; what it returns is the answer
    form: Any

    def post(self, request: TokenRequest, **keys: Any) -> Response:
        self.form = self.filled_in(request, DRY_RUN, PREVIEW, **keys)
        sent = typed(request.data, {DRY_RUN})
        if not isinstance(sent.get(DRY_RUN, False), bool):
            raise FormRefused({DRY_RUN: ["Send true or false."]})
        if sent.get(DRY_RUN):
            preview = self.preview_of(self.form.cleaned_data, **keys)
            return Response({"effect": as_json(preview), PREVIEW: fingerprint(preview)})
        seen = None if sent.get(PREVIEW) is None else str(sent[PREVIEW])
        return Response(self.do(request, self.form.cleaned_data, seen=seen, **keys) or {})


def is_yes_or_no(field: forms.Field) -> bool:
    return isinstance(field, forms.BooleanField)


def typed(body: Any, yes_or_no: Collection[str]) -> dict[str, Any]:
    """Return a JSON object as it is; of a form with files, which has only texts, “true” and “false” as meant."""
    if not isinstance(body, QueryDict):
        return cast(dict[str, Any], body)
    words = {"true": True, "false": False}
    return {name: words.get(str(value), value) if name in yes_or_no else value for name, value in body.items()}


def as_form(sent: Mapping[str, Any], fields: Mapping[str, forms.Field]) -> dict[str, Any]:
    """What a program leaves out has the form's default, as it has on the page. Raises FormRefused.

    A form expects texts, and would take any text for “true” or fail where it expects a date.
    """
    wrong = {name: _what_to_send(fields.get(name), value) for name, value in sent.items() if value is not None}
    if any(wrong.values()):
        raise FormRefused({name: [how] for name, how in wrong.items() if how})
    defaults = {name: field.initial for name, field in fields.items() if field.initial is not None}
    texts = {name: str(value) for name, value in sent.items() if type(value) in {int, float}}
    return {**defaults, **sent, **texts}


def _what_to_send(field: forms.Field | None, value: Any) -> str:
    """Return what to send instead of a value that no such field has."""
    if field and is_yes_or_no(field):
        return "" if isinstance(value, bool) else TRUE_OR_FALSE
    if field is None or isinstance(field, SEVERAL):
        return NO_OBJECT if isinstance(value, dict) else ""
    return ONE_VALUE if isinstance(value, bool | dict | list) else ""


def as_json(preview: Any) -> Any:
    """Return a preview as JSON takes it: rows of the database by their names."""
    if is_dataclass(preview) and not isinstance(preview, type):
        return {name: as_json(value) for name, value in vars(preview).items()}
    if isinstance(preview, Mapping):
        return {str(name): as_json(value) for name, value in preview.items()}
    if isinstance(preview, list | tuple):
        return [as_json(value) for value in preview]
    return preview if isinstance(preview, str | int | float | bool | None) else str(preview)
