"""A track whose scorer the evaluator does not know: its own pages say so, and all others go on."""

import pytest
from django.urls import reverse

from leaderboard.intervals.job import find_changes
from server.tracks.models import Track
from tests.server.test_untouched_saves import Form

pytestmark = pytest.mark.django_db
SAID = "evaluator on this server knows no scorer “gone”. It knows segmentation, scene-parsing, localization."


@pytest.fixture
def lost(have_scored, alice, phase):
    """A scored submission to a track whose scorer is gone."""
    submission = have_scored(alice, 0.5)
    Track.objects.filter(pk=phase.track_id).update(scorer="gone")
    return submission


OWN_PAGES = [
    *("leaderboard:board", "leaderboard:curves", "leaderboard:classes", "leaderboard:compare"),
    *("leaderboard:significance", "leaderboard:significance_export"),
    *("leaderboard:phase_feed", "site:track", "leaderboard:board_export", "leaderboard:classes_export"),
]


@pytest.mark.parametrize("name", OWN_PAGES)
def test_its_pages_and_files_name_the_scorer(client, lost, name):
    words = {"site:track": ["segmentation"], "leaderboard:board_export": ["segmentation", "now", "csv"]}
    words["leaderboard:classes_export"] = words["leaderboard:board_export"]
    words["leaderboard:significance_export"] = ["segmentation", "now", "svg"]
    answer = client.get(reverse(name, args=words.get(name, ["segmentation", "now"])))
    assert answer.status_code == 503
    assert SAID in answer.content.decode()
    assert "Nothing is lost" in answer.content.decode()


def test_programs_are_told_too(client, lost, phase):
    answer = client.get(reverse("api:leaderboard", args=[phase.pk]))
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert SAID in answer.json()["detail"]


def test_pages_of_several_tracks_show_the_others(client, alice, admin, lost):
    home = client.get("/").content.decode()
    assert SAID in home
    assert "Ranked by" in home
    assert client.get(reverse("leaderboard:feed")).status_code == 200
    tracks = {track["slug"]: track for track in client.get(reverse("api:tracks")).json()["results"]}
    assert tracks["segmentation"]["columns"] == []
    assert [column["key"] for column in tracks["localization"]["columns"]] == ["peak_iou", "peak_threshold"]
    client.force_login(alice)
    for page in ("/team/", "/team/quota-history/", reverse("site:track", args=["localization"])):
        assert client.get(page).status_code == 200
    assert client.get(lost.get_absolute_url()).status_code == 503
    client.force_login(admin)
    for name in ("tracks_track_changelist", "leaderboard_board_changelist", "tracks_phase_changelist"):
        assert client.get(reverse(f"admin:{name}")).status_code == 200


def test_a_worker_passes_it_over(lost):
    assert find_changes() == 0


@pytest.mark.parametrize("scorer", ["gone", "Segmentation", ""])
def test_the_admin_takes_known_scorers_only_and_lists_them(client, admin, phase, scorer):
    client.force_login(admin)
    url = reverse("admin:tracks_track_change", args=[phase.track_id])
    form = Form(client.get(url).content.decode()).fields
    text = client.post(url, form | {"scorer": scorer}).content.decode()
    assert (
        (f"knows no scorer “{scorer}”. It knows segmentation" in text) if scorer else "field is required" in text
    )
    assert Track.objects.get(pk=phase.track_id).scorer == "segmentation"
    shown = client.post(url, form | {"scorer": "scene-parsing"})
    assert "until ground truth that is packed for scene-parsing is published" in shown.content.decode()
    assert Track.objects.get(pk=phase.track_id).scorer == "segmentation"
    confirmed = Form(shown.content.decode()).fields | {"scorer": "scene-parsing", "reason": "Decided."}
    assert client.post(url, confirmed).status_code == 302
    assert Track.objects.get(pk=phase.track_id).scorer == "scene-parsing"


def test_the_admin_offers_the_known_scorers_and_the_present_one(client, admin, lost, phase):
    client.force_login(admin)
    text = client.get(reverse("admin:tracks_track_change", args=[phase.track_id])).content.decode()
    assert '<option value="gone" selected>gone</option>' in text
    assert '<option value="localization">Object localization (localization)</option>' in text


def test_the_admin_replaces_an_unknown_scorer_though_teams_have_submitted(client, admin, lost, phase):
    client.force_login(admin)
    url = reverse("admin:tracks_track_change", args=[phase.track_id])
    form = Form(client.get(url).content.decode()).fields
    assert "knows no scorer “gone”" in client.post(url, form).content.decode()
    assert client.post(url, form | {"scorer": "segmentation"}).status_code == 302
    assert client.get(reverse("leaderboard:board", args=["segmentation", "now"])).status_code == 200
    client.post(url, form | {"scorer": "localization", "reason": "Decided."})
    assert Track.objects.get(pk=phase.track_id).scorer == "segmentation"
