"""Errors of a rejected archive: the first for page, API and e-mail, equal ones together, and all as files."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from django.http import StreamingHttpResponse

from evaluator.contract import files_in_words, grouped
from server.spreadsheets import csv_lines
from server.submissions.models import Evaluation, Submission

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


@dataclass(frozen=True)
class ShownGroup:
    """Problems that are equal but for the file, reported once."""

    code: str
    found: str
    expected: str
    fix: str
    files: list[str]  # the first
    file_count: int  # of all

    @property
    def files_in_words(self) -> str:
        return files_in_words(self.files, self.file_count)

    @property
    def more(self) -> int:
        """Return the number of files that are not shown."""
        return self.file_count - len(self.files)


def first_groups(problems: list[dict[str, str]], most: int = PROBLEMS_SHOWN) -> list[ShownGroup]:
    """Return the first groups of equal problems, with at most `most` files in all; one of each group first."""
    groups = grouped(problems)[:most]
    by_file = [[{**vars(group), "file": file} for file in group.files[:most]] for group in groups]
    firsts, others = [files[0] for files in by_file], [file for files in by_file for file in files[1:]]
    counts = {group.key: len(group.files) for group in groups}
    texts = [{field: problem[field] for field in FIELDS} for problem in firsts + others]
    return [
        ShownGroup(*group.key, files=group.files, file_count=counts[group.key])
        for group in grouped(first_of(texts, most))
    ]


def reported_evaluation(submission: Submission) -> Evaluation:
    """Return the submission's current evaluation; it has no errors unless it rejected the archive."""
    return submission.evaluations.current_first()[0]


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
