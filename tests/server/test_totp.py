"""Two-step log-in: codes and recovery codes, and that organisers need it where the server asks for it."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from server.accounts import services
from server.accounts.adapters import TotpAdapter
from tests.fixtures import PASSWORD
from tests.totp import STEP, code_at, code_now

pytestmark = pytest.mark.django_db
ACTIVATE, SECOND_STEP = reverse("mfa_activate_totp"), reverse("mfa_authenticate")


def secret_on(page) -> str:
    return re.search(r"<code>([A-Z2-7]{32})</code>", page.content.decode())[1]


def set_up(client: Client) -> str:
    """Switch it on as a person does; returns the secret."""
    secret = secret_on(client.get(ACTIVATE))
    answer = client.post(ACTIVATE, {"code": code_now(secret)})
    assert answer.headers["Location"] == reverse("mfa_view_recovery_codes")
    return secret


def recovery_codes(client: Client) -> list[str]:
    page = client.get(reverse("mfa_view_recovery_codes")).content.decode()
    return re.findall(r"\b\d{8}\b", page)


def give_password(user, to: str = "") -> Client:
    client = Client()
    answer = client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD, "next": to})
    assert answer.headers["Location"] == SECOND_STEP
    return client


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.fixture
def with_totp(logged_in, alice):
    """Alice's browser, her secret and her recovery codes."""
    client = logged_in(alice)
    secret = set_up(client)
    return client, secret, recovery_codes(client)


def test_the_code_of_the_tests_is_the_one_of_the_standard():
    assert code_at("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", 59) == "287082"  # RFC 6238, appendix B


def test_password_and_code_together_let_in_and_neither_does_alone(with_totp, alice):
    client = give_password(alice)
    assert not is_in(client)
    assert client.get(reverse("accounts:profile")).status_code == 302
    client.post(SECOND_STEP, {"code": "000000"})
    assert not is_in(client)
    client.post(SECOND_STEP, {"code": code_now(with_totp[1])})
    assert is_in(client)
    stranger = Client()
    assert stranger.post(SECOND_STEP, {"code": code_now(with_totp[1])}).headers["Location"] == "/account/login/"
    assert not is_in(stranger)


@pytest.mark.both_setups
def test_a_code_works_once(with_totp, alice):
    code = code_now(with_totp[1])
    first, second = give_password(alice), give_password(alice)
    first.post(SECOND_STEP, {"code": code})
    answer = second.post(SECOND_STEP, {"code": code})
    assert (is_in(first), is_in(second)) == (True, False)
    assert "already used" in answer.content.decode()


def test_the_code_of_another_half_minute_is_refused(with_totp, alice, monkeypatch):
    client, code, now = give_password(alice), code_now(with_totp[1]), time.time()
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time.time", lambda: now + STEP)
    client.post(SECOND_STEP, {"code": code})
    assert not is_in(client)


def test_a_recovery_code_lets_in_once(with_totp, alice):
    code = with_totp[2][3]
    assert len(set(with_totp[2])) == 10
    first, second = give_password(alice), give_password(alice)
    first.post(SECOND_STEP, {"code": code})
    second.post(SECOND_STEP, {"code": code})
    assert (is_in(first), is_in(second)) == (True, False)
    assert code not in recovery_codes(with_totp[0])


@pytest.mark.both_setups
def test_new_recovery_codes_end_the_old_ones(with_totp, alice):
    client, _, old = with_totp
    client.post(reverse("mfa_generate_recovery_codes"))
    assert not set(old) & set(recovery_codes(client))
    other = give_password(alice)
    other.post(SECOND_STEP, {"code": old[0]})
    assert not is_in(other)


def test_codes_cannot_be_tried_on_and_on(with_totp, alice):
    client = give_password(alice)
    for _ in range(5):
        client.post(SECOND_STEP, {"code": "000000"})
    answer = client.post(SECOND_STEP, {"code": code_now(with_totp[1])})
    assert "five minutes" in answer.content.decode()
    assert not is_in(client)


def test_a_password_reset_asks_for_the_second_step_too(with_totp, alice):
    client = Client()
    client.post(reverse("account_reset_password"), {"email": alice.email})
    link = re.search(r"http://[^/]+(/account/password/reset/key/\S+)", mail.outbox[-1].body)[1]
    address = client.get(link).headers["Location"]
    answer = client.post(address, {"password1": "eight imperfect days", "password2": "eight imperfect days"})
    assert answer.headers["Location"] == SECOND_STEP
    assert not is_in(client)


def test_secrets_and_recovery_codes_lie_sealed_in_the_database(with_totp, tmp_path):
    dump = tmp_path / "dump.json"
    call_command("dumpdata", "mfa", output=str(dump), verbosity=0)
    assert with_totp[1] not in dump.read_text()
    seed = Authenticator.objects.get(type="recovery_codes").data["seed"]
    assert TotpAdapter().decrypt(seed) != seed
    assert not re.fullmatch(r"[0-9a-f]+", seed)


def test_a_new_secret_key_opens_what_the_one_before_sealed(with_totp, alice, settings):
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "n" * 60
    client = give_password(alice)
    client.post(SECOND_STEP, {"code": code_now(with_totp[1])})
    assert is_in(client)


@pytest.mark.django_db(transaction=True)
def test_switching_on_and_off_is_told_by_mail(logged_in, alice):
    client = logged_in(alice)
    set_up(client)
    client.post(reverse("mfa_deactivate_totp"))
    subjects = ["[LID challenge] Two-step log-in is on", "[LID challenge] Two-step log-in is off"]
    assert [letter.subject for letter in mail.outbox] == subjects
    assert not Authenticator.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_it_can_be_switched_on_where_no_mail_server_answers(logged_in, alice, settings):
    client = logged_in(alice)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    set_up(client)
    assert len(recovery_codes(client)) == 10


