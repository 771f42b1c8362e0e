"""Settings that are wrong, misspelt or probably not meant: refused, or warned of, by name."""

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as configured
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from server import checks, setting_checks
from server.accounts.models import User
from server.audit.models import AuditLogEntry
from server.environment import Environment, mail_domain, misspelt
from tests.fixtures import PASSWORD
from tests.server.test_settings import start_with
from tests.server.test_start import of_compose, run


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("LEASE_SECONDS", value) for value in ("0", "-1", "nan", "inf", "soon", "")],
        *[("EVALUATOR_MEMORY_MB", value) for value in ("-1", "0", "1.5", "2 GB")],
        *[
            ("SESSION_DAYS", "1e300"),
            ("WATCH_SECONDS", "-20"),
            ("TEAM_SIZE", "0"),
            ("TEAM_SIZE", "1,000"),
            ("UPLOADS_AT_ONCE", "-2"),
        ],
        *[("TRUSTED_PROXY", "ture"), ("STAFF_NEED_TOTP", ""), ("DEBUG", "maybe")],
        *[("RETRY_SECONDS", "10,-60"), ("RETRY_SECONDS", ""), ("ADMIN_NETWORKS", "192.0.2.0/99")],
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_name(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=name):
        read_anew(name)


def test_a_file_that_cannot_be_read_is_named_with_its_setting(monkeypatch, tmp_path):
    monkeypatch.setenv("LEASE_SECONDS_FILE", str(tmp_path / "none"))
    with pytest.raises(
        ImproperlyConfigured, match=r"LEASE_SECONDS_FILE names .*none, which cannot be read: No such"
    ):
        read_anew("LEASE_SECONDS")


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        *[("WATCH_SECONDS", "0", 0), ("EVALUATOR_JOBS", "0", 0), ("LEASE_SECONDS", "0.5", 0.5)],
        *[("DEBUG", "On", True), ("DEBUG", "0", False), ("RETRY_SECONDS", "0, 5", [0, 5])],
    ],
)
def test_a_value_that_makes_sense_is_read(monkeypatch, name, value, read):
    monkeypatch.setenv(name, value)
    assert read_anew(name) == read


def test_a_worker_that_stops_is_told_of_within_two_minutes(monkeypatch):
    """Its last heartbeat is a period old at most, and the watch looks that often."""
    names = ("ALARM_AFTER_SECONDS", "HEARTBEAT_SECONDS", "WATCH_SECONDS")
    for name in names:
        monkeypatch.delenv(name, raising=False)
    assert sum(read_anew(name) for name in names) <= 120


def read_anew(name: str):
    """Evaluate the call that reads this setting in the settings file."""
    import ast  # noqa: PLC0415
    from ipaddress import ip_network  # noqa: PLC0415

    from server.environment import at_least_zero  # noqa: PLC0415

    tree = ast.parse((configured.BASE_DIR / "server" / "settings.py").read_text())
    (call,) = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and node.args and getattr(node.args[0], "value", "") == name
    ]
    names = {"env": Environment(), "ip_network": ip_network, "at_least_zero": at_least_zero, "BEHIND_TLS": True}
    return eval(compile(ast.Expression(call), "settings.py", "eval"), names)  # noqa: S307  (our own file)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "lid"),
        ("DATABASE_URL", ""),
        ("DATABASE_URL", "postgres://u:pass1234@h:port/x"),
        ("DATABASE_URL", "postgres://u:pass1234/x@h:5432/x"),
        ("EMAIL_URL", "smpt://u:pass1234@h"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_by_name_and_without_its_password(folders, name, value):
    done = start_with(folders, **{name: value})
    assert done.returncode != 0
    assert f"{name} is no URL that can be used" in done.stderr
    assert "pass1234" not in done.stderr


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        *[("ADMIN_NETWORK", "ADMIN_NETWORKS"), ("EVALUATOR_MEMORY", "EVALUATOR_MEMORY_MB"), ("DOMIAN", "DOMAIN")],
        *[("SECRETKEY", "SECRET_KEY"), ("SECRET_KEY_FIEL", "SECRET_KEY_FILE"), ("debug", "DEBUG")],
        *[
            ("CONTACT_MAIL", "CONTACT_EMAIL"),
            ("TRUSTED_PROXIES", "TRUSTED_PROXY"),
            ("LEASE_SECOND", "LEASE_SECONDS"),
        ],
    ],
)
def test_a_misspelt_name_is_recognised(name, meant):
    assert misspelt([name], configured.KNOWN_SETTINGS) == {name: meant}


