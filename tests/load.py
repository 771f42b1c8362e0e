"""Many teams submit hostile archives at once, by page and API, to a real web server and a real worker."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import encode_multipart
from faulty_zips import ACCEPT, Case

from server.accounts.models import User
from server.accounts.services import make_token
from server.submissions.models import Evaluation, Submission
from server.teams import services as teams
from server.tracks.models import Phase
from tests.ground_truths import SAID
from tests.processes import Site, Worker, eventually

FINAL = {"scored", "rejected", "failed", "cancelled"}
TOKEN = "a" * 32
NOT_TAKEN = {400, 409}  # what is empty, or does not even begin as a zip does


@dataclass
class Attacker:
    """A team with one archive, the door it comes by, and every status it was answered."""

    user: User
    case: Case
    by_page: bool
    site: Site
    statuses: list[int] = field(default_factory=list)
    submission: Submission | None = None

    def submit(self, phase: Phase, content: bytes) -> None:
        path = phase.submit_url if self.by_page else "/api/v1/submissions/"
        form = {"phase": phase.pk, "archive": SimpleUploadedFile("results.zip", content), **SAID}
        body = encode_multipart("frontier", form | {"csrfmiddlewaretoken": TOKEN} if self.by_page else form)
        answer = self._ask(path, body)
        if self.statuses[-1] == 201:
            made = answer["location"].split("/")[-2] if self.by_page else answer["id"]
            self.submission = Submission.objects.get(pk=made)

    def read(self) -> None:
        """Everything there is to read of what came of it."""
        if self.submission:
            here = f"/submissions/{self.submission.pk}/"
            pages = [here, f"{here}live/", "/team/", "/team/quota-history/"]
            if self.state == "rejected":
                pages += [f"{here}problems.json", f"{here}problems.csv", f"/api/v1{here}problems/"]
            for path in [*pages, f"/api/v1{here}", "/api/v1/submissions/"]:
                self._ask(path)

    @property
    def evaluation(self) -> Evaluation:
        return self.submission.evaluations.get()

    @property
    def state(self) -> str:
        return self.evaluation.state if self.submission else "not taken"

    def _ask(self, path: str, body: bytes | None = None) -> dict:
        headers = {"Content-Type": "multipart/form-data; boundary=frontier", "Accept": "application/json"}
        headers |= self._token if path.startswith("/api/") else self._cookies
        if not path.startswith("/api/") and body is None:
            headers["Accept"] = "text/html"
        request = urllib.request.Request(f"{self.site.url}{path}", body, headers)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                self.statuses.append(answer.status)
                return json.load(answer) if body else {}
        except urllib.error.HTTPError as refusal:
            self.statuses.append(refusal.code)
            refusal.close()
            return {}

    def __post_init__(self) -> None:
        client = Client()
        client.force_login(self.user)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        self._cookies = {
            "Cookie": f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={TOKEN}"
        }
        secret = make_token(user=self.user, label="x", scope="submit", days=None)[1]
        self._token = {"Authorization": f"Bearer {secret}"}


def attackers(cases: Sequence[Case], person: Callable[[str], User], site: Site) -> list[Attacker]:
    """One team for each case, every other one by the page."""
    users = [person(f"Attacker{number}") for number in range(len(cases))]
    for user in users:
        teams.create_team(user=user, name=user.name.lower(), affiliation="")
    return [
        Attacker(user, case, number % 2 == 0, site)
        for number, (user, case) in enumerate(zip(users, cases, strict=True))
    ]


def submit_all(team_by_team: Sequence[Attacker], phase: Phase, honest: dict[str, bytes]) -> None:
    for attacker in team_by_team:
        attacker.submit(phase, attacker.case.build(honest))


def wait_for_all(seconds: float) -> None:
    eventually(lambda: not Evaluation.objects.exclude(state__in=FINAL).exists(), seconds)


def faults_of(attacker: Attacker) -> list[str]:
    """What came of an archive that should not have, in words."""
    case, wrong = attacker.case, []
    if any(status >= 500 for status in attacker.statuses):
        wrong.append(f"answered {attacker.statuses}")
    if attacker.submission is None:
        taken_for_ours = attacker.statuses[0] not in NOT_TAKEN or case.verdict == ACCEPT
        return [*wrong, *([f"{case.name}: answered {attacker.statuses}"] if taken_for_ours else [])]
    evaluation = attacker.evaluation
    if evaluation.state != ("scored" if case.verdict == ACCEPT else "rejected"):
        wrong.append(f"{evaluation.state} instead of {case.verdict}: {evaluation.last_error}")
    if case.code and case.code not in {problem["code"] for problem in evaluation.problems}:
        wrong.append(f"no {case.code} among its problems")
    if (evaluation.failures, evaluation.fence) != (0, 1):
        wrong.append(f"took {evaluation.fence} tries, {evaluation.failures} of them failures")
    held = attacker.submission.slots.filter(returned_at=None).count()
    if held != (evaluation.state == "scored"):
        wrong.append(f"holds {held} slots")
    return [f"{case.name}: {what}" for what in wrong]


def is_as_before(worker: Worker, pid: int) -> bool:
    """Whether the very worker lives, and nothing that it started is left."""
    return worker.process.poll() is None and worker.pid == pid and worker.evaluator() is None
