"""By what a person is recognised in texts: names and addresses, present and former."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db.models import Model

from server.accounts.addresses import mailbox_of
from server.accounts.models import User
from server.audit.models import AuditLogEntry
from server.outbox.services import mailed_name
from server.submissions.models import Submission
from server.teams.models import Membership, PastMembership

PLACEHOLDER, PLACEHOLDER_DOMAIN = "former member {}", "former-member-{}@erased.invalid"


@dataclass(frozen=True)
class Person:
    """Somebody to be found in texts.

    A name of several words that no other account has is looked for everywhere. All others may mean something else
    and are looked for in rows about the person alone: those with their address, and those that refer to them, to
    their teams, or to who is or was in these.
    """

    user: User
    names: tuple[str, ...]
    unmistakable: frozenset[str]
    addresses: tuple[str, ...]
    related: frozenset[UUID]

    @cached_property
    def by_address(self) -> re.Pattern[str]:
        ours = "|".join(map(re.escape, sorted(self.addresses, key=len, reverse=True)))
        return re.compile(rf"(?<![\w.+-])(?:{ours})(?![\w-]|\.\w)", re.IGNORECASE)

    @cached_property
    def by_name(self) -> re.Pattern[str]:
        return _as_words(self.names)

    @cached_property
    def by_unmistakable_name(self) -> re.Pattern[str]:
        return _as_words(self.unmistakable)

    def is_in(self, row: Model) -> bool:
        """Whether the row refers to the person, to a team of theirs, or to what or who is in it."""
        values = (getattr(row, field.attname) for field in row._meta.concrete_fields)
        return any(value in self.related or value in self.related_as_text for value in values if _hashable(value))

    @cached_property
    def related_as_text(self) -> frozenset[str]:
        return frozenset(map(str, self.related))


def person_of(user: User) -> Person:
    """Return by what this person is recognised now."""
    names, addresses = _known(user)
    taken = set(User.objects.exclude(pk=user.pk).filter(name__in=names).values_list("name", flat=True))
    unmistakable = frozenset(name for name in names if name not in taken and len(name.split()) > 1)
    spelled = tuple(dict.fromkeys(spelling for name in names for spelling in (name, mailed_name(name))))
    also = frozenset(spelling for name in unmistakable for spelling in (name, mailed_name(name)))
    return Person(user, spelled, also, addresses, _related(user))


def _known(user: User) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """All names and addresses that the person has, had, or was recorded under."""
    entries = [*AuditLogEntry.objects.about(user)]
    own = EmailAddress.objects.filter(user=user)
    keys = [str(key) for key in own.values_list("pk", flat=True)]
    entries += AuditLogEntry.objects.filter(app="account", model="emailaddress", key__in=keys)
    recorded = [entry.subject for entry in entries]
    recorded += [value for entry in entries for key in ("name", "email") for value in entry.changes.get(key, ())]
    found = [user.name, user.email, *own.values_list("email", flat=True), *user.known_as, *recorded]
    addresses = {spelling for text in found if _is_address(text) for spelling in (text.lower(), mailbox_of(text))}
    names = dict.fromkeys(text for text in found if not _is_address(text) and len(text) > 1)
    return tuple(names), tuple(sorted(addresses - _of_others(user, addresses)))


def _of_others(user: User, addresses: set[str]) -> set[str]:
    """Those that are another account's by now."""
    theirs = EmailAddress.objects.filter(verified=True, email__in=addresses).exclude(user=user)
    accounts = User.objects.filter(email__in=addresses).exclude(pk=user.pk)
    return {*theirs.values_list("email", flat=True), *accounts.values_list("email", flat=True)}


def _is_address(text: str) -> bool:
    return bool(re.fullmatch(r"\S+@\S+", text))


def _related(user: User) -> frozenset[UUID]:
    """The keys of the person, their teams, the people who are or were in these, and what these submitted."""
    teams = {row.team_id for kind in (Membership, PastMembership) for row in kind.objects.filter(user=user)}
    people = {row.user_id for kind in (Membership, PastMembership) for row in kind.objects.filter(team__in=teams)}
    submissions = Submission.objects.filter(team__in=teams).values_list("pk", flat=True)
    return frozenset({user.pk, *teams, *people, *submissions})


def _as_words(names: Iterable[str]) -> re.Pattern[str]:
    ours = "|".join(_with_any_blanks(name) for name in sorted(names, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{ours})(?!\w)" if ours else r"(?!)")


def _with_any_blanks(name: str) -> str:
    """A name may be broken at the end of a line."""
    return r"\s+".join(map(re.escape, name.split()))


def _hashable(value: Any) -> bool:
    return isinstance(value, str | UUID)


@dataclass(frozen=True)
class Eraser:
    """Puts placeholders in the place of a person's names and addresses."""

    person: Person
    name: str
    address: str

    def erased(self, value: Any, *, about: bool) -> Any:
        """Return a text, or the value of a JSON column, without the person. `about`: its row is about them."""
        if isinstance(value, str):
            names = self.person.by_name if about else self.person.by_unmistakable_name
            return names.sub(self.name, self.without_addresses(value))
        if isinstance(value, dict):
            return {self.without_addresses(key): self.erased(each, about=about) for key, each in value.items()}
        if isinstance(value, list):
            return [self.erased(each, about=about) for each in value]
        return value

    def without_addresses(self, text: str) -> str:
        return self.person.by_address.sub(self.address, text)

    def names_person(self, texts: Iterable[Any]) -> bool:
        """Whether one of these values has an address of the person."""
        return any(self.person.by_address.search(text) for value in texts for text in _texts(value))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from (*_texts(key), *_texts(each))
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def eraser_of(user: User, number: int) -> Eraser:
    return Eraser(person_of(user), PLACEHOLDER.format(number), PLACEHOLDER_DOMAIN.format(number))
