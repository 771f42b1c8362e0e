"""The schema of a request's body, from the form that checks it."""

from typing import Any

from django import forms

TYPES: dict[type[forms.Field], dict[str, Any]] = {
    forms.ModelMultipleChoiceField: {"type": "array", "items": {}},
    forms.ModelChoiceField: {"type": "integer"},
    forms.BooleanField: {"type": "boolean"},
    forms.IntegerField: {"type": "integer"},
    forms.DateField: {"type": "string", "format": "date"},
    forms.DateTimeField: {"type": "string", "format": "date-time"},
    forms.EmailField: {"type": "string", "format": "email"},
    forms.UUIDField: {"type": "string", "format": "uuid"},
    forms.URLField: {"type": "string", "format": "uri"},
}


def body_of(form_class: type[forms.Form]) -> dict[str, Any]:
    """The request whose JSON object fills in a form."""
    fields = form_class.base_fields
    needed = [name for name, field in fields.items() if field.required]
    properties = {name: _schema_of(field) for name, field in fields.items()}
    schema = {"type": "object", "additionalProperties": False, "properties": properties}
    return {"application/json": schema | ({"required": needed} if needed else {})}


def _schema_of(field: forms.Field) -> dict[str, Any]:
    schema = next((each for kind, each in TYPES.items() if isinstance(field, kind)), {"type": "string"})
    longest = getattr(field, "max_length", None)
    limits = {"maxLength": longest} if longest else {}
    return {**schema, **limits, **({"description": str(field.help_text)} if field.help_text else {})}
