"""What the tables of roles are tried on: the alices' things, a browser for each role, and filled-in forms."""

from base64 import b64encode
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache
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
from server.acts import fingerprint
from server.desk.models import PutAway
from server.desk.sections import sections
from server.outbox.models import OutboxEmail
from server.submissions import entries, resumable_uploads, transitions
from server.submissions.models import Evaluation, ResumableUpload, Submission, WorkerHost
from server.teams.services import invite
from server.tracks.editions.rules import preview_rules
from server.tracks.models import GroundTruth, Phase
from tests.ground_truths import distinct
from tests.rescoring import OF_A_RESCORE, OF_A_RESCORE_BY_API, a_rescore, corrected, started
from tests.server.by_api import OF_A_PHASE, SAME_FORM, SAME_ROW
from tests.server.case_forms import a_case, arguments_of_cases, case_form, closed
from tests.server.decision_forms import arguments_of_decisions, decision_form
from tests.server.result_rows import arguments_of_results, result_form
from tests.server.roles import CAST, PASSWORD, Rows, all_rows, changes, differences, outcome_of

PER_CLASS = [{"label": label, "iou": 0.25, "accuracy": 0.5, "pixels": 9} for label in range(201)]
SCORES = {"mean_iou": 0.25, "mean_accuracy": 0.5, "pixel_accuracy": 0.75, "per_class": PER_CLASS}


@pytest.fixture
def have_scored(submitted):
    """Submit and have it scored with this headline: `have_scored(alice, 0.5)`."""

    def make(user, headline, **wishes):
        submission = submitted(user, **wishes)
        numbers = {"mean_iou": headline, "mean_accuracy": 0.5, "pixel_accuracy": 0.5}
        assert transitions.record_scored(transitions.claim("a worker"), numbers, [])
        return submission

    return make


@pytest.fixture
def same_passwords(organiser, admin):
    """Everyone’s password is PASSWORD."""
    User.objects.update(password=make_password(PASSWORD))


@pytest.fixture
def rejected(erin, phase) -> Submission:
    """What was submitted while Erin was still in the team."""
    transitions.record_rejected(transitions.claim("a worker"), [], 1)
    return phase.submissions.get()


@pytest.fixture
def scored(submitted, phase, rejected):
    """Submit and have it scored: `scored(alice)`."""
    Phase.objects.update(stands_on=Phase.StandsOn.CHOSEN, details=Phase.Details.AT_ONCE)
    levels = count(1)

    def do(user) -> Submission:
        phase.refresh_from_db()
        submission = submitted(user)
        assert transitions.record_scored(
            transitions.claim("a worker"), SCORES | {"mean_iou": next(levels) / 10}, []
        )
        return submission

    return do


@pytest.fixture
def arguments(
    phase, alice, bob, charlie, organiser, submitted, scored, rejected, same_passwords
) -> dict[str, list[object]]:
    """What each address needs, all of it the alices': one submission of each kind, and the charlies' beside."""
    chosen, other, withdrawn, _ = scored(alice), scored(alice), scored(bob), scored(charlie)
    entries.choose(chosen)
    entries.withdraw(withdrawn)
    failed = failed_evaluation(submitted(alice))
    stuck, left = stuck_mail(), PutAway.objects.create(key="left", text="Left as it is.")
    waiting, invitation = submitted(alice), invite(captain=alice)
    token, _ = make_token(user=alice, label="cluster", scope="read", days=None)
    rescore = a_rescore(phase)
    things = {
        chosen: ("site:submission", "submissions:withdraw", "submissions:unchoose"),
        other: ("submissions:choose",),
        withdrawn: ("submissions:restore",),
        rejected: ("submissions:archive", "submissions:problems", "submissions:problems_csv", "api:problems"),
        an_upload(alice, phase): ("api:upload",),
        waiting: ("site:submission_live", "submissions:cancel", "api:submission", "api:cancel"),
        invitation: ("teams:join", "teams:withdraw_invitation"),
        bob: ("teams:remove", "teams:transfer_captaincy"),
        token: ("accounts:revoke_token",),
        failed: ("desk:run_again",),
        stuck: ("desk:retry_mail",),
        left: ("desk:show_again",),
        phase: OF_A_PHASE,
        failed_draft(phase): (
            *(f"ground_truth:{page}" for page in ("detail", "live", "publish", "remove")),
            *("api:admin_publish_truth", "api:admin_remove_truth"),
        ),
        rescore: tuple(f"rescores:{name}" for name in OF_A_RESCORE),
        rescore.old_rule: ("rescores:options",),
        rescore.old_rule.ground_truth: ("rescores:start", "api:admin_pack_again"),
        WorkerHost.objects.create(name="gpu-1", paused_at=timezone.now()): ("api:admin_end_pause",),
    }
    pictures = {"rescores:picture": [rescore.pk, 0, "old"]}
    pictures |= {f"api:{name}": [rescore.pk] for name in OF_A_RESCORE_BY_API}
    found = pictures | {name: [thing.pk] for thing, names in things.items() for name in names}
    found |= {name: found[page] for name, page in SAME_ROW.items()}
    cases = arguments_of_cases(a_case(chosen, organiser), closed(withdrawn, organiser))
    decisions = arguments_of_decisions(organiser, alice.membership.team, withdrawn)
    return words_of(phase) | found | cases | decisions | arguments_of_results(phase)


