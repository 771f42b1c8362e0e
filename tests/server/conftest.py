"""What the tables of roles are tried on: the alices' things, a browser for each role, and filled-in forms."""

from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from types import SimpleNamespace

import pytest
from allauth.account.internal.flows.login import record_authentication
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.utils import timezone

from server.accounts.models import ApiToken, User
from server.accounts.services import make_token, revoke_token
from server.submissions import entries, moves
from server.submissions.models import Submission
from server.teams.services import invite
from server.tracks.models import Phase
from tests.server.roles import CAST, all_rows, differences
from tests.truths import distinct

SCORES = {"mean_iou": 0.25, "mean_accuracy": 0.5, "pixel_accuracy": 0.75, "per_class": [0.25] * 200}
NEW_PASSWORD = "eight imperfect days"


@pytest.fixture
def quick_passwords(settings, organiser, admin, own_password):
    """Passwords hashed in no time: what is asked here is who may change them."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    User.objects.update(password=make_password(own_password))


@pytest.fixture
def rejected(erin, phase) -> Submission:
    """What was handed in while Erin was still in the team."""
    moves.record_rejected(moves.claim("a worker"), [], 1)
    return phase.submissions.get()


@pytest.fixture
def scored(handed_in, phase, rejected):
    """Hand in and have it scored: `scored(alice)`."""
    Phase.objects.update(stands_on=Phase.StandsOn.CHOSEN)
    levels = count(1)

    def do(user) -> Submission:
        phase.refresh_from_db()
        submission = handed_in(user)
        assert moves.record_scored(moves.claim("a worker"), SCORES | {"mean_iou": next(levels) / 10}, [])
        return submission

    return do


@pytest.fixture
def arguments(phase, alice, bob, charlie, handed_in, scored, rejected, quick_passwords) -> dict[str, list[object]]:
    """What each address needs, all of it the alices': one submission of each kind, and the charlies' beside."""
    chosen, other, withdrawn, _ = scored(alice), scored(alice), scored(bob), scored(charlie)
    entries.choose(chosen)
    entries.withdraw(withdrawn)
    waiting, invitation = handed_in(alice), invite(captain=alice)
    token, _ = make_token(user=alice, label="cluster", scope="read", days=None)
    here, of_split = [phase.track.slug, phase.slug], [phase.track.slug, phase.split]
    return {
        "site:track": here[:1],
        "site:manifest": of_split,
        "site:sample": of_split,
        "leaderboard:board": here,
        "site:submission": [chosen.pk],
        "site:submission_live": [waiting.pk],
        "submissions:submit": here,
        "submissions:pseudonym": here,
        "submissions:cancel": [waiting.pk],
        "submissions:withdraw": [chosen.pk],
        "submissions:put_back": [withdrawn.pk],
        "submissions:choose": [other.pk],
        "submissions:unchoose": [chosen.pk],
        "submissions:problems": [rejected.pk],
        "teams:join": [invitation.pk],
        "teams:withdraw_invitation": [invitation.pk],
        "teams:remove": [bob.pk],
        "teams:hand_over": [bob.pk],
        "accounts:revoke_token": [token.pk],
        "account_confirm_email": ["no-key"],
        "account_reset_password_from_key": ["0", "no-key"],
        "api:track": here[:1],
        "api:phase": [phase.pk],
        "api:leaderboard": [phase.pk],
        "api:manifest": [phase.pk],
        "api:submission": [waiting.pk],
        "api:cancel": [waiting.pk],
    }


@pytest.fixture
def an_archive(good_zip):
    """A good archive as a form sends it, new each time."""
    content = distinct(good_zip)  # the same bytes, and not yet handed in
    return lambda: SimpleUploadedFile("results.zip", content, "application/zip")


@pytest.fixture
def fill_in(an_archive, phase, alice, own_password):
    """The form that a page takes, with every field it has: `fill_in("teams:found")`."""

    def fill(name: str) -> dict[str, object]:
        day = (timezone.now() + timedelta(days=3)).date().isoformat()
        said = {"method": "CAM", "parameters": "25.6M", "description": "By *CAM*.", "rules_kept": "on"}
        links = {f"{what}_url": f"https://example.org/{what}" for what in ("code", "paper", "project")}
        password = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
        forms = {
            "submissions:submit": {"archive": an_archive(), "form_id": "", **said, **links},
            "submissions:pseudonym": {"name": "The Masked", "day": day},
            "teams:found": {"username": "newcomers", "name": "University of N"},
            "teams:rename": {"username": "alphas", "name": "University of Alpha"},
            "teams:invite_person": {"email": "somebody@example.org"},
            "accounts:profile": {"name": "Another Name"},
            "accounts:make_token": {"label": "laptop", "scope": "read", "days": "90"},
            "notices:choose": {"kinds": ["scored"]},
            "account_login": {"login": alice.email, "password": own_password},
            "account_signup": {"name": "Frida", "email": "frida@example.org", **password},
            "account_email": {"action_add": "", "email": "second@example.org"},
            "account_change_password": {"oldpassword": own_password, "revoke_tokens": "", **password},
            "account_set_password": password,
            "account_reset_password": {"email": alice.email},
            "account_reauthenticate": {"password": own_password},
            "api:submissions": {"phase": phase.pk, "archive": an_archive(), **said, **links},
        }
        return forms.get(name, {})

    return fill


@pytest.fixture
def as_role(request):
    """A browser of somebody in a role, freshly logged in as if by the form: `as_role("ex-member")`."""

    def log_in(role: str) -> Client:
        browser = Client()
        if user := played_by(request, role):
            browser.force_login(user)
            visit = SimpleNamespace(session=browser.session)
            record_authentication(visit, user, method="password")
            visit.session.save()
        return browser

    return log_in


@pytest.fixture
def program_of(request):
    """A program with a role's token, which may hand in: `program_of("member")`; or one of two worse ones."""

    def show(role: str) -> Client:
        if role == "visitor":
            return Client()
        scope = ApiToken.Scope.READ if role == "read-only" else ApiToken.Scope.SUBMIT
        user = played_by(request, "captain" if role in {"read-only", "revoked"} else role)
        token, secret = make_token(user=user, label="a program", scope=scope, days=None)
        if role == "revoked":
            revoke_token(token)
        return Client(headers={"Authorization": f"Bearer {secret}"})

    return show


def played_by(request, role: str) -> User | None:
    """Who plays a role, as the database has them now."""
    name = CAST.get(role, role)
    return User.objects.get(pk=request.getfixturevalue(name).pk) if name else None


@pytest.fixture
def undone():
    """What is done within is undone afterwards, rate limits too: `with undone(): …`."""

    @contextmanager
    def trying():
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
        cache.clear()

    return trying


@pytest.fixture
def effect_of(undone):
    """What a call answers and changes, told without what differs between any two calls."""
    start = timezone.now()

    def effect(call) -> tuple[int, list[tuple]]:
        with undone():
            before = all_rows()
            answer = call()
            return answer.status_code, sorted(differences(before, all_rows(), start), key=repr)

    return effect
