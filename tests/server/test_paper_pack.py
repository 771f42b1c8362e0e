"""A paper pack: its files against the database by other means; addresses in it alone; who knows of it."""

import csv
import io
import json
import re
import shutil
import subprocess
from datetime import timedelta
from hashlib import sha256
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from leaderboard import services as reviews
from server.accounts.models import User
from server.audit.models import AuditLogEntry
from server.audit.services import publish_line
from server.results import exceptions, packs
from server.results.models import PaperPack
from server.results.tasks import PackMaker
from server.submissions import transitions
from server.submissions.models import Submission
from server.teams import services as teams
from tests.leaderboard.texts import assert_sound_tex
from tests.server.roles import bare

pytestmark = pytest.mark.django_db
NO_KEY = "00000000-0000-4000-8000-000000000000"
PROBLEM = {"code": "bad_zip", "file": "", "found": "", "expected": "", "fix": ""}


@pytest.fixture
def season(alice, bob, charlie, person, phase, submitted, have_scored, open_phase, install_truth, organiser):
    """Two tracks, one with curves: four submissions are scored, one of them disqualified; one is rejected."""
    erin = person("Erin")
    teams.join(user=erin, invitation=teams.invite(captain=alice))
    teams.leave(user=erin)
    install_truth("localization", images=3)
    curves = open_phase("localization", slug="curves", title="Curves")
    have_scored(alice, 0.5, method="=cmd|'/C calc'!A0")
    have_scored(alice, 0.3125, method="write to spam@evil.example")
    have_scored(charlie, 0.25, method="-1+2")
    submitted(charlie)
    transitions.record_rejected(transitions.claim("a worker"), [PROBLEM], 1)
    submitted(alice, phase=curves)
    scores = {"peak_iou": 0.625, "peak_threshold": 99, "iou_curve": [0.5] * 99 + [0.625] + [0.25] * 156}
    assert transitions.record_scored(transitions.claim("a worker"), scores, [])
    submitted(charlie)
    best = Submission.objects.get(team__name="charlies", method="-1+2")
    reviews.review(
        submission=best, verdict="disqualified", reason="Ask olga@example.org.", by=organiser, tell=False
    )
    publish_line(text="=The clock was wrong.", about=phase, by=organiser)
    return [phase, curves]


@pytest.fixture
def made(season, organiser) -> PaperPack:
    pack = packs.request_pack(season, by=organiser)
    assert packs.request_pack(season, by=organiser) == pack
    assert packs.make_next()
    assert not packs.make_next()
    pack.refresh_from_db()
    assert (pack.state, pack.last_error) == ("ready", "")
    return pack


@pytest.fixture
def files(made) -> dict[str, str]:
    assert sha256(made.path.read_bytes()).hexdigest() == made.sha256
    with ZipFile(made.path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def rows_of(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:], newline=""), strict=True))


def test_the_pack_says_what_the_database_says(files, season):
    submissions = rows_of(files["submissions.csv"])
    stored = Submission.objects.order_by("phase__track__number", "received_at")
    assert len(submissions) == 6
    for row in submissions:
        one = stored.get(pk=row["submission"])
        evaluation = one.evaluations.get()
        assert (row["team"], row["sha256"], row["state"]) == (one.team.name, one.sha256, evaluation.state)
        for column, key in (("mean_iou (%)", "mean_iou"), ("peak_iou (%)", "peak_iou")):
            score = (evaluation.scores or {}).get(key)
            assert row[column] == ("" if score is None else f"{100 * score:.2f}")
        assert row["errors"] == ("bad_zip" if evaluation.state == "rejected" else "")
    assert sorted((row["rank"], row["team"]) for row in submissions if row["rank"]) == [("1", "alices")] * 2
    assert [row["reviews"] for row in submissions if row["method"].endswith("1+2")] == ["disqualified"]

    board = json.loads(files["tables/lid-segmentation-now.json"])
    assert [(row["rank"], row["team"], row["values"]["mean_iou"]) for row in board["rows"]] == [
        (1, "alices", 50.0),
        (None, "charlies", 25.0),
    ]
    curve = json.loads(files["curves/lid-localization-curves.curves.json"])["curves"]
    assert (curve[0]["peak_iou"], curve[0]["peak_threshold"], len(curve[0]["iou"])) == (62.5, 99, 256)
    told = rows_of(files["statistics/lid-segmentation-now-statistics.csv"])
    numbers = {(row["what"], row["which"]): row["value"] for row in told}
    assert (numbers["teams", ""], numbers["submissions", ""]) == ("2", "5")
    assert numbers["rejections by cause", "bad_zip"] == "1"
    decisions = rows_of(files["decisions.csv"])
    assert {"review", "public log"} <= {row["kind"] for row in decisions}
    assert [row["at"] for row in decisions] == sorted(row["at"] for row in decisions)
    members = {row["address"]: (row["team"], row["role"]) for row in rows_of(files["members.csv"])}
    assert members == {
        "alice@example.org": ("alices", "captain"),
        "bob@example.org": ("alices", "member"),
        "charlie@example.org": ("charlies", "captain"),
        "erin@example.org": ("alices", "left"),
    }


