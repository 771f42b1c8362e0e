"""What an organiser and a stranger do before anything can be scored."""

import re
import secrets
import shutil
import sys
from pathlib import Path

from engine import ROOT, Failed, Site, eventually
from visitor import Visitor, need

sys.path.insert(0, str(ROOT))

from server.site.demo_data import Split, ground_truth, submission
from tests.totp import code_now

ORGANISER, PASSWORD = "olga@example.org", secrets.token_urlsafe(15)
IMAGES = 40
CLASSES = {"option_num_classes": "200", "option_ignore_label": "255"}


def truth(track: str) -> Split:
    return ground_truth(track, IMAGES, seed=7)


def predictions(track: str) -> bytes:
    return submission(truth(track), 0.8, seed=1)


def pack_from_folder(project: Site) -> str:
    """By one command, as docs/operators.md has it."""
    pictures = project.folder / "truth"
    truth("localization").write(pictures)
    pictures.chmod(0o755)
    mount = ["--volume", f"{pictures}:/truth:ro"]
    command = ["worker", "python", "manage.py", "install_ground_truth", "localization", "val", "/truth"]
    return project.compose("run", "--rm", "-T", *mount, *command).strip().splitlines()[-1]


def organiser(project: Site, browser: Visitor) -> str:
    """The first one, while no mail server answers: account, verified address, log-in with a second step."""
    password = ["-e", f"DJANGO_SUPERUSER_PASSWORD={PASSWORD}"]
    create = ["createsuperuser", "--noinput", "--email", ORGANISER, "--name", "Olga"]
    project.compose("exec", "-T", *password, "web", "python", "manage.py", *create)
    project.manage("verify_address", ORGANISER)
    need(browser.post("/account/login/", {"login": ORGANISER, "password": PASSWORD}), 302)
    page = browser.get("/account/2fa/totp/activate/").text
    secret = re.search(r"<code[^>]*>([A-Z2-7]{16,})</code>", page)
    if secret is None:
        raise Failed("the page of two-step log-in shows no key")
    need(browser.post("/account/2fa/totp/activate/", {"code": code_now(secret[1])}), 302)
    need(browser.get("/admin/tracks/"), 200)
    return f"{ORGANISER} is logged in with a second step, and no mail server was there"


def pack_by_admin(project: Site, browser: Visitor) -> str:
    pictures = project.folder / "pictures"
    truth("segmentation").write(pictures)
    zipped = Path(shutil.make_archive(str(pictures), "zip", pictures)).read_bytes()
    form = {"split": "val", "publish_when_ready": "on", **CLASSES}
    sent = need(browser.post("/organisers/ground-truth/upload/segmentation/", form, zipped, name="file"), 302)
    page = sent.headers["location"]
    eventually(lambda: ", published" in browser.get(page).text, 60, "the ground truth is not published")
    return f"{IMAGES} images uploaded, packed and published"


def stranger(project: Site, browser: Visitor, phase: str) -> str:
    """From sign-up to score, by the pages."""
    person = {"name": "Stella", "email": "stella@example.org", "password1": PASSWORD, "password2": PASSWORD}
    need(browser.post("/account/signup/", person), 302)
    link = eventually(lambda: mailed_link(project), 60, "no mail with a link came")
    need(browser.post(link, {}), 302)
    need(browser.post("/team/create/", {"name": "strangers", "affiliation": ""}), 302)
    sent = browser.post("/tracks/segmentation/check/submit/", {"phase": phase}, predictions("segmentation"))
    page = need(sent, 302).headers["location"]
    eventually(lambda: "Scored" in browser.get(page).text, 60, "no score")
    need(browser.get("/tracks/segmentation/check/leaderboard/"), 200)
    return "signed up, mailed, verified, a team, a submission, a score"


def mailed_link(project: Site) -> str:
    said = project.compose("logs", "--no-log-prefix", "mail")
    links = re.findall(r"https://\S+/confirm-email/\S+", said)
    return links[-1] if links else ""
