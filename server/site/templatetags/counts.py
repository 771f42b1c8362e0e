"""Template filter for large numbers."""

from django import template

register = template.Library()


@register.filter
def counted(number: int) -> str:
    """Format 25600000 as 25,600,000."""
    return f"{number:,}"