def test_a_session_that_is_not_fresh_gives_the_password_before_anything_is_changed(with_totp, alice):
    client = Client()
    client.force_login(alice)
    for page in ("mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes"):
        for answer in (client.get(reverse(page)), client.post(reverse(page))):
            assert answer.headers.get("Location", "").startswith(reverse("account_reauthenticate")) or (
                answer.status_code == 405
            )
    assert Authenticator.objects.count() == 2


def test_the_qr_code_stands_in_the_page_and_breaks_no_rule_of_its_policy(logged_in, alice):
    page = logged_in(alice).get(ACTIVATE)
    text = page.content.decode()
    assert re.search(r'<div class="qr"[^>]*>\s*<svg [^>]*viewBox', text)
    assert "data:" not in text
    assert " style=" not in text
    assert not re.search(r"<script(?![^>]* src=)", text)
    assert "no-store" in page.headers["Cache-Control"]


def test_who_has_a_second_step_can_still_change_the_address(with_totp):
    with_totp[0].post(reverse("account_email"), {"action_add": "1", "email": "alice@elsewhere.org"})
    assert mail.outbox[-1].to == ["alice@elsewhere.org"]


def test_what_is_not_offered_has_no_address(client):
    assert client.get("/account/2fa/webauthn/").status_code == 404
    assert client.get("/account/2fa/trust/").status_code == 404


# Organisers


@pytest.fixture
def needed(settings):
    settings.STAFF_NEED_TOTP = True


PAGES = ["/", "/account/", "/team/", "/admin/", "/admin/tracks/", "/account/email/", "/account/2fa/"]


@pytest.mark.parametrize("who", ["organiser", "admin"])
def test_staff_without_it_are_led_to_set_it_up_from_every_page(needed, logged_in, request, who):
    client = logged_in(request.getfixturevalue(who))
    for page in PAGES:
        answer = client.get(page)
        assert (answer.status_code, answer.headers.get("Location")) == (302, ACTIVATE), page
        assert client.post(page).headers["Location"] == ACTIVATE
    assert client.get("/api/docs/").status_code == 403
    told = client.get(ACTIVATE).content.decode()
    assert "Organisers need two-step log-in" in told
    assert client.post(reverse("account_logout")).headers["Location"] == "/"
    assert not is_in(client)


def test_a_page_that_moves_by_itself_is_told_in_its_own_words(needed, logged_in, organiser):
    answer = logged_in(organiser).get("/team/", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["detail"]) == (403, services.TOTP_MISSING)


def test_once_it_is_set_up_everything_opens(needed, logged_in, organiser):
    client = logged_in(organiser)
    secret = set_up(client)
    assert client.get("/admin/tracks/").status_code == 200
    other = give_password(organiser, to="/admin/tracks/")
    assert other.get("/admin/").headers["Location"].startswith("/admin/login/")
    assert other.post(SECOND_STEP, {"code": code_now(secret)}).headers["Location"] == "/admin/tracks/"
    assert other.get("/admin/tracks/").status_code == 200


def test_the_admin_has_no_log_in_of_its_own_that_would_go_round_it(needed, client, admin):
    answer = client.post("/admin/login/", {"username": admin.email, "password": PASSWORD})
    assert answer.headers["Location"].startswith(reverse("account_login"))
    assert not is_in(client)


def test_whoever_switches_it_off_is_led_to_set_it_up_again(needed, logged_in, organiser):
    client = logged_in(organiser)
    set_up(client)
    client.post(reverse("mfa_deactivate_totp"))
    assert client.get("/").headers["Location"] == ACTIVATE


def test_who_becomes_an_organiser_while_logged_in_is_asked_at_the_next_page(needed, logged_in, alice):
    client = logged_in(alice)
    assert client.get("/team/").status_code == 200
    alice.is_staff = True
    alice.save()
    assert client.get("/team/").headers["Location"] == ACTIVATE


def test_others_need_it_not(needed, logged_in, alice):
    assert logged_in(alice).get("/team/").status_code == 200


def test_where_it_is_not_asked_for_organisers_may_do_without(logged_in, organiser):
    assert logged_in(organiser).get("/admin/tracks/").status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/me/", "/api/v1/submissions/", "/api/v1/tracks/"])
def test_the_token_of_an_organiser_without_it_is_refused(needed, organiser, logged_in, path):
    _, secret = services.make_token(user=organiser, label="robot", scope="read", days=None)
    program = APIClient(headers={"Authorization": f"Bearer {secret}"})
    answer = program.get(path)
    assert (answer.status_code, answer.json()["detail"]) == (403, services.TOTP_MISSING)
    set_up(logged_in(organiser))
    assert program.get(path).status_code == 200


# Phone and codes lost


def test_an_operator_takes_a_lost_second_step_away(with_totp, alice, logged_in, capsys):
    call_command("forget_totp", "Alice@example.org")
    assert "password alone" in capsys.readouterr().out
    logged_in(alice)


@pytest.mark.parametrize(("address", "said"), [("no@example.org", "No account"), ("alice@example.org", "has no")])
def test_the_operator_hears_where_there_is_nothing_to_take_away(alice, address, said):
    with pytest.raises(CommandError, match=said):
        call_command("forget_totp", address)