def failed_draft(phase: Phase) -> GroundTruth:
    return GroundTruth.objects.create(track=phase.track, split="val", state="failed", problem="no PNG")


def failed_evaluation(submission: Submission) -> Evaluation:
    """The submission's evaluation, which the server gave up."""
    assert transitions.fail(transitions.claim("a worker"), "The disk broke.")
    return submission.evaluations.get()


def stuck_mail() -> OutboxEmail:
    """A mail that was tried in vain."""
    stuck = OutboxEmail.objects.exclude(kind="alert").order_by("created_at")[0]
    OutboxEmail.objects.filter(pk=stuck.pk).update(tries=5, last_error="Mailbox full.")
    return stuck


def words_of(phase: Phase) -> dict[str, list[str]]:
    """The arguments of addresses that are words."""
    track, here = phase.track.slug, [phase.track.slug, phase.slug]
    words = {
        ("site:track", "api:track", "ground_truth:upload", "editions:rules", "api:admin_ground_truth"): [track],
        (
            *("site:edition", "editions:detail", "editions:list", "editions:unlist", "editions:delete"),
            *("api:admin_list_edition", "api:admin_unlist_edition", "api:admin_delete_edition"),
        ): [phase.track.edition.slug],
        ("site:manifest", "site:sample"): [track, phase.split],
        ("leaderboard:board", "leaderboard:curves", "leaderboard:phase_feed"): here,
        ("leaderboard:classes", "leaderboard:compare", "leaderboard:significance"): here,
        ("leaderboard:classes_export",): [*here, "csv"],
        ("leaderboard:significance_export",): [*here, "svg"],
        ("submissions:submit", "submissions:pseudonym"): here,
        ("submissions:submission_of_form",): ["0123456789abcdef"],
        ("leaderboard:board_export",): [*here, "csv"],
        ("leaderboard:archive_export",): ["1", "csv"],
        ("site:problem",): ["bad_mode"],
        ("site:document",): ["teams"],
        ("account_confirm_email",): ["no-key"],
        ("account_reset_password_from_key",): ["0", "no-key"],
    }
    return {name: arguments for names, arguments in words.items() for name in names}


# Re-scores


@pytest.fixture
def new_truth(truths, truth) -> GroundTruth:
    return corrected(truths, truth)


@pytest.fixture
def board(phase, have_scored, alice, charlie):
    """Alice's 50.00 before Charlie's 40.00; a second one of Alice's was rejected."""
    first, second = have_scored(alice, 0.5), have_scored(charlie, 0.4)
    return first, second


@pytest.fixture
def dry_run(board, new_truth, phase, organiser):
    return started(new_truth, [phase], organiser)


@pytest.fixture
def an_archive(good_zip):
    """A good archive as a form sends it, new each time."""
    content = distinct(good_zip)  # the same bytes, and not yet submitted
    return lambda: SimpleUploadedFile("results.zip", content, "application/zip")


@pytest.fixture
def fill_in(an_archive, phase, alice):
    """The form that a page takes, with every field it has: `fill_in("teams:create")`."""

    def fill(name: str) -> dict[str, object]:
        name = SAME_FORM.get(name, name)
        if name in {"submissions:submit", "api:submissions"}:
            where = {"phase": phase.pk} if name.startswith("api:") else {"form_id": ""}
            return {"archive": an_archive(), "upload": "", **where, **METHOD}
        if name == "ground_truth:upload":
            return {
                "split": "val",
                "option_num_classes": "200",
                "option_ignore_label": "255",
                "file": an_archive(),
            }
        if name == "api:uploads":
            return {"Upload-Length": "9", "Upload-Metadata": f"phase {b64encode(b'%d' % phase.pk).decode()}"}
        if name == "desk:put_away":
            return {"key": next(line.key for section in sections() for line in section.lines if line.key)}
        if name == "editions:rules":
            return rules_form(phase.track)
        forms = FORMS | account_forms(alice.email)
        forms["api:admin_change_phases"] = {"phases": [phase.pk], "act": "extend", "hours": 12, "reason": "Asked."}
        of_case = name.startswith(CASES) and case_form(name, rest_of(alice))
        decided = decision_form(name, alice.membership.team, phase)
        return forms.get(name) or of_case or result_form(name, phase) or decided

    return fill


