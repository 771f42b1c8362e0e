"""What everyone reads of a re-score; its pages, programs and command line."""

import re
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from server.accounts.models import ApiToken
from server.accounts.services import make_token
from server.rescores import publication
from server.rescores.models import Rescore
from server.tracks.models import Phase, PhaseRule
from tests.rescoring import DryRun

pytestmark = pytest.mark.django_db
REASON = "One mask was upside down."


# What everyone reads


@pytest.fixture
def published(dry_run, board, phase, organiser):
    dry_run.score({board[0]: 0.3, board[1]: None})
    publication.publish(dry_run.rescore, [phase], reason=REASON, by=organiser)
    return board


def test_a_team_reads_both_scores_on_its_pages_and_in_the_api(published, logged_in, alice, charlie, program_of):
    first, second = published
    hers, his = logged_in(alice), logged_in(charlie)
    page = " ".join(hers.get(first.get_absolute_url()).content.decode().split())
    assert "50.00 % until" in page
    assert "Now 30.00 %, rule 2" in page
    assert "Now rejected, rule 2" in " ".join(his.get(second.get_absolute_url()).content.decode().split())
    assert "50.00 % until" in hers.get(reverse("site:team")).content.decode()
    answer = program_of("captain").get(reverse("api:submission", args=[first.pk])).json()
    told = [(one["rule"], one["scores"]["mean_iou"]) for one in answer["evaluations"]]
    assert (told, answer["rule"], answer["scores"]["mean_iou"]) == ([(1, 0.5), (2, 0.3)], 2, 0.3)
    assert answer["evaluations"][0]["published_until"] == answer["evaluations"][1]["published_since"]
    assert answer["evaluations"][1]["published_until"] is None


def test_a_dry_run_is_read_by_no_team(dry_run, board, logged_in, alice, program_of):
    dry_run.score({board[0]: 0.3, board[1]: None})
    text = logged_in(alice).get(board[0].get_absolute_url()).content.decode()
    assert "50.00" in text
    assert "30.00" not in text
    answer = program_of("captain").get(reverse("api:submission", args=[board[0].pk])).json()
    assert [one["rule"] for one in answer["evaluations"]] == [1]


def test_the_board_says_when_and_why_and_leads_to_the_one_before(published, client, phase):
    text = client.get(phase.get_absolute_url()).content.decode()
    assert REASON in text
    assert "Corrected on" in text
    address = re.search(r'href="([^"]*\?at=[^"]*)"', text)[1]
    Phase.objects.filter(pk=phase.pk).update(opens_at=timezone.now() - timedelta(days=2))
    before = client.get(address).content.decode()
    assert "Corrected on" not in before


# Pages, programs and command line: the same services, the same words


def test_a_form_sent_twice_publishes_once_and_a_stale_preview_is_refused(
    dry_run, board, phase, organiser, as_role
):
    dry_run.score({board[0]: 0.3, board[1]: 0.45})
    browser, url = as_role("organiser"), reverse("rescores:publish", args=[dry_run.rescore.pk])
    form = {"phases": [phase.pk], "reason": REASON}
    text = browser.post(url, form).content.decode()
    assert "Publish now" in text
    assert phase.published_rule().number == 1
    seen = re.search(r'name="seen"\s+value="(\w+)"', text)[1]
    assert "changed since this preview" in browser.post(url, form | {"seen": "0" * 32}).content.decode()
    assert browser.post(url, form | {"seen": seen}).status_code == 302
    again = browser.post(url, form | {"seen": seen})
    assert (again.status_code, PhaseRule.objects.filter(rule__number=2).count()) == (400, 1)


def test_pictures_are_for_organisers_and_kept_by_no_browser(dry_run, as_role):
    folder = dry_run.rescore.folder
    folder.mkdir(parents=True)
    (folder / "0-old.png").write_bytes(b"a picture")
    address = reverse("rescores:picture", args=[dry_run.rescore.pk, 0, "old"])
    answer = as_role("organiser").get(address)
    assert (b"".join(answer), "no-store" in answer["Cache-Control"]) == (b"a picture", True)
    assert as_role("captain").get(address).status_code == 403


