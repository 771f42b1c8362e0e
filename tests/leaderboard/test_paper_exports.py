"""The paper's tables as files: each cell as the paper prints it, typed here anew."""

import csv
import json
import re
from io import StringIO

import pytest

from leaderboard.exports.formats import TABLE_FORMATS
from tests.leaderboard.texts import assert_sound_tex, tex_rows

pytestmark = pytest.mark.django_db
ACCURACIES = ["Mean IoU", "Mean Accuracy", "Pixel Accuracy"]
PRINTED = {
    1: [
        ["Team", "Username", *ACCURACIES],
        ["ETH Zurich", "cvl", "45.18", "59.62", "80.46"],
        ["Seoul National University", "VL-task1", "37.73", "60.15", "82.98"],
        ["Ukrainian Catholic University", "UCU & SoftServe", "37.34", "54.87", "83.64"],
        ["–", "IOnlyHaveSevenDays", "36.24", "68.27", "84.10"],
        ["–", "play-njupt", "31.90", "46.07", "82.63"],
        ["–", "xingxiao", "29.48", "48.66", "80.82"],
        ["–", "hagenbreaker", "22.50", "39.92", "77.38"],
        ["–", "go-g0", "19.80", "38.30", "76.21"],
        ["–", "lasthours-try", "12.56", "24.65", "64.35"],
        ["–", "WH-ljs", "7.79", "16.59", "62.52"],
    ],
    2: [
        ["Team", "Username", *ACCURACIES],
        ["Tsinghua&Intel", "fromandto", "25.33", "36.88", "64.95"],
    ],
    3: [
        ["Team", "Username", "Peak-IoU", "Peak-Threshold"],
        ["Seoul National University", "VL-task3", "63.08", "24"],
        ["Mepro-MIC of Beijing Jiaotong U", "BJTU-Mepro-MIC", "61.98", "35"],
        ["NUST", "LEAP Group of PCA Lab", "61.48", "7"],
        ["–", "chohk (wsol-aug)", "52.89", "36"],
        ["Beijing Normal University", "TEN", "48.17", "42"],
    ],
}


@pytest.fixture
def download(client):
    def get(number: int, extension: str) -> str:
        return client.get(f"/archive/lid-2020/table-{number}.{extension}").content.decode()

    return get


@pytest.mark.parametrize("number", PRINTED)
def test_the_latex_is_the_papers_table_cell_by_cell(download, number):
    source = download(number, "tex")
    assert_sound_tex(source)
    assert tex_rows(source) == PRINTED[number]


@pytest.mark.parametrize("number", PRINTED)
def test_the_csv_is_the_papers_table_cell_by_cell(download, number):
    _, *lines = csv.reader(StringIO(download(number, "csv"), newline=""), strict=True)
    columns = len(PRINTED[number][0])
    assert [[line[1] or "–", *line[2 : columns + 1]] for line in lines] == PRINTED[number][1:]


@pytest.mark.parametrize("number", PRINTED)
def test_the_json_is_the_papers_table_cell_by_cell(download, number):
    said = json.loads(download(number, "json"))
    head, *rows = PRINTED[number]
    assert [column["title"] for column in said["columns"]] == head[2:]
    assert [(row["affiliation"] or "–", row["team"]) for row in said["rows"]] == [tuple(row[:2]) for row in rows]
    assert [list(row["values"].values()) for row in said["rows"]] == [list(map(float, row[2:])) for row in rows]


@pytest.mark.parametrize("number", PRINTED)
def test_the_markdown_is_the_papers_table_cell_by_cell(download, number):
    lines = [line.strip("| ").split(" | ") for line in download(number, "md").splitlines() if line.startswith("|")]
    cells = [[re.sub(r"\\(.)", r"\1", cell) for cell in line[1:]] for line in lines[2:]]
    assert cells == PRINTED[number][1:]


@pytest.mark.parametrize("extension", ["csv", "json", "md", "tex"])
def test_each_file_says_that_no_file_stands_behind_its_rows(download, extension):
    assert "no file stands behind these rows" in download(3, extension)
    assert "arXiv:2010.11724" in download(3, extension)


def test_what_is_cited_is_the_paper(download, client):
    entry = download(1, "bib")
    assert entry == download(3, "bib")
    assert "eprint = {2010.11724}" in entry
    assert entry.count("{") == entry.count("}")
    assert entry in client.get("/archive/lid-2020/").content.decode()


@pytest.mark.parametrize("name", ["table-4.csv", "table-0.tex", "table-1.svg", "table-1.exe", "table-1.json/"])
def test_what_the_paper_does_not_have_is_absent(client, name):
    assert client.get(f"/archive/lid-2020/{name}").status_code == 404


def test_every_link_of_the_page_is_a_file_of_that_name(client):
    page = client.get("/archive/lid-2020/").content.decode()
    names = re.findall(r'href="(table-[^"]+)"', page)
    assert set(names) == {f"table-{n}.{each.extension}" for n in (1, 2, 3) for each in TABLE_FORMATS}
    for name in names:
        answer = client.get(f"/archive/lid-2020/{name}")
        assert answer.headers["Content-Disposition"] == f'attachment; filename="lid-2020-{name}"'
