"""Reads settings from the environment, and refuses a wrong value with the setting's name."""

import math
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

YES, NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
LARGEST = 1e8  # days, minutes or seconds, of which Python can still make a duration
ALIKE = 0.85  # of 1, by difflib
MODULES = ("ENGINE", "BACKEND", "EMAIL_BACKEND")  # what a URL stands for: one that is known names a module

Value = TypeVar("Value")


class Environment(environ.FileAwareEnv):
    """Reads each setting from the variable of its name, or from the file that NAME_FILE names."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()  # of all settings that were read

    def get_value(self, var: str, *args: Any, **kwargs: Any) -> Any:
        self.names.add(var)
        try:
            return super().get_value(var, *args, **kwargs)
        except OSError as error:
            named = f"{var}_FILE names {error.filename}, which cannot be read"
            raise ImproperlyConfigured(f"{named}: {error.strerror}.") from None

    def switch(self, name: str, *, default: bool) -> bool:
        value = str(self(name, default=str(default))).strip().lower()
        if value not in YES + NO:
            raise _refusal(name, value, "neither true nor false")
        return value in YES

    def whole(self, name: str, *, default: int, least: int = 1) -> int:
        """Return a whole number, by default a positive one."""
        return _read(name, str(self(name, default=str(default))).strip(), _whole(least))

    def number(self, name: str, *, default: float, least: float | None = None) -> float:
        """Return a number above zero, or of at least `least`."""
        return _read(name, str(self(name, default=str(default))).strip(), _number(least))

    def each(self, name: str, read: Callable[[str], Value], *, default: Sequence[str]) -> list[Value]:
        """Return all values of a list, as `read` makes them; its ValueError says what is wrong with one."""
        values = [item.strip() for item in str(self(name, default=",".join(default))).split(",")]
        found = [_read(name, value, read) for value in filter(None, values)]
        if default and not found:
            raise _refusal(name, "", "it is empty. Leave the line out for the default")
        return found

    def url(self, name: str, parse: Callable[[str], dict[str, Any]], *, default: str) -> dict[str, Any]:
        """Return what `parse` reads from a URL. It may hold a password, so a refusal does not repeat it."""
        try:
            parsed = parse(self(name, default=default))
        except (ValueError, KeyError, ImproperlyConfigured):
            parsed = {}
        if not any("." in str(parsed.get(key)) for key in MODULES):
            encoded = "Special characters in a password are written as %23 for #, %40 for @, %2F for /."
            raise ImproperlyConfigured(f"{name} is no URL that can be used: see .env.example. {encoded}")
        return parsed


def _read(name: str, value: str, read: Callable[[str], Value]) -> Value:
    try:
        return read(value)
    except ValueError as error:
        raise _refusal(name, value, str(error)) from None


def mail_domain(site_url: str) -> str:
    """Return the domain that mails are sent from where nothing else is set."""
    host = urlsplit(site_url).hostname or ""
    return host if host.rpartition(".")[2].isalpha() else "localhost"


def is_loopback(host: str) -> bool:
    """Whether only this machine can be meant."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def at_least_zero(value: str) -> float:
    return _number(0)(value)


def _whole(least: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        try:
            number = int(value)
        except ValueError:
            raise ValueError("no whole number") from None
        if number < least:
            raise ValueError(f"less than {least}")
        return number

    return read


def _number(least: float | None) -> Callable[[str], float]:
    def read(value: str) -> float:
        try:
            number = float(value)
        except ValueError:
            raise ValueError("no number") from None
        if not math.isfinite(number) or number > LARGEST:
            raise ValueError("too large")
        if number <= 0 if least is None else number < least:
            raise ValueError("not above zero" if least is None else f"less than {least:g}")
        return number

    return read


def _refusal(name: str, value: str, what: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name} is “{value}”: {what}. Correct it in .env or the environment.")


def names_in(text: str) -> list[str]:
    """Return the names that the lines of an .env file set, commented ones too."""
    lines = (line.strip().removeprefix("# ").removeprefix("export ") for line in text.splitlines())
    return [name for line in lines if (name := line.partition("=")[0].strip()).isidentifier() and "=" in line]


def known_names(env: Environment, example: Path) -> set[str]:
    """Return the names of all settings: those that were read, and compose's own, which .env.example lists."""
    listed = names_in(example.read_text()) if example.exists() else []
    names = {name for name in [*env.names, *listed] if name.isupper()}
    return names | {f"{name}_FILE" for name in names}


def misspelt(names: Sequence[str], known: set[str]) -> dict[str, str]:
    """Return each name that is nearly a setting's, with the setting that is probably meant."""
    unknown = {name: _nearest(name.upper(), known) for name in set(names) - known}
    return {name: meant for name, meant in sorted(unknown.items()) if meant}


def _nearest(name: str, known: set[str]) -> str:
    """Return the known name that is nearly this one, or has the same letters; empty if none is."""
    same_letters = [each for each in known if sorted(each) == sorted(name)]
    return next(iter(same_letters or get_close_matches(name, known, n=1, cutoff=ALIKE)), "")
