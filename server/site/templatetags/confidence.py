"""Template tag for the level of all confidence intervals."""

from django import template

from evaluator.contract import CONFIDENCE_PERCENT

register = template.Library()


@register.simple_tag
def confidence_percent() -> int:
    return CONFIDENCE_PERCENT
