"""allauth adapters: links with the configured address, equal responses for all, encrypted TOTP secrets."""

import base64
import hashlib
import logging
import time
from typing import Any
from urllib.parse import urlsplit

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.core.mail import EmailMessage
from django.http import HttpRequest

from server.accounts.addresses import check_deliverable
from server.accounts.models import User
from server.contact import reply_to

log = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "too_many_login_attempts": (
            "Too many attempts failed. Try again in five minutes. If somebody else is trying to log in with your "
            "address, reset your password: the link in the e-mail logs you in at once."
        ),
    }

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send an e-mail whose links have the configured address, whatever host the request named."""
        links = {name: on_this_site(value) for name, value in context.items() if name.endswith("_url")}
        super().send_mail(template_prefix, email, {**context, **links, "site_url": settings.SITE_URL})

    def send_notification_mail(self, *arguments: Any, **options: Any) -> None:
        """Send a notice of what was done to an account: it is done, also where no mail server answers."""
        try:
            super().send_notification_mail(*arguments, **options)
        except OSError as error:
            log.warning("the notice %s was not sent: %s", arguments[0], error)

    def render_mail(self, *arguments: Any, **options: Any) -> EmailMessage:
        mail: EmailMessage = super().render_mail(*arguments, **options)
        mail.reply_to = reply_to()
        return mail

    def clean_email(self, email: str) -> str:
        check_deliverable(email)
        return email

    def send_account_already_exists_mail(self, email: str) -> None:
        User().set_password("takes as long as for a new account")
        super().send_account_already_exists_mail(email)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Treat an inactive account as one that does not exist."""
        user = super().authenticate(request, **credentials)
        return user if user and user.is_active else None

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count failures by e-mail address alone: allauth adds the host, whose port the client may choose."""
        email: str = credentials.get("email", "")
        return email.lower()

    def is_reauthentication_required(self, *, app: str, **_: Any) -> bool:
        """Ask for no password again within five minutes of the log-in."""
        done = get_authentication_records(context.request, context.request.user)
        if done and time.time() - done[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT:
            return False
        return bool(super().is_reauthentication_required(app=app))


def on_this_site(url: str) -> str:
    return settings.SITE_URL + urlsplit(url)._replace(scheme="", netloc="").geturl()


class TotpAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "This code is wrong, expired or already used. Enter the next code from your app."
    }

    def build_totp_svg(self, url: str) -> str:
        """Return the QR code as an inline element: the Content-Security-Policy forbids `data:` images."""
        svg: str = super().build_totp_svg(url)
        return svg.partition("?>")[2]

    def encrypt(self, text: str) -> str:
        """Encrypt a TOTP secret, so that a stolen database dump yields no codes."""
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _fernet().decrypt(encrypted_text).decode()


def _fernet() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [hashlib.sha256(f"second step {key}".encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
