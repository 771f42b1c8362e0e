"""The organisers' contact address, named wherever a page, mail or refusal says whom to write to."""

from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


def organisers() -> str:
    """Return whom to tell, with the address where there is one: “the organisers (lid@example.org)”."""
    return f"the organisers ({settings.CONTACT_EMAIL})" if settings.CONTACT_EMAIL else "the organisers"


def write_to_organisers() -> str:
    """Return what to do, such as “write to the organisers (lid@example.org)”; true also without an address."""
    return f"{'write to' if settings.CONTACT_EMAIL else 'tell'} {organisers()}"


def reply_to() -> list[str]:
    """Return where replies to the server's mails go."""
    return [settings.CONTACT_EMAIL] if settings.CONTACT_EMAIL else []


@register.simple_tag(name="organisers")
def organisers_with_link() -> SafeString:
    return _with_link(organisers())


@register.simple_tag(name="write_to_organisers")
def write_to_organisers_with_link() -> SafeString:
    return _with_link(write_to_organisers())


@register.simple_tag
def contact_link() -> SafeString:
    """Return the address as a link; empty where there is none."""
    return _link() if settings.CONTACT_EMAIL else SafeString("")


def _with_link(text: str) -> SafeString:
    if not settings.CONTACT_EMAIL:
        return format_html("{}", text)
    before, _, after = text.partition(settings.CONTACT_EMAIL)
    return format_html("{}{}{}", before, _link(), after)


def _link() -> SafeString:
    return format_html('<a href="mailto:{0}">{0}</a>', settings.CONTACT_EMAIL)
