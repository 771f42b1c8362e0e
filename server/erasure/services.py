"""Erasure of an account, by its owner or by an organiser: the row stays, and names nobody any more."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone

from server.accounts.models import ErasedAddress, User
from server.accounts.services import digests_of
from server.acts import check_fingerprint, checked_reason
from server.audit.models import AuditLogEntry
from server.audit.services import erasing, record
from server.erasure.columns import Found, find, what_stays
from server.erasure.exceptions import AlreadyErased, LastAdministrator, NotYourOrganiser
from server.erasure.person import Eraser, eraser_of
from server.outbox.models import EmailKind, OutboxEmail, RelayedEmail
from server.outbox.services import enqueue_email, mailed_name
from server.results.packs import delete_all_packs
from server.teams.emails import MAIL, SWITCHED_OFF
from server.teams.models import Invitation, Membership, Team
from server.teams.services import heir, leave_for_good
from server.teams.team_locks import active_locks
from server.unique_sequence import take_lowest_free

ASKED_FOR = "The owner deleted the account."
ACCESS = (
    "Name, addresses, password, second step, API tokens, sessions and e-mail preferences are deleted. Nobody can "
    "log in to the account. Paper packs, which name people, are deleted; organisers can have them made again."
)
KEPT = "Submissions, results, boards and decisions stay as they are. Backups hold the person until they expire."
NO_WAY_BACK = "None: an erased account cannot be restored. The person may sign up again."


@dataclass(frozen=True)
class ErasurePreview:
    """What an erasure would do. `kept`: texts that name the person and stay: words of teams, published results."""

    person: str
    effects: tuple[str, ...]
    kept: tuple[str, ...]
    mail: str
    way_back: str = NO_WAY_BACK


def preview_erase(user: User, by: User) -> ErasurePreview:
    """Return what erasing this account would do. Raises ErasureRefused."""
    _check_erasable(user, by)
    eraser = eraser_of(user, 0)
    found = Counter(each.row._meta for each in find(eraser))
    rows = sorted(f"{number} × {meta.verbose_name}" for meta, number in found.items())
    texts = f"Name and addresses are replaced by “former member” and a number in: {', '.join(rows)}."
    effects = [
        ACCESS,
        texts if rows else "No other text has the name or an address.",
        *_effects_on_team(user),
        *_effects_on_locks(user),
        KEPT,
    ]
    return ErasurePreview(str(user), tuple(effects), tuple(what_stays(eraser)), _mail_in_words(user))


def _effects_on_team(user: User) -> list[str]:
    membership = Membership.objects.filter(user=user).select_related("team").first()
    if membership is None:
        return []
    others = membership.team.memberships.exclude(user=user).exists()
    if successor := heir(user):
        return [f"The membership in the team {membership.team} ends; {successor.user} becomes its captain."]
    last = "" if others else ", which was the last one: nobody can submit with it; its submissions stay"
    return [f"The membership in the team {membership.team} ends{last}."]


def _effects_on_locks(user: User) -> list[str]:
    locks = len(active_locks(user))
    what = "1 team lock stays" if locks == 1 else f"{locks} team locks stay"
    held = "by a keyed hash of the address, a new account with the same address is bound until the end"
    return [f"{what} in force: {held}."] if locks else []


@transaction.atomic
def erase(account: User, *, by: User, reason: str, tell: bool = True, seen: str | None = None) -> User:
    """Erase an account at the person's request, as an organiser. Raises ErasureRefused or another ActRefused."""
    reason, user = checked_reason(reason), _locked(account)
    check_fingerprint(seen, preview_erase(user, by))
    return _erase(user, by=by, what="erased an account", reason=reason, tell=tell)


@transaction.atomic
def delete_own_account(user: User, *, seen: str | None = None) -> User:
    """Erase the account of who asks. Raises ErasureRefused or PreviewOutdated."""
    user = _locked(user)
    check_fingerprint(seen, preview_erase(user, user))
    return _erase(user, by=user, what="deleted the own account", reason=ASKED_FOR, tell=True)


