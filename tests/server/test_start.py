"""What a start is refused for, and that the production set-up has nothing to fix."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.conf import settings as configured

from server import checks
from tests import processes
from tests.processes import Process, site_of

ROOT = Path(configured.BASE_DIR)
GOOD_KEY = "kQ3vZ8rT1yLm5NwXc7BdFgHj2PsUa9Ee4Ii6Oo0RrVvWwYyQqZz-_AbCd"
FILLED_IN = {"DOMAIN": "lid.example", "CONTACT_EMAIL": "lid@mail.example"}
SECRETS = {
    "SECRET_KEY": GOOD_KEY,
    "SECRET_KEY_FALLBACKS": "",
    "DATABASE_URL": "postgres://lid:a1b2c3@postgres:5432/lid",
    "CELERY_BROKER_URL": "redis://:d4e5f6@redis:6379/0",
    "CACHE_URL": "redis://:d4e5f6@redis:6379/1",
    "EMAIL_URL": "smtp+tls://user:password@mail.example:587",
}

OF_THIS_MACHINE = {
    "lid.W001",
    "lid.W002",
    "lid.W003",
}  # kernel, processor, and root, which the image is not


def of_compose(**filled_in: str) -> dict[str, str]:
    """What docker-compose.yml gives our containers where .env is filled in so, and the contents of its secrets."""
    given = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["web"]["environment"]
    names = FILLED_IN | filled_in

    def value_of(text: str) -> str:
        return re.sub(
            r"\$\{(\w+)(?::([-?])([^}]*))?\}",
            lambda found: names.get(found[1]) or (found[3] if found[2] == "-" else ""),
            text,
        )

    passed_on = {name: names[name] for name, text in given.items() if text is None and name in names}
    shown = {name: value_of(text) for name, text in given.items() if text and not name.endswith("_FILE")}
    return shown | passed_on | {name: SECRETS[name] for name in SECRETS if f"{name}_FILE" in given}


def run(folder: Path, arguments: list[str], **variables: str) -> subprocess.CompletedProcess:
    here = processes.environment(folder)
    environment = {name: here[name] for name in ("PATH", "HOME") if name in here}
    own = {"DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "server.settings"}
    command = [sys.executable, "-W", "ignore", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment | own | variables, capture_output=True, text=True, check=False
    )


@pytest.mark.django_db
def test_the_production_set_up_passes_every_check_of_a_deployment(folders):
    done = run(folders, ["manage.py", "check", "--deploy", "--fail-level", "DEBUG"], **of_compose())
    found = set(re.findall(r"\((\w+\.[A-Z]\d+)\)", done.stderr))
    assert found <= OF_THIS_MACHINE, done.stderr


@pytest.mark.django_db
def test_the_production_set_up_has_its_cookies_second_step_and_proxy(folders):
    names = [
        *("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"),
        *("STAFF_NEED_TOTP", "ALLAUTH_TRUSTED_PROXY_COUNT", "SECURE_SSL_REDIRECT", "DEBUG"),
    ]
    show = (
        f"from django.conf import settings as s; import json; print(json.dumps([getattr(s, n) for n in {names}]))"
    )
    done = run(folders, ["-c", show], **of_compose())
    assert dict(zip(names, json.loads(done.stdout), strict=True)) == {
        "SESSION_COOKIE_NAME": "__Host-sessionid",
        "CSRF_COOKIE_NAME": "__Host-csrftoken",
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "STAFF_NEED_TOTP": True,
        "ALLAUTH_TRUSTED_PROXY_COUNT": 1,
        "SECURE_SSL_REDIRECT": True,
        "DEBUG": False,
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"SECRET_KEY": "changeme"}, "Set SECRET_KEY in .env"),
        ({"DEBUG": "true"}, "Set DEBUG=false in .env"),
    ],
)
def test_a_bad_start_is_refused_by_manage_py_and_by_the_web_process(folders, variables, said):
    given = of_compose() | variables
    for start in (["manage.py", "check"], ["-c", "import server.wsgi"]):
        done = run(folders, start, **given)
        assert done.returncode != 0
        assert said in done.stderr


@pytest.mark.parametrize(
    "key", ["a" * 60, f"django-insecure-{GOOD_KEY}", f"put-a-secret-here-{GOOD_KEY}", GOOD_KEY[:49]]
)
def test_a_key_that_can_be_guessed_is_refused(settings, key):
    settings.SECRET_KEY = GOOD_KEY
    checks.refuse_bad_start()
    settings.SECRET_KEY = key
    with pytest.raises(SystemExit, match=r"Set SECRET_KEY in \.env"):
        checks.refuse_bad_start()


@pytest.mark.django_db
@pytest.mark.parametrize("private", ["GROUND_TRUTH_DIR", "GROUND_TRUTH_DRAFTS_DIR"])
def test_no_process_starts_where_ground_truth_would_be_served(folders, private):
    given = of_compose() | {private: str(folders / "public")}
    starts = ["manage.py", "check"], ["-c", "import server.wsgi"]
    if private == "GROUND_TRUTH_DIR":
        starts = *starts, ["-m", "celery", "-A", "server", "worker", "--pool", "solo"]
    for start in starts:
        done = run(folders, start, **given)
        assert done.returncode != 0
        assert private in done.stderr
        assert "are served" in done.stderr


@pytest.mark.parametrize("private", ["GROUND_TRUTH_DIR", "GROUND_TRUTH_DRAFTS_DIR"])
@pytest.mark.parametrize("place", ["public/within", ".", "link", ROOT / "server" / "static" / "truth"])
def test_ground_truth_is_refused_wherever_it_would_be_served(folders, settings, private, place):
    (folders / "link").symlink_to(folders / "public")
    checks.refuse_bad_start()
    setattr(settings, private, folders / place)
    with pytest.raises(SystemExit, match=f"{private} is .* are served"):
        checks.refuse_bad_start()


@pytest.mark.django_db
def test_no_process_starts_while_others_can_read_a_pack(settings):
    settings.GROUND_TRUTH_DIR.mkdir()
    pack = settings.GROUND_TRUTH_DIR / "a.pack"
    pack.touch(0o440)
    (error,) = checks.ground_truth_is_readable_by_owner_only()
    assert error.hint == f"chmod 0400 {pack}"
    pack.chmod(0o400)
    assert checks.ground_truth_is_readable_by_owner_only() == []


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["lid.example", "*", ".example.org", "192.0.2.1", "0.0.0.0"])  # noqa: S104
def test_debug_pages_are_refused_wherever_others_can_reach_the_server(settings, host):
    settings.DEBUG, settings.SITE_URL, settings.ALLOWED_HOSTS = True, "http://127.0.0.1:8000", ["localhost", host]
    (error,) = checks.debug_is_off_in_public()
    assert host in error.msg


@pytest.mark.django_db
def test_debug_pages_may_be_shown_on_ones_own_machine(settings):
    settings.DEBUG, settings.SITE_URL = True, "http://127.0.0.1:8000"
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", "lid.localhost"]
    assert checks.debug_is_off_in_public() == []


@pytest.mark.django_db
def test_the_key_that_the_server_makes_by_itself_is_good(folders):
    done = run(folders, ["manage.py", "check"])
    assert done.returncode == 0, done.stderr


@pytest.mark.django_db(transaction=True)
def test_behind_tls_the_cookies_carry_the_prefix_that_binds_them_to_the_host(
    folders, tmp_path, shown, monkeypatch
):
    monkeypatch.setattr(Process, "PRELOADED", False)
    web = shown(site_of(folders, tmp_path, SITE_URL="https://lid.example", TRUSTED_PROXY="true")).started()
    command = [
        "curl",
        "--silent",
        "--include",
        "--header",
        "X-Forwarded-Proto: https",
        f"{web.url}/account/login/",
    ]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    (cookie,) = re.findall(r"(?im)^set-cookie: (.*)$", answer)
    assert cookie.startswith("__Host-csrftoken=")
    assert {"Secure", "Path=/", "SameSite=Lax"} <= set(cookie.strip().split("; "))
    assert "Domain" not in cookie
    assert re.search(r"(?im)^strict-transport-security: max-age=31536000", answer)
