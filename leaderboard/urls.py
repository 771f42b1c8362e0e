"""Addresses of the leaderboards, of their files and feeds, and of the archive."""

from django.urls import path

from leaderboard.classes.views import classes, export_classes
from leaderboard.compare.views import compare
from leaderboard.curves.views import curves
from leaderboard.exports import feeds
from leaderboard.exports.views import export_board, export_paper_table, paper_tables
from leaderboard.significance.views import export_significance, significance
from leaderboard.table.views import board

PHASE = "tracks/<slug:track>/<slug:phase>"

app_name = "leaderboard"
urlpatterns = [
    path(f"{PHASE}/leaderboard/", board, name="board"),
    path(f"{PHASE}/leaderboard/export.<str:extension>", export_board, name="board_export"),
    path(f"{PHASE}/curves/", curves, name="curves"),
    path(f"{PHASE}/classes/", classes, name="classes"),
    path(f"{PHASE}/classes/export.<str:extension>", export_classes, name="classes_export"),
    path(f"{PHASE}/compare/", compare, name="compare"),
    path(f"{PHASE}/significance/", significance, name="significance"),
    path(f"{PHASE}/significance/export.<str:extension>", export_significance, name="significance_export"),
    path("archive/lid-2020/", paper_tables, name="archive"),
    path("archive/lid-2020/table-<int:number>.<str:extension>", export_paper_table, name="archive_export"),
    path("feeds/results.atom", feeds.all_results, name="feed"),
    path("feeds/<slug:track>/<slug:phase>.atom", feeds.phase_results, name="phase_feed"),
]
