"""What a submission says about its method: no invisible characters, and no word that a repeated request loses."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from server.accounts.services import make_token
from server.submissions.models import Submission
from tests.ground_truths import SAID

pytestmark = pytest.mark.django_db
INVISIBLE = "\u202e\u2066\u200b\u200e\u00ad\ufeff\x1b\x85\u2028\u2800\u3164"
FIELDS = ("method", "parameters", "description", "code", "paper", "project", "rules")


@pytest.fixture(params=["page", "page's script", "API"])
def send(request, alice, phase, good_zip):
    """Submit the same archive by one of the doors; the answer, and all that it says."""
    browser = Client()
    browser.force_login(alice)
    token = make_token(user=alice, label="x", scope="submit", days=None)[1]

    def by_door(**said):
        form = {"archive": SimpleUploadedFile("results.zip", good_zip), **SAID, **said}
        if request.param == "API":
            headers = {"Authorization": f"Bearer {token}"}
            answer = Client().post(reverse("api:submissions"), {"phase": phase.pk, **form}, headers=headers)
            return answer, json.dumps(answer.json(), ensure_ascii=False)
        headers = {"Accept": "text/html" if request.param == "page" else "application/json"}
        answer = browser.post(phase.submit_url, form, headers=headers)
        if answer.status_code in {400, 409}:
            return answer, answer.content.decode()
        return answer, browser.get(Submission.objects.get().get_absolute_url()).content.decode()

    return by_door


@pytest.mark.parametrize("character", INVISIBLE)
def test_no_field_takes_an_invisible_character(send, character):
    for field, start in {"method": "Res", "description": "By *CAM*", "code_url": "https://example.org/a"}.items():
        answer, told = send(**{field: f"{start}{character}Net"})
        assert answer.status_code == 400
        assert f"character {len(start) + 1} is U+{ord(character):04X}" in told.replace("\\u", "U+")
    assert not Submission.objects.exists()


def test_every_link_is_looked_at(send):
    for field in ("code_url", "paper_url", "project_url"):
        answer, told = send(**{field: "https://example.org/\u202egpj.zip"})
        assert (answer.status_code, "right-to-left override" in told) == (400, True)


def test_what_can_be_seen_is_taken_in_every_script(send):
    words = {
        "method": "Café 北京 Net\u00a050, فريق ❤\ufe0f 🚀",
        "description": "Line\r\n\tNext\u3000line\u202f%\n",
    }
    answer, _ = send(**words)
    assert answer.status_code in {201, 302}
    kept = Submission.objects.get()
    assert (kept.method, kept.description) == (words["method"], words["description"].strip())


def test_a_repeated_request_is_told_which_of_its_words_were_not_saved(send):
    send(method="CAM", description="First.", code_url="https://example.org/a")
    _, told = send(method="SEAM", description="First.", paper_url="https://example.org/p", parameters="30M")
    assert "No new slot was used. Not saved, because a submission cannot be changed:" in told
    sentence = told.partition("cannot be changed: ")[2].partition(".")[0].lower()
    assert [field for field in FIELDS if field in sentence] == ["method", "parameters", "paper"]
    assert (Submission.objects.get().method, Submission.objects.get().paper_url) == ("CAM", "")


def test_a_request_that_is_repeated_word_for_word_loses_none(send):
    said = {"method": "CAM", "description": "First.", "code_url": "https://example.org/a"}
    for words in (said, said, {}):
        _, told = send(**words)
        assert "cannot be changed" not in told
    assert "No new slot was used." in told


@pytest.mark.parametrize("key", ["", "cluster-17"])
def test_a_program_gets_the_names_of_the_fields_that_were_not_saved(alice, phase, good_zip, key):
    token = make_token(user=alice, label="x", scope="submit", days=None)[1]
    headers = {"Authorization": f"Bearer {token}", **({"Idempotency-Key": key} if key else {})}
    answers = []
    for method in ("CAM", "SEAM", "CAM"):
        form = {"phase": phase.pk, "archive": SimpleUploadedFile("a.zip", good_zip), **SAID, "method": method}
        answer = Client().post(reverse("api:submissions"), form, headers=headers)
        answers.append((answer.status_code, answer.json()["not_saved"], answer.json()["method"]))
    assert answers == [(201, [], "CAM"), (200, ["method"], "CAM"), (200, [], "CAM")]
