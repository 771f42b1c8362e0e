"""Rules for an earlier version of their scorer, as after an update: submissions wait, and organisers are told."""

import io
import json
from dataclasses import replace

import pytest
from django.core import checks
from django.core.management import call_command
from django.urls import reverse

from evaluator.contract import scorers
from server import evaluator_process
from server.alarms.services import raise_alarm
from server.desk.causes import causes_now
from server.outbox.models import OutboxEmail
from server.submissions import tasks
from server.submissions.models import Evaluation, State, WorkerHost
from server.submissions.waiting import OUTDATED
from server.tracks import services
from server.tracks.models import GroundTruth, ScoringRule
from tests.ground_truths import generated, write
from tests.processes import eventually

PRESENT = scorers()["segmentation"].version


@pytest.fixture
def update_software(truth):
    """Leave the published rule as an earlier version of the software made it; `(PRESENT)` goes back."""

    def update(version: str = "0.9") -> None:
        ScoringRule.objects.update(scorer_version=version)

    return update


def alerts() -> list[str]:
    return list(OutboxEmail.objects.filter(kind="alert").values_list("text", flat=True))


@pytest.mark.both_setups
@pytest.mark.django_db(transaction=True)
def test_submissions_wait_until_the_versions_agree(
    update_software, organiser, alice, submitted, client, start_worker
):
    update_software()
    submission = submitted(alice)
    worker = start_worker()
    eventually(lambda: "is for version 0.9 of the scorer segmentation" in worker.output())
    evaluation = submission.evaluations.get()
    assert (evaluation.state, evaluation.failures, evaluation.fence) == (State.QUEUED, 0, 0)
    assert submission.slots.filter(returned_at=None).count() == 1
    client.force_login(alice)
    assert OUTDATED.replace("'", "&#x27;") in client.get(submission.get_absolute_url()).content.decode()
    (cause,) = outdated_causes()
    assert f"this server's evaluator has version {PRESENT}" in cause.text
    update_software(PRESENT)
    eventually(lambda: Evaluation.objects.get().state == State.SCORED)
    assert outdated_causes() == []
    assert not WorkerHost.objects.exclude(paused_at=None).exists()


@pytest.mark.django_db
def test_a_worker_that_runs_while_the_software_is_replaced_counts_no_failure(submitted, alice, monkeypatch):
    """The worker read the versions when it started; the evaluator that it runs now is another one."""
    answer = {"outcome": "scored", "scorer": "segmentation", "version": "2.0", "scores": {}, "warnings": []}
    later = {"segmentation": replace(scorers()["segmentation"], version="2.0")}

    def end(arguments, folder, tick, **_):
        (folder / "statistics.npz").touch()
        return evaluator_process.EvaluatorExit(0, json.dumps(answer), "")

    def read_again() -> None:
        monkeypatch.setattr("server.tracks.models.scoring.scorers", lambda: later)

    submitted(alice)
    monkeypatch.setattr(tasks, "run_evaluator", end)
    monkeypatch.setattr(tasks, "read_scorers_again", read_again)
    assert tasks.score_next()
    evaluation = Evaluation.objects.get()
    assert (evaluation.state, evaluation.failures) == (State.QUEUED, 0)
    assert not tasks.score_next()


@pytest.mark.django_db
def test_an_alarm_mails_each_organiser_once(update_software, admin, organiser):
    assert outdated_causes() == []
    update_software()
    for _ in range(3):
        (cause,) = outdated_causes()
        raise_alarm(cause.key, cause.title, cause.text)
    assert len(alerts()) == 2


def outdated_causes():
    return [cause for cause in causes_now() if cause.key.startswith("outdated")]


@pytest.mark.django_db
def test_the_check_and_the_admin_say_so(update_software, admin, client, phase):
    client.force_login(admin)
    rules, phases = (reverse(f"admin:tracks_{name}_changelist") for name in ("scoringrule", "phase"))
    assert [warning for warning in checks.run_checks(tags=["worker"]) if warning.id == "lid.W005"] == []
    assert 'alt="False"' not in client.get(rules).content.decode()
    update_software()
    errors = io.StringIO()
    call_command("check", stderr=errors)
    assert "lid.W005" in errors.getvalue()
    assert "is for version 0.9 of the scorer segmentation" in errors.getvalue()
    assert 'alt="False"' in client.get(rules).content.decode()
    assert (
        '<td class="field-ready"><img src="/static/admin/img/icon-no.svg"' in client.get(phases).content.decode()
    )
    own = reverse("admin:tracks_scoringrule_change", args=[ScoringRule.objects.get().pk])
    assert "is for version 0.9 of the scorer segmentation" in client.get(own).content.decode()


@pytest.mark.django_db
def test_a_pack_for_another_version_is_not_published(truth, tracks):
    manifest = truth.row.manifest_path
    content = manifest.read_text().replace(f'"scorer_version": "{PRESENT}"', '"scorer_version": "0.9"')
    assert '"0.9"' in content
    manifest.unlink()
    manifest.write_text(content)
    ScoringRule.objects.all().delete()
    with pytest.raises(services.PackedForOtherVersion, match=r"packed for version 0\.9 .* has version"):
        services.publish(truth.row)
    assert not ScoringRule.objects.exists()


@pytest.mark.django_db
def test_the_same_ground_truth_packed_again_replaces_an_outdated_rule_without_submissions(
    update_software, truth, tmp_path
):
    update_software()
    GroundTruth.objects.update(pack_sha256="1" * 64)  # the pack of the earlier version was another file
    write(generated("segmentation", "test", 12), tmp_path / "pictures")
    call_command("install_ground_truth", "segmentation", "test", str(tmp_path / "pictures"))
    states = ScoringRule.objects.order_by("number").values_list("scorer_version", "state")
    assert list(states) == [("0.9", "retired"), (PRESENT, "published")]
    assert not ScoringRule.objects.filter(state="published").outdated().exists()