def rules_form(track) -> dict[str, object]:
    """The form of a track's rules that leaves one of them, confirmed."""
    rules = [{"rule": "Be kind.", "enforced": ""}]
    counts = {"rules-TOTAL_FORMS": 1, "rules-INITIAL_FORMS": 0}
    row = {"rules-0-rule": "Be kind.", "rules-0-enforced": "", "rules-0-ORDER": 1}
    return counts | row | {"seen": fingerprint(preview_rules(track, rules)), "reason": "Decided."}


CASES = (
    "verification:",
    "cases:",
    "api:case_",
    "api:admin_cases",
    "api:admin_extend_case",
    "api:admin_close_case",
    "api:admin_reopen_case",
)


def rest_of(captain: User) -> Submission:
    """A scored submission of the team without a case."""
    scored = Submission.objects.filter(team=captain.membership.team, evaluations__state="scored")
    return scored.filter(verification_cases=None).first()


METHOD = {
    "method": "CAM",
    "parameters": "25.6M",
    "description": "By *CAM*.",
    "rules_kept": "on",
    **{f"{what}_url": f"https://example.org/{what}" for what in ("code", "paper", "project")},
}
OPTIONS = {"option_num_classes": 200, "option_ignore_label": 255}
FORMS = {
    "submissions:pseudonym": {"name": "The Masked", "day": f"{timezone.now() + timedelta(days=3):%Y-%m-%d}"},
    "teams:create": {"name": "newcomers", "affiliation": "University of N"},
    "teams:rename": {"name": "alphas", "affiliation": "University of Alpha"},
    "teams:invite_person": {"email": "somebody@example.org"},
    "accounts:profile": {"name": "Another Name"},
    "accounts:make_token": {"label": "laptop", "scope": "read", "days": "90"},
    "erasure:delete": {"sure": "on"},
    **dict.fromkeys(("rescores:options", "api:admin_pack_again"), OPTIONS),
    "outbox:preferences": {"kinds": ["scored"]},
    **{f"api:admin_{act}_truth": {"reason": "Checked."} for act in ("publish", "remove")},
    **{f"api:admin_{act}": {"reason": "Decided."} for act in ("list_edition", "unlist_edition", "delete_edition")},
    "api:admin_open_edition": {
        "copy": "2020",
        "title": "2021",
        "starts_on": "2021-03-21",
        "reason": "Decided.",
    },
}


def account_forms(email: str) -> dict[str, dict[str, str]]:
    new = dict.fromkeys(("password1", "password2"), "eight imperfect days")
    return {
        "account_login": {"login": email, "password": PASSWORD},
        "account_signup": {"name": "Frida", "email": "frida@example.org", **new},
        "account_email": {"action_add": "", "email": "second@example.org"},
        "account_change_password": {"oldpassword": PASSWORD, "revoke_tokens": "", **new},
        "account_set_password": new,
        "account_reset_password": {"email": email},
        "account_reauthenticate": {"password": PASSWORD},
    }


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
    """A program with a role's token, which may submit: `program_of("member")`; or one of two worse ones."""

    def show(role: str) -> Client:
        if role == "visitor":
            return Client()
        scopes = {"read-only": ApiToken.Scope.READ, "acting": ApiToken.Scope.ADMIN}
        scope = scopes.get(role, ApiToken.Scope.SUBMIT)
        owners = {"read-only": "captain", "revoked": "captain", "acting": "organiser"}
        user = played_by(request, owners.get(role, role))
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
    start, rows_now = timezone.now(), lru_cache(all_rows)

    def effect(call) -> tuple[int, list[tuple]]:
        before = rows_now()  # read once: whatever is done is undone
        with undone():
            answer = call()
            return answer.status_code, sorted(differences(before, all_rows(), start), key=repr)

    return effect


@pytest.fixture
def found(undone):
    """What comes of a call, in a word. Where something is expected to be done it is looked for, and undone."""

    def find(call, expected: str, before: Rows) -> str:
        if expected != "done":
            return outcome_of(call())
        with undone():
            outcome = outcome_of(call())  # which reads a download to its end
            return "done" if changes(before, all_rows()) else outcome

    return find


def an_upload(user: User, phase: Phase) -> ResumableUpload:
    """An upload of nine bytes, of which none has arrived."""
    now = timezone.now()
    return resumable_uploads.begin(
        user=user, phase=phase, name="results.zip", length=9, expected_sha256="", began_at=now
    )
