"""Errors of a rejected archive: the first for page, API and e-mail, and all of them as files."""

import json
from collections.abc import Iterator

from django.http import StreamingHttpResponse

from server.spreadsheets import csv_lines
from server.submissions.models import Evaluation, State, Submission

PROBLEMS_SHOWN = 20
BYTES_SHOWN = 4096
FIELDS = ("code", "file", "found", "expected", "fix")


def first_of(problems: list[dict[str, str]], most: int = PROBLEMS_SHOWN) -> list[dict[str, str]]:
    """Return at most `most` problems, and fewer if their texts are long."""
    first: list[dict[str, str]] = []
    length = 0
    for problem in problems[:most]:
        length += sum(len(text.encode()) for text in problem.values())
        if first and length > BYTES_SHOWN:
            break
        first.append(problem)
    return first


def reported_evaluation(submission: Submission) -> Evaluation:
    """Return the newest evaluation that rejected the submission; if none did, the newest, which has no errors."""
    evaluations = submission.evaluations.all()
    return evaluations.filter(state=State.REJECTED).first() or evaluations[0]


def as_json(rejection: Evaluation) -> StreamingHttpResponse:
    """Return all problems as a JSON file."""
    return _attachment(_json_lines(rejection), rejection, "json", "application/json")


def as_csv(rejection: Evaluation) -> StreamingHttpResponse:
    """Return all problems as a CSV file for spreadsheets."""
    rows = ([problem[field] for field in FIELDS] for problem in rejection.problems)
    return _attachment(csv_lines([FIELDS, *rows]), rejection, "csv", "text/csv; charset=utf-8")


def _json_lines(rejection: Evaluation) -> Iterator[str]:
    head = {"submission": str(rejection.submission_id), "problem_count": rejection.problem_count}
    yield f'{json.dumps(head)[:-1]}, "problems": ['
    for index, problem in enumerate(rejection.problems):
        yield f"{',' if index else ''}\n{json.dumps(problem)}"
    yield "\n]}\n"


def _attachment(lines: Iterator[str], rejection: Evaluation, suffix: str, kind: str) -> StreamingHttpResponse:
    name = f"problems-{rejection.submission_id}.{suffix}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(lines, content_type=kind, headers=headers)
