"""What is wrong with a rejected archive: the first of it for page, program and mail, and all of it as files."""

import json
from collections.abc import Iterator

from django.db.models import QuerySet
from django.http import Http404, StreamingHttpResponse

from server.spreadsheets import csv_lines
from server.submissions.models import Evaluation, State, Submission

PROBLEMS_SHOWN = 20
BYTES_SHOWN = 4096
FIELDS = ("code", "file", "found", "expected", "fix")


def first_of(problems: list[dict[str, str]], most: int = PROBLEMS_SHOWN) -> list[dict[str, str]]:
    """The first few, and fewer still where their words are long: nobody reads on."""
    first, length = [], 0
    for problem in problems[:most]:
        length += sum(len(words.encode()) for words in problem.values())
        if first and length > BYTES_SHOWN:
            break
        first.append(problem)
    return first


def rejection_of(submission: Submission) -> Evaluation:
    """The newest evaluation that rejected it; Http404 where none did."""
    rejections: QuerySet[Evaluation] = submission.evaluations.filter(state=State.REJECTED)
    if rejection := rejections.first():
        return rejection
    raise Http404


def as_json(rejection: Evaluation) -> StreamingHttpResponse:
    """Every problem as a file for programs."""
    return _attachment(_json_lines(rejection), rejection, "json", "application/json")


def as_csv(rejection: Evaluation) -> StreamingHttpResponse:
    """Every problem as a file for spreadsheets."""
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
