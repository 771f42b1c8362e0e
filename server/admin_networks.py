"""Middleware that limits the organisers' pages to certain networks; requests from all others get a 404."""

from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.views.defaults import page_not_found

View = Callable[..., HttpResponseBase]


def AdminNetworkMiddleware(get_response: View) -> View:  # noqa: N802  (a middleware is named as a class)
    """Middleware that answers 404 for the organisers' and the admin's addresses outside ADMIN_NETWORKS.

    It runs before CommonMiddleware, whose redirect from `/admin` to `/admin/` would reveal the admin.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if settings.ADMIN_NETWORKS and _is_for_organisers(request) and not _is_allowed(address_of(request)):
            return page_not_found(request, None)
        return get_response(request)

    return middleware


def address_of(request: HttpRequest) -> str:
    """Return the client's address; with TRUSTED_PROXY, the last of X-Forwarded-For, which our proxy wrote."""
    if settings.TRUSTED_PROXY:
        return request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    address: str = request.META.get("REMOTE_ADDR", "")
    return address


def _is_for_organisers(request: HttpRequest) -> bool:
    return f"{request.path_info}/".startswith((f"/{settings.ADMIN_PATH}", "/organisers/", "/api/v1/admin/"))


def _is_allowed(address: str) -> bool:
    """Whether the address is in one of the allowed networks; an invalid address is in none."""
    try:
        client = ip_address(address)
    except ValueError:
        return False
    if isinstance(client, IPv6Address) and client.ipv4_mapped:
        client = client.ipv4_mapped
    return any(client in network for network in settings.ADMIN_NETWORKS)
