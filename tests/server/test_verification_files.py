"""Files of verification cases in the real sandbox: weights are counted, reproduced predictions are compared."""

import json
import struct

import pytest

from leaderboard.ranking.standings import standings
from server.outbox.models import OutboxEmail
from server.submissions import tasks
from server.submissions.models import Evaluation, Slot
from server.uploads import received
from server.verification import findings, opening
from server.verification.due_dates import usual_due_date
from server.verification.examination import examine_next, percent
from server.verification.models import CaseFile, VerificationCase
from server.verification.sending import add_file, remove_file
from tests.ground_truths import distinct

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(submitted, alice, organiser) -> VerificationCase:
    """Of a submission that declares 100 parameters, scored by the real evaluator."""
    submission = submitted(alice, said={"parameters": 100})
    assert tasks.score_next()
    (opened,) = opening.open_cases(submissions=[submission], due_at=usual_due_date(), by=organiser)
    return opened


def add(case, kind, content, name) -> CaseFile:
    with received(content, name) as upload:
        return add_file(case=case, kind=kind, upload=upload, by=case.opened_by)[0]


def safetensors(**tensors: int) -> bytes:
    """A file with tensors of so many bytes."""
    header, end = {}, 0
    for name, size in tensors.items():
        header[name] = {"dtype": "U8", "shape": [size], "data_offsets": [end, end + size]}
        end += size
    words = json.dumps(header).encode()
    return struct.pack("<Q", len(words)) + words + bytes(end)


def said_of(case) -> list[str]:
    return [finding.text for finding in findings.findings_of(case)]


def test_weights_are_counted_together_and_compared_with_what_was_declared(case):
    add(case, CaseFile.Kind.WEIGHTS, safetensors(a=60, b=20), "model-00001-of-00002.safetensors")
    assert examine_next()
    assert any("model-00002-of-00002" in text for text in said_of(case)), "the team is told what is missing"
    add(case, CaseFile.Kind.WEIGHTS, safetensors(c=20), "model-00002-of-00002.safetensors")
    assert examine_next()
    assert "The server counted 100 parameters, as declared." in said_of(case)
    add(case, CaseFile.Kind.WEIGHTS, safetensors(d=60), "-second.safetensors")
    assert examine_next()
    assert "The server counted 160 parameters: 60 more than declared." in said_of(case)
    case.submission.phase.track.parameter_limit = 150
    assert "The server counted 160 parameters: the limit is exceeded." in said_of(case)
    remove_file(case.files.get(name="-second.safetensors"), by=case.opened_by)
    assert examine_next()
    assert "The server counted 100 parameters, as declared." in said_of(case)
    add(case, CaseFile.Kind.WEIGHTS, b"\x80\x04\x95 a pickle", "model.pt")
    assert examine_next()
    assert any("pickle" in text and "safetensors" in text for text in said_of(case))
    assert not examine_next()


def test_reproduced_predictions_are_scored_and_compared_beside_the_board(case, phase, truth, good_zip):
    before = [(row.rank, row.evaluation.pk) for row in standings(phase)]
    counts = [model.objects.count() for model in (Evaluation, Slot, OutboxEmail)]
    add(case, CaseFile.Kind.PREDICTIONS, distinct(good_zip), "same.zip")
    add(case, CaseFile.Kind.PREDICTIONS, truth.guessed(0.79), "nearly.zip")
    add(case, CaseFile.Kind.PREDICTIONS, b"PK\x05\x06" + bytes(18), "empty.zip")
    assert [examine_next() for _ in range(4)] == [True, True, True, False]
    empty, nearly, same = findings.reproductions_of(case)
    assert "the same number" in same.lines[0].text
    assert same.lines[1].text == "100 % of all pixels are equal; 12 of 12 images are equal in every pixel."
    assert same.images == ()
    assert "a difference of" in nearly.lines[0].text
    assert 0.5 < nearly.file.outcome["share"] < 1
    shares = [float(share.removesuffix(" %")) for _, share in nearly.images]
    assert shares == sorted(shares)
    assert 0 < len(shares) <= 10
    assert all(line.tone == "warning" for line in empty.lines)
    assert [(row.rank, row.evaluation.pk) for row in standings(phase)] == before
    assert [model.objects.count() for model in (Evaluation, Slot, OutboxEmail)] == counts


@pytest.mark.parametrize(("share", "text"), [(1, "100 %"), (0.999, "99.9 %"), (1 - 1e-9, "99.9999 %"), (0, "0 %")])
def test_only_all_pixels_are_100_percent(share, text):
    assert percent(share) == text
