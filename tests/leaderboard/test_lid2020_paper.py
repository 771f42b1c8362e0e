"""The paper's tables, as it prints them."""

import pytest

from leaderboard.exports.lid2020_paper import TABLES

SEGMENTATION, SCENE_PARSING, LOCALIZATION = TABLES

# table, place, team, username, numbers: typed from the paper
ROWS = [
    (SEGMENTATION, 1, "ETH Zurich", "cvl", ("45.18", "59.62", "80.46")),
    (SEGMENTATION, 2, "Seoul National University", "VL-task1", ("37.73", "60.15", "82.98")),
    (SEGMENTATION, 3, "Ukrainian Catholic University", "UCU & SoftServe", ("37.34", "54.87", "83.64")),
    (SEGMENTATION, 4, "–", "IOnlyHaveSevenDays", ("36.24", "68.27", "84.10")),
    (SEGMENTATION, 10, "–", "WH-ljs", ("7.79", "16.59", "62.52")),
    (SCENE_PARSING, 1, "Tsinghua&Intel", "fromandto", ("25.33", "36.88", "64.95")),
    (LOCALIZATION, 1, "Seoul National University", "VL-task3", ("63.08", "24")),
    (LOCALIZATION, 2, "Mepro-MIC of Beijing Jiaotong U", "BJTU-Mepro-MIC", ("61.98", "35")),
    (LOCALIZATION, 3, "NUST", "LEAP Group of PCA Lab", ("61.48", "7")),
    (LOCALIZATION, 5, "Beijing Normal University", "TEN", ("48.17", "42")),
]


@pytest.mark.parametrize("row", ROWS)
def test_a_row_reads_as_in_the_paper(row):
    table, place, team, username, numbers = row
    printed = table.rows[place - 1]
    assert (printed.affiliation, printed.team, printed.values) == (team, username, numbers)


def test_the_tables_have_the_papers_rows_and_columns():
    assert [(table.number, len(table.rows)) for table in TABLES] == [(1, 10), (2, 1), (3, 5)]
    assert [table.track for table in TABLES] == ["segmentation", "scene-parsing", "localization"]
    assert SEGMENTATION.columns == SCENE_PARSING.columns == ("Mean IoU", "Mean Accuracy", "Pixel Accuracy")
    assert LOCALIZATION.columns == ("Peak-IoU", "Peak-Threshold")


@pytest.mark.parametrize("table", TABLES)
def test_every_row_has_a_number_for_each_column_and_they_stand_best_first(table):
    assert all(len(row.values) == len(table.columns) for row in table.rows)
    headlines = [float(row.values[0]) for row in table.rows]
    assert headlines == sorted(headlines, reverse=True)


@pytest.mark.django_db
def test_the_archive_shows_every_published_number(client):
    page = client.get("/archive/lid-2020/").content.decode()
    assert all(value in page for table in TABLES for row in table.rows for value in row.values)
    assert "UCU &amp; SoftServe" in page
