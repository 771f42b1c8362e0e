"""A team's progress on its own page: every score that it may see, and none that it may not."""

import pytest

from server.submissions import entries
from server.tracks.models import Phase

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, alice):
    def read() -> str:
        return client.get("/team/").content.decode()

    client.force_login(alice)
    return read


def test_a_single_score_is_no_progress_yet(alice, have_scored, page):
    have_scored(alice, 0.25)
    assert "Progress" not in page()


def test_each_score_stands_in_the_figure_and_in_its_table(alice, have_scored, page):
    submissions = [have_scored(alice, level, method=f"method {level}") for level in (0.25, 0.5, 0.375)]
    entries.withdraw(submissions[1])
    text = " ".join(page().split())
    assert text.count('<circle class="dot') == 3
    assert text.count('<circle class="dot other"') == 1
    for submission in submissions:
        assert f'<a href="{submission.get_absolute_url()}">{submission.method}</a>' in text


def test_what_is_hidden_is_not_drawn(alice, have_scored, page):
    have_scored(alice, 0.25)
    have_scored(alice, 0.5)
    assert "Progress" in page()
    Phase.objects.update(results=Phase.Results.BY_ORGANISER)
    assert "Progress" not in page()


def test_another_teams_scores_are_not_drawn(alice, charlie, have_scored, page):
    have_scored(charlie, 0.25)
    have_scored(charlie, 0.5)
    assert "Progress" not in page()