def _locked(user: User) -> User:
    """Lock the team, which may be gone by then, and the person: in this order, as who sends an invitation does."""
    Team.objects.select_for_update(of=["self"]).filter(memberships__user=user).first()
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _check_erasable(user: User, by: User) -> None:
    if user.erased_as is not None:
        raise AlreadyErased(user)
    if user.is_staff and user != by and not by.is_superuser:
        raise NotYourOrganiser(user)
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
    if user.is_superuser and not others.exists():
        raise LastAdministrator


def _erase(user: User, *, by: User, what: str, reason: str, tell: bool) -> User:
    locked, told = bool(active_locks(user)), _mail_in_words(user) if tell else SWITCHED_OFF
    successor = heir(user)
    eraser = eraser_of(user, _numbered(user))  # before anything is deleted by which the person is recognised
    team = leave_for_good(user=user)
    if locked:
        digests = {digests_of(address)[0] for address in eraser.person.addresses}
        ErasedAddress.objects.bulk_create(ErasedAddress(user=user, digest=digest) for digest in sorted(digests))
    _delete_access(user, eraser)
    _pseudonymise(user, eraser)
    delete_all_packs(by=by)
    with erasing():
        _replace([*find(eraser)])
    changes = {"account": ["", eraser.name], MAIL: ["", told]}
    said = eraser.erased(reason, about=True)
    entry = record(by=by, what=what, subject=user, changes=changes, reason=said)
    if tell and team:
        _tell(team, successor, entry)
    return user


def _numbered(user: User) -> int:
    """Give the account the lowest free number of an erased one, and return it."""

    def take(number: int) -> User:
        User.objects.filter(pk=user.pk).update(erased_as=number)
        user.erased_as = number
        return user

    take_lowest_free(count(1), User, User.NUMBER_UNIQUE, take)
    return user.erased_as or 0


def _delete_access(user: User, eraser: Eraser) -> None:
    """Delete all that lets the person in, and what waits to be sent to them."""
    addresses = list(eraser.person.addresses)
    unverified = EmailAddress.objects.filter(email__in=addresses, verified=False)  # added by others, in vain
    for rows in (
        *(user.tokens.all(), EmailAddress.objects.filter(user=user), unverified),
        *(Authenticator.objects.filter(user=user), user.email_opt_outs.all()),
        RelayedEmail.objects.filter(Q(sender=user) | Q(mailbox__in=addresses)),
        OutboxEmail.objects.filter(Q(user=user) | Q(address__in=addresses), sent_at=None),
    ):
        rows.delete()
    Invitation.objects.filter(email__in=addresses).withdraw()
    ended = [session.pk for session in Session.objects.iterator() if _is_of(session, user, eraser)]
    Session.objects.filter(pk__in=ended).delete()


def _is_of(session: Session, user: User, eraser: Eraser) -> bool:
    data = session.get_decoded()
    return data.get("_auth_user_id") == str(user.pk) or eraser.names_person([data])


def _pseudonymise(user: User, eraser: Eraser) -> None:
    user.name, user.email, user.known_as = eraser.name, eraser.address, []
    user.is_active = user.is_staff = user.is_superuser = False
    user.last_login, user.sessions_ended_at = None, timezone.now()
    user.set_unusable_password()
    user.save()


def _replace(found: Iterable[Found]) -> None:
    for each in found:
        type(each.row)._base_manager.filter(pk=each.row.pk).update(**each.changes)


def _mail_in_words(user: User) -> str:
    membership = Membership.objects.filter(user=user).first()
    others = membership.team.memberships.exclude(user=user).count() if membership else 0
    people = f"to the {others} other member{'s' * (others != 1)} of the team" if others else "to nobody else"
    return f"{people}; none to the erased address"


def _tell(team: Team, successor: Membership | None, entry: AuditLogEntry) -> None:
    """Mail the members who stay that somebody has left, and who leads the team now."""
    context = {"team": mailed_name(team.name), "captain": mailed_name(str(successor.user)) if successor else ""}
    subject = render_to_string("erasure/email/left_subject.txt", context)
    text = render_to_string("erasure/email/left_message.txt", context).strip()
    for membership in team.memberships.select_related("user"):
        enqueue_email(membership.user, EmailKind.IMPORTANT, f"act {entry.pk}", subject, text)
