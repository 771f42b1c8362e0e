"""Two servers that differ in their ground truth's pixels only answer every faulty archive alike, to the byte."""

import re

import numpy as np
import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse
from faulty_zips import CASES, REJECT, Case

from server.accounts.services import make_token
from server.outbox.models import OutboxEmail
from server.site.demo_data import IGNORED, Split
from server.submissions import tasks
from server.submissions.models import Slot, Submission
from server.teams import services as teams
from server.tracks.management.commands import install_ground_truth
from server.tracks.models import GroundTruth
from tests.ground_truths import SAID
from tests.server.rejections import body_of

pytestmark = pytest.mark.django_db
# One of each kind, as each is scored twice by a real child; the evaluator's own test goes through them all.
ARCHIVES = [case for case in CASES if case.verdict == REJECT and not case.name.startswith("nasty-")]
OF_A_TEAM = 15  # submissions; a day takes 20
IDS_AND_TIMES = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.+]+Z?|\d{1,2} \w{3} \d{4},? \d\d:\d\d(:\d\d)?"
    r'|\d\d:\d\d:\d\d UTC|value="\w{32,64}"|ground truth <code>\w{12}</code>'
)


@pytest.fixture
def other_pack(truth, tracks, tmp_path) -> str:
    """The hash of a pack with the same names and sizes, and every label another."""
    pixels = {
        name: np.where(labels == IGNORED, IGNORED, (labels.astype(int) + 1) % 201).astype(np.uint8)
        for name, labels in truth.split.images.items()
    }
    Split("segmentation", pixels).write(tmp_path / "other")
    with transaction.atomic():
        made = install_ground_truth.install(tracks["segmentation"], "test", tmp_path / "other", {})
        transaction.set_rollback(True)
    assert made.state == "ready"
    assert made.manifest_path.read_bytes() == truth.row.manifest_path.read_bytes()
    return made.pack_sha256


@pytest.fixture
def members(person):
    """As many captains of a team of their own as the archives need."""

    def one(number: int):
        user = person(f"Member{number}")
        teams.create_team(user=user, name=f"team{number}", affiliation="")
        return user

    return [one(number) for number in range(len(ARCHIVES) // OF_A_TEAM + 1)]


@pytest.fixture
def answers(members, phase, truth):
    """What every archive is answered, by its name."""

    def ask() -> dict[str, object]:
        told = {}
        for number, case in enumerate(ARCHIVES):
            cache.clear()  # of the rate limits
            team = members[number // OF_A_TEAM]
            told[case.name] = Asked(team, phase, by_page=number % 2 == 0).answered(case, truth.honest())
        return told

    return ask


class Asked:
    """One team's browser and program."""

    def __init__(self, user, phase, *, by_page: bool) -> None:
        self.user, self.phase, self.by_page = user, phase, by_page
        self.browser = Client()
        self.browser.force_login(user)
        secret = make_token(user=user, label="x", scope="submit", days=None)[1]
        self.program = Client(headers={"Authorization": f"Bearer {secret}"})

    def answered(self, case: Case, honest: dict[str, bytes]) -> list[object]:
        form = {"archive": SimpleUploadedFile("results.zip", case.build(honest)), "phase": self.phase.pk, **SAID}
        before = set(Submission.objects.values_list("pk", flat=True))
        OutboxEmail.objects.all().delete()
        if self.by_page:
            answer = self.browser.post(self.phase.submit_url, form, headers={"Accept": "application/json"})
        else:
            answer = self.program.post(reverse("api:submissions"), form)
        told = [answer.status_code, bare(answer)]
        for made in Submission.objects.exclude(pk__in=before):
            tasks.score_next()
            told += [made.evaluations.get().state, *self._read(made)]
        return told

    def _read(self, made: Submission) -> list[object]:
        here = [made.pk]
        pages = ("site:submission", "site:submission_live", "submissions:problems", "submissions:problems_csv")
        read = [bare(self.browser.get(reverse(name, args=here))) for name in pages]
        read += [bare(self.browser.get(reverse(name))) for name in ("site:team", "site:quota_history")]
        read += [bare(self.program.get(reverse(name, args=here))) for name in ("api:submission", "api:problems")]
        mails = OutboxEmail.objects.order_by("pk").values_list("kind", "subject", "text")
        slots = Slot.objects.filter(submission=made).values_list("number", "window", "reason")
        return [*read, *[IDS_AND_TIMES.sub("", str(mail)) for mail in mails], *slots]


# Hash and length are of the body with its ids and times; without them it is compared itself.
OF_THE_WHOLE_BODY = {"Set-Cookie", "Expires", "ETag", "Content-Length"}


def bare(answer) -> str:
    """Status, headers and body without ids and times."""
    headers = {name: value for name, value in answer.headers.items() if name not in OF_THE_WHOLE_BODY}
    return IDS_AND_TIMES.sub("", f"{answer.status_code} {headers}\n{body_of(answer).decode()}")


def test_every_faulty_archive_is_answered_alike(answers, other_pack, truth):
    told = []
    for pack in (truth.row.pack_sha256, other_pack):
        with transaction.atomic():
            GroundTruth.objects.filter(pk=truth.row.pk).update(pack_sha256=pack)
            told.append(answers())
            transaction.set_rollback(True)
    one, other = told
    assert [name for name in one if one[name] != other[name]] == []
    assert {(answer[0], answer[2]) for answer in one.values()} == {(201, "rejected")}


def test_the_two_ground_truths_do_differ(submitted, alice, other_pack, truth, good_zip):
    """Else the test above would show nothing."""
    scores = []
    for pack in (truth.row.pack_sha256, other_pack):
        with transaction.atomic():
            GroundTruth.objects.filter(pk=truth.row.pk).update(pack_sha256=pack)
            submission = submitted(alice, content=good_zip)
            tasks.score_next()
            scores.append(submission.evaluations.get().scores["mean_iou"])
            transaction.set_rollback(True)
    assert abs(scores[0] - scores[1]) > 0.1
