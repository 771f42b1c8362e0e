"""What a form takes, as a schema of a JSON request."""

from typing import Any

from django import forms
from django.db.models import Field, IntegerField, UUIDField

Schema = dict[str, Any]


def request_of(form_class: type[forms.Form], further: dict[str, Schema]) -> Schema:
    """Return the schema of an object with a form's fields and `further` ones. Those with a default may miss."""
    fields = form_class.base_fields
    required = [name for name, field in fields.items() if field.required and field.initial is None]
    properties = {name: _described(field) for name, field in fields.items()} | further
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return schema | ({"required": required} if required else {})


def _described(field: forms.Field) -> Schema:
    default = {} if field.initial is None else {"default": field.initial}
    help_text = {"description": str(field.help_text)} if field.help_text else {}
    return _schema_of(field) | default | help_text


def _schema_of(field: forms.Field) -> Schema:
    schema: Schema = {"type": "string"}
    match field:
        case forms.ModelMultipleChoiceField():
            schema = {"type": "array", "items": _key_of(field)}
        case forms.ModelChoiceField():
            schema = _key_of(field)
        case forms.BooleanField():
            schema = {"type": "boolean"}
        case forms.IntegerField():
            schema = {"type": "integer"} | _limits(minimum=field.min_value, maximum=field.max_value)
        case forms.ChoiceField() if field.choices:
            schema["enum"] = [key for key, _ in list(field.choices) if key]  # type: ignore[arg-type]  # no function of choices
        case forms.DateField():
            schema["format"] = "date"
        case forms.CharField():
            schema |= _limits(maxLength=field.max_length)
    return schema


def _key_of(field: forms.ModelChoiceField) -> Schema:
    """Return the schema of what names a row."""
    named = field.queryset.model._meta  # type: ignore[union-attr]  # forms of the API have one
    key: Field[Any, Any] = named.get_field(field.to_field_name) if field.to_field_name else named.pk
    if isinstance(key, UUIDField):
        return {"type": "string", "format": "uuid"}
    return {"type": "integer" if isinstance(key, IntegerField) else "string"}


def _limits(**limits: Any) -> Schema:
    return {name: limit for name, limit in limits.items() if limit is not None}
