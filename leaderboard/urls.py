"""Addresses of the leaderboards, of their files and feeds, and of the archive."""

from django.urls import path

from leaderboard import class_views, compare_views, curve_views, export_views, feeds, views

app_name = "leaderboard"
urlpatterns = [
    path("tracks/<slug:track>/<slug:phase>/leaderboard/", views.board, name="board"),
    path(
        "tracks/<slug:track>/<slug:phase>/leaderboard/export.<str:extension>",
        export_views.board,
        name="board_export",
    ),
    path("tracks/<slug:track>/<slug:phase>/curves/", curve_views.curves, name="curves"),
    path("tracks/<slug:track>/<slug:phase>/classes/", class_views.classes, name="classes"),
    path(
        "tracks/<slug:track>/<slug:phase>/classes/export.<str:extension>",
        class_views.export,
        name="classes_export",
    ),
    path("tracks/<slug:track>/<slug:phase>/compare/", compare_views.compare, name="compare"),
    path("archive/lid-2020/", views.archive, name="archive"),
    path("archive/lid-2020/table-<int:number>.<str:extension>", export_views.archive, name="archive_export"),
    path("feeds/results.atom", feeds.results, name="feed"),
    path("feeds/<slug:track>/<slug:phase>.atom", feeds.results_of_phase, name="phase_feed"),
]
