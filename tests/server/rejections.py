"""What a team reads of a rejection, door by door, in one shape: (code, file, found, expected, fix)."""

import csv
import io
import json
from html.parser import HTMLParser

FIELDS = ("code", "file", "found", "expected", "fix")
COLUMNS = {
    "File": "file",
    "Found": "found",
    "Expected": "expected",
    "How to fix it": "fix",
}
Told = list[tuple[str, ...]]


class Rows(HTMLParser):
    """The rows of a page's table of problems: the texts of each cell, by its label; each file by itself."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[dict[str, list[str]]] = []
        self.cell: list[str] | None = None
        self.in_item = False
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        label = dict(attributes).get("data-label")
        if label == "File":
            self.rows.append({})
        if label in COLUMNS:
            self.cell = self.rows[-1][COLUMNS[label]] = []
        if tag == "code" and self.cell is not None and not self.in_item:  # of the link below the fix
            self.cell = self.rows[-1]["code"] = []
        if tag == "li" and self.cell is not None:
            self.cell.append("")
            self.in_item = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "li":
            self.in_item = False
        if tag in {"td", "th"}:
            self.cell = None

    def handle_data(self, text: str) -> None:
        if not self.in_item and text.strip() in {"", "More:"}:
            return  # between two tags
        if self.cell:
            self.cell[-1] += text
        elif self.cell is not None:
            self.cell.append(text)


def of_page(html: str) -> Told:
    rows = Rows(html).rows
    told = [
        {**{field: words[0].strip() for field, words in row.items()}, "file": file}
        for row in rows
        for file in row["file"]
    ]
    return of_list([one | {"file": one["file"].replace("the archive", "")} for one in told])


def of_list(problems: list[dict[str, str]]) -> Told:
    return sorted(tuple(problem[field] for field in FIELDS) for problem in problems)


def of_json(body: bytes) -> Told:
    return of_list(json.loads(body)["problems"])


def of_csv(body: bytes) -> Told:
    """Without the mark that keeps a cell from being a formula."""
    rows = csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""))
    return of_list([{field: words.removeprefix("'") for field, words in row.items()} for row in rows])


def body_of(answer) -> bytes:
    return b"".join(answer) if answer.streaming else answer.content
