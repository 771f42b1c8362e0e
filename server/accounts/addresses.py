"""The rule for e-mail addresses: mail to them can be delivered, and each mailbox has one spelling."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

LONGEST, LONGEST_LOCAL_PART = 254, 64  # RFC 5321


class ChecksAddresses(forms.Form):
    """Mixin for forms with e-mail addresses: what is wrong with one is said in our words, and once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.EmailField):
                check_in_words(field)


def check_in_words(field: forms.Field) -> None:
    """Have a form's field check addresses by `check_address` instead of Django's check alone."""
    field.validators = [check_address if check is validate_email else check for check in field.validators]


def check_address(address: str) -> None:
    """Check an address that somebody entered. Raises ValidationError."""
    _check_local_part(address)  # first, as Django's check says no more than that something is wrong
    validate_email(address)
    if len(address) > LONGEST:
        raise ValidationError(f"An address has at most {LONGEST} characters; this has {len(address)}.")
    check_deliverable(address)


def check_deliverable(address: str) -> None:
    """Check a well-formed address. Raises ValidationError.

    Django's check takes some letters that only look ASCII, such as the long s, as it ignores the case. With one of
    them before the @ nothing can be sent; behind it, mail goes to the domain that it looks like.
    """
    _check_local_part(address)
    domain = address.rpartition("@")[2]
    sent_to = _as_sent(domain)
    if sent_to != domain.lower():
        what = f"would go to “{sent_to}”. If that is right, enter it" if sent_to else "cannot be sent. Check it"
        raise ValidationError(f"Mail to the domain “{domain}” {what}.")


def _check_local_part(address: str) -> None:
    local_part = address.rpartition("@")[0]
    if wrong := [letter for letter in local_part if not (letter.isascii() and letter.isprintable())]:
        raise ValidationError(
            f"No mail can be sent to an address with “{wrong[0]}” before the @: this part can only have ASCII "
            "characters, which are the letters a to z, digits, and signs such as “.” and “-”. Write it as the "
            "mail provider does."
        )
    if len(local_part) > LONGEST_LOCAL_PART:
        raise ValidationError(f"An address has at most {LONGEST_LOCAL_PART} characters before the @.")


def mailbox_of(address: str) -> str:
    """Return one spelling of the mailbox, without a tag: mail to “me+lid@…” reaches “me@…”."""
    local_part, _, domain = address.strip().lower().rpartition("@")
    return f"{local_part.partition('+')[0] or local_part}@{_as_sent(domain) or domain}"


def _as_sent(domain: str) -> str:
    """Return the domain as mail servers read it; empty if they cannot."""
    try:
        return domain.encode("idna").decode("idna").lower()
    except UnicodeError:
        return ""
