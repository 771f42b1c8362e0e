"""A team's row on a board: its best or chosen submission, withdrawn or not, under its name or a pseudonym."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from leaderboard.ranking.standings import standings
from server.submissions import entries
from server.submissions.models import Entry, Slot
from server.teams import services
from server.teams.exceptions import NameTaken
from server.tracks.models import Phase

pytestmark = pytest.mark.django_db
TOMORROW = timedelta(days=1)


@pytest.fixture
def chosen_phase(phase):
    phase.stands_on = Phase.StandsOn.CHOSEN
    phase.save()
    return phase


def stands(phase) -> list[tuple[int | None, str]]:
    return [(row.rank, row.values[0][1]) for row in standings(phase)]


def test_a_team_stands_on_its_choice_where_the_phase_lets_it(alice, charlie, chosen_phase, have_scored):
    have_scored(alice, 0.9)
    worse = have_scored(alice, 0.4)
    have_scored(charlie, 0.6)
    assert stands(chosen_phase) == [(1, "90.00"), (2, "60.00")]
    entries.choose(worse)
    assert stands(chosen_phase) == [(1, "60.00"), (2, "40.00")]
    entries.use_best(worse.team, chosen_phase)
    assert stands(chosen_phase) == [(1, "90.00"), (2, "60.00")]


def test_where_the_best_stands_nothing_can_be_chosen(alice, phase, have_scored):
    with pytest.raises(entries.BestSubmissionCounts):
        entries.choose(have_scored(alice, 0.4))


def test_only_what_is_scored_and_not_withdrawn_can_be_chosen(alice, chosen_phase, submitted, have_scored):
    withdrawn = have_scored(alice, 0.5)
    entries.withdraw(withdrawn)
    with pytest.raises(entries.NotChoosable):
        entries.choose(withdrawn)
    with pytest.raises(entries.NotChoosable):
        entries.choose(submitted(alice))


def test_a_withdrawn_submission_leaves_the_board_and_keeps_its_slot(alice, phase, have_scored):
    best = have_scored(alice, 0.9)
    have_scored(alice, 0.4)
    entries.withdraw(best)
    assert stands(phase) == [(1, "40.00")]
    assert Slot.objects.filter(returned_at=None).count() == 2
    entries.restore(best)
    assert stands(phase) == [(1, "90.00")]


def test_withdrawing_the_choice_ends_the_choice(alice, chosen_phase, have_scored):
    have_scored(alice, 0.9)
    worse = have_scored(alice, 0.4)
    entries.choose(worse)
    entries.withdraw(worse)
    entries.restore(worse)
    assert stands(chosen_phase) == [(1, "90.00")]


def test_a_closed_phase_is_settled(alice, chosen_phase, have_scored):
    submission = have_scored(alice, 0.5)
    chosen_phase.closes_at = timezone.now()
    chosen_phase.save()
    submission.refresh_from_db()
    for wish in (entries.choose, entries.withdraw, entries.restore):
        with pytest.raises(entries.PhaseHasClosed, match="closed on"):
            wish(submission)
    with pytest.raises(entries.PhaseHasClosed):
        entries.take_pseudonym(submission.team, chosen_phase, "owls", timezone.now() + TOMORROW)


# Pseudonyms


def test_a_pseudonym_hides_name_and_affiliation_in_every_channel_until_its_end(
    alice, alices, phase, have_scored, client
):
    have_scored(alice, 0.5, method="The alices’ best")
    entries.take_pseudonym(alices, phase, "owls", timezone.now() + TOMORROW)
    channels = [
        reverse("leaderboard:board", args=[phase.track.slug, phase.slug]),
        reverse("site:home"),
        reverse("api:leaderboard", args=[phase.pk]) + "?curves=1",
    ]
    pages = [client.get(url).content.decode() for url in channels]
    for page in pages:
        assert "owls" in page
        for trace in ("alices", "University of A", str(alices.pk), alices.pk.hex):
            assert trace not in page
    Entry.objects.update(pseudonym_until=timezone.now())
    for url in channels:
        page = client.get(url).content.decode()
        assert "owls" not in page
        assert "alices" in page


def test_a_pseudonym_may_be_nobody_elses_name(alice, alices, charlie, charlies, phase):
    until = timezone.now() + TOMORROW
    for name in ("charlies", "CHARLIES", " charlies "):
        with pytest.raises(NameTaken):
            entries.take_pseudonym(alices, phase, name, until)
    entries.take_pseudonym(alices, phase, "owls", until)
    with pytest.raises(NameTaken):
        entries.take_pseudonym(charlies, phase, "Owls", until)


def test_no_team_is_founded_or_renamed_to_a_pseudonym_before_its_end(alices, charlie, charlies, dora, phase):
    entries.take_pseudonym(alices, phase, "owls", timezone.now() + TOMORROW)
    with pytest.raises(NameTaken):
        services.create_team(user=dora, name="0wls", affiliation="")
    with pytest.raises(NameTaken):
        services.rename(captain=charlie, name="Owls", affiliation="")
    entries.take_pseudonym(alices, phase, "", None)
    services.rename(captain=charlie, name="Owls", affiliation="")
    charlies.refresh_from_db()
    assert charlies.name == "Owls"


@pytest.mark.both_setups
def test_two_teams_that_take_a_pseudonym_at_once_are_told_apart(alices, charlies, phase, monkeypatch):
    monkeypatch.setattr(services, "check_name_free", lambda *asked: None)  # both asked before either had it
    until = timezone.now() + TOMORROW
    entries.take_pseudonym(alices, phase, "owls", until)
    with pytest.raises(NameTaken):
        entries.take_pseudonym(charlies, phase, "Owls", until)
    assert Entry.objects.get().team == alices


def test_the_teams_page_and_the_form_forget_a_pseudonym_that_has_ended(client, alice, alices, phase, truth):
    client.force_login(alice)
    pages = [reverse("site:team"), reverse("submissions:pseudonym", args=[phase.track.slug, phase.slug])]
    entries.take_pseudonym(alices, phase, "owls", timezone.now() + TOMORROW)
    assert all("owls" in client.get(page).content.decode() for page in pages)
    Entry.objects.update(pseudonym_until=timezone.now())
    assert not any("owls" in client.get(page).content.decode() for page in pages)


def test_a_pseudonym_needs_an_end_in_the_future_and_an_empty_one_ends_it(alices, phase):
    for until in (None, timezone.now() - TOMORROW):
        with pytest.raises(entries.PseudonymNeedsAnEnd):
            entries.take_pseudonym(alices, phase, "owls", until)
    entries.take_pseudonym(alices, phase, "owls", timezone.now() + TOMORROW)
    entries.take_pseudonym(alices, phase, "", None)
    assert Entry.objects.get().pseudonym == ""


def test_the_page_takes_a_pseudonym_and_says_what_is_wrong(client, alice, alices, charlies, phase):
    client.force_login(alice)
    url = reverse("submissions:pseudonym", args=[phase.track.slug, phase.slug])
    refused = client.post(url, {"name": "charlies", "day": (timezone.now() + TOMORROW).date()})
    assert refused.status_code == 400
    assert "Another team is called" in refused.content.decode()
    assert client.post(url, {"name": "owls", "day": (timezone.now() + TOMORROW).date()}).status_code == 302
    assert Entry.objects.get().pseudonym == "owls"
    assert 'value="owls"' in client.get(url).content.decode()


# The pages' buttons


def test_the_teams_buttons_do_what_they_say_and_a_stranger_finds_nothing(
    client, alice, charlie, chosen_phase, have_scored
):
    have_scored(alice, 0.9)
    worse = have_scored(alice, 0.4)

    def press(who, name) -> int:
        client.force_login(who)
        return client.post(reverse(f"submissions:{name}", args=[worse.pk])).status_code

    assert [press(charlie, name) for name in ("choose", "unchoose", "withdraw", "restore")] == [404] * 4
    assert press(alice, "choose") == 302
    assert stands(chosen_phase) == [(1, "40.00")]
    assert press(alice, "unchoose") == 302
    assert press(alice, "withdraw") == 302
    worse.refresh_from_db()
    assert worse.withdrawn_at
    page = client.get(worse.get_absolute_url()).content.decode()
    assert "Undo the withdrawal" in page
    assert press(alice, "restore") == 302
    worse.refresh_from_db()
    assert worse.withdrawn_at is None