def test_names_of_other_programs_are_none_of_ours():
    theirs = [
        "PATH",
        "HOME",
        "LANG",
        "PWD",
        "TERM",
        "TMPDIR",
        "DJANGO_SETTINGS_MODULE",
        "PYTHONUNBUFFERED",
        "HOSTNAME",
    ]
    theirs += [
        "GPG_KEY",
        "PYTHON_VERSION",
        "VIRTUAL_ENV",
        "COMPOSE_FILE",
        "DJANGO_SUPERUSER_PASSWORD",
        "SHELL",
        "USER",
    ]
    theirs += ["POSTGRES_USER", "REDIS_HOST", "EMAIL", "EDITOR", "SSH_AUTH_SOCK", "XDG_DATA_DIRS", "PIP_CACHE_DIR"]
    assert misspelt(theirs, configured.KNOWN_SETTINGS) == {}
    assert misspelt(sorted(configured.KNOWN_SETTINGS), configured.KNOWN_SETTINGS) == {}


@pytest.mark.django_db
def test_a_public_server_does_not_start_with_a_misspelt_name(folders):
    for start in (["manage.py", "check"], ["-c", "import server.wsgi"]):
        done = run(folders, start, **of_compose(), ADMIN_NETWORK="10.0.0.0/8")
        assert done.returncode != 0
        assert "ADMIN_NETWORK is no setting" in done.stderr
    on_ones_own_machine = run(folders, ["-c", "import server.wsgi"], ADMIN_NETWORK="10.0.0.0/8")
    assert on_ones_own_machine.returncode == 0, on_ones_own_machine.stderr
    assert "Rename it to ADMIN_NETWORKS" in on_ones_own_machine.stderr


@pytest.mark.django_db
def test_a_public_server_that_prints_its_mails_says_so_at_the_start(folders):
    done = run(folders, ["-c", "import server.wsgi"], **of_compose() | {"EMAIL_URL": "consolemail://"})
    assert done.returncode == 0, done.stderr
    assert "EMAIL_URL names no mail server" in done.stderr


@pytest.mark.parametrize(("sender", "found"), [("LID <noreply@localhost>", ["lid.W009"]), ("LID", ["lid.E008"])])
def test_a_sender_that_mail_servers_refuse_is_named(settings, sender, found):
    settings.SITE_URL, settings.DEFAULT_FROM_EMAIL = "https://lid.example", sender
    assert [message.id for message in setting_checks.mail_has_a_sender()] == found
    settings.DEFAULT_FROM_EMAIL = "LID <noreply@lid.example>"
    assert setting_checks.mail_has_a_sender() == []


@pytest.mark.parametrize("url", ["lid.example", "ftp://lid.example", "https://"])
def test_a_site_url_that_is_none_is_refused(settings, url):
    settings.SITE_URL = url
    with pytest.raises(SystemExit, match="SITE_URL is"):
        checks.refuse_bad_start()


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        *[("https://lid.example.org", "lid.example.org"), ("https://lid.example:8443/x", "lid.example")],
        *[("http://127.0.0.1:8000", "localhost"), ("http://[::1]:8000", "localhost"), ("nothing", "localhost")],
    ],
)
def test_the_sender_is_of_the_sites_domain(url, domain):
    assert mail_domain(url) == domain


def test_the_names_in_an_env_file_are_checked_where_compose_would_leave_them_out(tmp_path, capsys):
    file = tmp_path / ".env"
    file.write_text("# DOMIAN=x\nDOMAIN=lid.example\nexport TEAM_SIZE=3\nCOMPOSE_PROJECT_NAME=lid\n")
    call_command("check_settings", str(file))
    said = capsys.readouterr().out
    assert "COMPOSE_PROJECT_NAME is no setting" in said
    assert "2 settings" in said
    file.write_text("TEAMSIZE=3\nDOMAIN=lid.example\n")
    with pytest.raises(CommandError, match="Correct"):
        call_command("check_settings", str(file))
    assert "TEAM_SIZE is probably meant" in capsys.readouterr().out


@pytest.mark.django_db
def test_the_first_organiser_logs_in_without_any_mail(client, monkeypatch, capsys):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", interactive=False, email="root@example.org", name="Root", verbosity=0)
    call_command("verify_address", "Root@example.org")
    call_command("verify_address", "root@example.org")
    assert "verified already" in capsys.readouterr().out
    answer = client.post("/account/login/", {"login": "root@example.org", "password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()
    assert client.get("/organisers/").status_code == 200
    assert mail.outbox == []
    assert AuditLogEntry.objects.filter(what__contains="verify_address").count() == 1


@pytest.mark.django_db
def test_an_address_that_somebody_waits_to_verify_is_verified_once(alice):
    EmailAddress.objects.filter(user=alice).update(verified=False)
    call_command("verify_address", alice.email)
    assert EmailAddress.objects.get(user=alice).verified
    with pytest.raises(CommandError, match="createsuperuser"):
        call_command("verify_address", "nobody@example.org")
    assert not User.objects.filter(email="nobody@example.org").exists()


def test_a_mail_can_be_tried(settings):
    settings.DEFAULT_FROM_EMAIL = "LID challenge <noreply@lid.example>"
    call_command("sendtestemail", "me@example.org")
    (sent,) = mail.outbox
    assert (sent.from_email, sent.to) == ("LID challenge <noreply@lid.example>", ["me@example.org"])