def test_only_the_members_file_has_addresses_no_cell_is_a_formula_and_all_is_sound(files):
    addresses = {user.email for user in User.objects.all()} | {"spam@evil.example"}
    plain = {name: text.replace("\\", "") for name, text in files.items()}
    assert {name for name, text in plain.items() if any(one in text for one in addresses)} == {"members.csv"}
    for name in (name for name in files if name.endswith(".csv")):
        for row in csv.reader(io.StringIO(files[name][1:], newline="")):
            assert not [cell for cell in row if re.match(r"[\s\"]*[=+@\-]", cell)], name
    expect_explained_and_sound(files)


def expect_explained_and_sound(files: dict[str, str]) -> None:
    readme, main = files["README.md"], files["main.tex"]
    assert all(name in readme for name in files if name != "README.md")
    for name, text in files.items():
        if name.endswith(".tex"):
            assert_sound_tex(text)
        if name.endswith(".svg"):
            ElementTree.fromstring(text)
    inputs = re.findall(r"\\input\{([^}]+)\}", main)
    assert set(inputs) == {name for name in files if name.endswith(".tex")} - {"main.tex"}
    sources = "".join(text for name, text in files.items() if name.endswith(".tex"))
    labels = re.findall(r"\\label\{([^}]+)\}", sources)
    assert len(labels) == len(set(labels)) == 3


ENGINE = next(filter(None, map(shutil.which, ("tectonic", "pdflatex", "lualatex"))), "")


@pytest.mark.skipif(not ENGINE, reason="no LaTeX is installed here")
def test_latex_compiles_the_document(files, tmp_path):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    options = [] if ENGINE.endswith("tectonic") else ["-interaction=nonstopmode", "-halt-on-error"]
    done = subprocess.run([ENGINE, *options, "main.tex"], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-3000:]
    assert (tmp_path / "main.pdf").stat().st_size > 1000


def test_organisers_download_it_until_its_days_are_over(client, made, organiser, season):
    client.force_login(organiser)
    answer = client.post(reverse("organiser_results:download_pack", args=[made.pk]))
    assert sha256(b"".join(answer)).hexdigest() == made.sha256
    assert AuditLogEntry.objects.filter(what="downloaded a paper pack", by=organiser).count() == 1
    assert packs.delete_old_packs() == 0
    assert made.path.is_file()
    PaperPack.objects.update(delete_at=timezone.now() - timedelta(seconds=1))
    PackMaker().follow(0)
    assert list(settings.PAPER_PACKS_DIR.iterdir()) == []
    assert AuditLogEntry.objects.filter(what="deleted a paper pack", by=None).count() == 1
    made.refresh_from_db()
    with pytest.raises(exceptions.NoPack):
        packs.download_pack(made, by=organiser)


def test_nobody_else_learns_whether_a_pack_exists(client, made, alice):
    client.force_login(alice)
    for name in ("download_pack", "delete_pack"):
        for method in (client.get, client.post):
            url, none = (reverse(f"organiser_results:{name}", args=[key]) for key in (made.pk, NO_KEY))
            there, missing = bare(method(url), made.pk), bare(method(none), NO_KEY)
            assert there == missing
            assert there[0] == 403
    made.refresh_from_db()
    assert made.state == "ready"


def test_a_pack_that_cannot_be_made_says_why_and_is_tried_again(season, organiser, monkeypatch):
    pack = packs.request_pack(season, by=organiser)
    monkeypatch.setattr(packs, "write_pack", lambda *_: 1 / 0)
    due = timezone.now() - timedelta(hours=1)
    for tries in (1, 2, 3):
        PaperPack.objects.update(not_before=due)
        assert packs.make_next()
        pack.refresh_from_db()
        assert (pack.tries, pack.state) == (tries, "failed" if tries == 3 else "waiting")
    assert "ZeroDivisionError" in pack.last_error
    PaperPack.objects.update(state="waiting", not_before=due)  # as if its workers had been killed
    assert not packs.make_next()
    pack.refresh_from_db()
    assert (pack.state, pack.last_error) == ("failed", "The workers that made it were lost.")