def test_a_program_of_an_organiser_starts_and_publishes(board, new_truth, phase, organiser):
    _, secret = make_token(user=organiser, label="a program", scope=ApiToken.Scope.ADMIN, days=None)
    program = Client(headers={"Authorization": f"Bearer {secret}"})

    def post(name: str, body: dict, **keys) -> dict:
        return program.post(reverse(name, kwargs=keys), body, content_type="application/json").json()

    body = {"ground_truth": str(new_truth.pk), "phases": [phase.pk]}
    assert post("api:rescores", body | {"dry_run": True})["effect"]["phases"] == [[str(phase), 2]]
    made = post("api:rescores", body)
    assert (made["rule"], made["progress"]["total"]) == (2, 2)
    assert post("api:rescores", body)["detail"].startswith("Another re-score")
    publication_of = {"name": "api:publish_rescore", "rescore": made["id"]}
    said = {"phases": [phase.pk], "reason": REASON}
    assert "boards would be half-scored" in post(body=said, **publication_of)["detail"]
    DryRun(Rescore.objects.get()).score({board[0]: 0.3, board[1]: 0.45})
    preview = post(body=said | {"dry_run": True}, **publication_of)
    assert preview["effect"]["phases"][0]["changed_scores"] == 2
    assert post(body=said | {"preview": preview["preview"]}, **publication_of)["effect"]["rule"] == 2
    assert phase.published_rule().number == 2
    assert program.get(reverse("api:rescores")).json()[0]["state"] == "published"


def test_a_look_at_one_team_by_page_program_and_command(
    board, charlies, new_truth, phase, organiser, as_role, program_of, capsys
):
    browser, url = as_role("organiser"), reverse("rescores:start", args=[new_truth.pk])
    page = browser.get(url).content.decode()
    assert page.count('name="teams"') == page.count('name="submissions"') == 2
    form = {"phases": [phase.pk], "scope": "all", "teams": [charlies.pk]}
    assert "choose that as well" in browser.post(url, form).content.decode()
    page = browser.post(url, form | {"scope": "chosen"}, follow=True).content.decode()
    assert "This is a look: 1 of 2 submissions are being scored" in " ".join(page.split())
    Rescore.objects.all().delete()
    body = {"ground_truth": str(new_truth.pk), "phases": [phase.pk], "scope": "chosen"}
    chosen = body | {"submissions": [str(board[1].pk)], "dry_run": True}
    shown = program_of("acting").post(reverse("api:rescores"), chosen, content_type="application/json").json()
    assert shown["effect"]["phases"] == [[str(phase), 1]]
    assert "publishing needs all of a phase" in shown["effect"]["note"]
    key = new_truth.pack_sha256[:10]
    with pytest.raises(CommandError, match="There is no team “nobody”"):
        call_command("rescore", "start", key, "--team", "nobody")
    call_command("rescore", "start", key, "--phase", phase.slug, "--team", "charlies")
    assert "1 submission. Only some submissions are scored" in capsys.readouterr().out
    call_command("rescore", "include-all", str(Rescore.objects.get().pk)[:8])
    assert "1 more are queued." in capsys.readouterr().out


def test_the_command_line_does_the_same(board, new_truth, phase, capsys):
    call_command("rescore", "start", new_truth.pack_sha256[:10], "--phase", phase.slug)
    found = Rescore.objects.get()
    key = str(found.pk)[:8]
    with pytest.raises(CommandError, match="half-scored"):
        call_command("rescore", "publish", key, "--reason", REASON)
    DryRun(found).score({board[0]: 0.3, board[1]: 0.45})
    call_command("rescore", "show", key)
    assert "alices: 50.00 % → 30.00 % (-20.00), rank 1 → 2" in capsys.readouterr().out
    call_command("rescore", "publish", key, "--reason", REASON, "--dry-run")
    assert phase.published_rule().number == 1
    call_command("rescore", "publish", key, "--reason", REASON)
    assert phase.published_rule().number == 2
    with pytest.raises(CommandError, match="published already"):
        call_command("rescore", "drop", key)
