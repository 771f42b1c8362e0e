"""From which networks the admin can be reached; to all others it does not exist."""

from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.views.defaults import page_not_found

View = Callable[..., HttpResponseBase]


def AdminNetworkMiddleware(get_response: View) -> View:  # noqa: N802  (a middleware is named as a class)
    """Stands ahead of what would send `/admin` on to `/admin/`, and so say that there is one."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if settings.ADMIN_NETWORKS and _is_of_the_admin(request) and not _is_near(address_of(request)):
            return page_not_found(request, None)
        return get_response(request)

    return middleware


def address_of(request: HttpRequest) -> str:
    """Who asks: by the word of our own proxy, the last of the list, and only where there is one."""
    if settings.TRUSTED_PROXY:
        return request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return request.META.get("REMOTE_ADDR", "")


def _is_of_the_admin(request: HttpRequest) -> bool:
    return f"{request.path_info}/".startswith(f"/{settings.ADMIN_PATH}")


def _is_near(address: str) -> bool:
    """Whether it is in one of the networks; what is no address is in none."""
    try:
        asking = ip_address(address)
    except ValueError:
        return False
    if isinstance(asking, IPv6Address) and asking.ipv4_mapped:
        asking = asking.ipv4_mapped
    return any(asking in network for network in settings.ADMIN_NETWORKS)
