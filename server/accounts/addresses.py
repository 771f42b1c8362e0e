"""The rule for e-mail addresses: mail to them can be delivered, and each mailbox has one spelling."""

from django.core.exceptions import ValidationError

LONGEST_LOCAL_PART = 64  # RFC 5321


def check_deliverable(address: str) -> None:
    """Check a well-formed address. Raises ValidationError.

    Django's check takes some letters that only look ASCII, such as the long s, as it ignores the case. With one of
    them before the @ nothing can be sent; behind it, mail goes to the domain that it looks like.
    """
    local_part, _, domain = address.rpartition("@")
    if wrong := [letter for letter in local_part if not (letter.isascii() and letter.isprintable())]:
        raise ValidationError(
            f"No mail can be sent to an address with “{wrong[0]}” before the @. Write it with the letters a to z, "
            "as the mail provider does."
        )
    if len(local_part) > LONGEST_LOCAL_PART:
        raise ValidationError(f"An address has at most {LONGEST_LOCAL_PART} characters before the @.")
    sent_to = _as_sent(domain)
    if sent_to != domain.lower():
        what = f"would go to “{sent_to}”. If that is right, enter it" if sent_to else "cannot be sent. Check it"
        raise ValidationError(f"Mail to the domain “{domain}” {what}.")


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
