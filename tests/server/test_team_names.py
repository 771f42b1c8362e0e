"""What a team may be called, and which names readers would mix up."""

import pytest

from server.teams import services
from server.teams.exceptions import NameRefused, NameReserved
from server.teams.models import Team
from server.teams.names import LONGEST_KEY, RESERVED, name_key, tidy, tidy_team_name

MIXED_UP = [
    ("paypal", "pаypаl"),  # Cyrillic а
    ("TEAM", "ТЕАМ"),  # Cyrillic all through
    ("scope", "ѕсоре"),
    ("Größe", "GRÖSSE"),
    ("Straße", "STRASSE"),
    ("ﬁne team", "Fine  TEAM"),
    ("Ångström", "ÅNGSTRÖM"),
    ("Ångström", "A\u030angstro\u0308m"),
    ("ӧko", "öko"),  # Cyrillic letters beneath the same dots
    ("Команда", "КОМАНДА"),
    ("ΟΜΑΔΑ", "ομαδα"),
    ("modern", "modem"),
    ("lid-lab", "Iid-lab"),  # a capital I
    ("team 10", "team l0"),
    ("go-g0", "go-go"),
    ("VL‐task1", "VL-task1"),  # another hyphen
    ("❤ team", "❤\ufe0f team"),
    ("ﾁｰﾑ", "チーム"),
]
APART = [
    *(("team a", "team b"), ("team r", "team z"), ("team 5", "team S"), ("team 6", "team 0"), ("alice", "alices")),
    *(("ETH", "ETA"), ("Größe", "Grosse"), ("北京队", "南京队"), ("서울", "수원"), ("فريق", "رفيق"), ("🚀", "🛰")),
]


@pytest.mark.parametrize(("one", "other"), MIXED_UP)
def test_names_that_look_alike_have_one_key(one, other):
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(("one", "other"), APART)
def test_names_that_can_be_told_apart_have_two_keys(one, other):
    assert name_key(one) != name_key(other)


@pytest.mark.both_setups
@pytest.mark.django_db
@pytest.mark.parametrize(("one", "other"), [("paypal", "pаypаl"), ("Größe", "GRÖSSE")])
def test_a_look_alike_of_a_teams_name_is_taken(dora, charlie, one, other):
    services.create_team(user=dora, name=one, affiliation="")
    with pytest.raises(services.NameTaken):
        services.rename(captain=charlie, name=other, affiliation="")
    assert services.team_of(charlie).name == "charlies"


@pytest.mark.both_setups
@pytest.mark.django_db
@pytest.mark.parametrize(
    "name",
    ["北京大学队", "チーム東京", "서울대학교", "فريق النور", "🚀 rocket ❤️", "Ünïcödé & Söhne", "Ꭰꭱꮝ", "m" * 60],
)
def test_names_of_every_script_work(dora, name):
    assert services.create_team(user=dora, name=name, affiliation=name).name == name


@pytest.mark.both_setups
@pytest.mark.django_db
def test_the_longest_key_fits_its_column(dora, charlie):
    long = "\ufdfa" * 60  # one letter that stands for eighteen
    assert len(services.create_team(user=dora, name=long, affiliation="").name_key) <= LONGEST_KEY
    with pytest.raises(services.NameTaken):
        services.rename(captain=charlie, name=long, affiliation="")


def test_a_name_is_kept_composed_and_with_single_spaces():
    assert tidy("  Cafe\u0301\u3000 de \t Paris\n", 60) == "Café de Paris"


UNSEEN = ["\u200b", "\u200d", "\u202e", "\u2066", "\u00ad", "\ufeff", "\x00", "\x1b", "\u3164", "\u2800", "\ue000"]


@pytest.mark.parametrize("letter", [*UNSEEN, "\U000e0101", "\U000e0041", "\ud800", "\u061c"])
def test_what_nobody_sees_is_refused(letter):
    with pytest.raises(NameRefused, match="invisible"):
        tidy(f"ali{letter}ces", 60)


@pytest.mark.parametrize("name", ["", "  ", "\ufe0f"])
def test_a_username_has_to_be_readable(name):
    with pytest.raises(NameRefused, match="visible character"):
        tidy_team_name(name, 60)


def test_a_name_that_grows_when_composed_is_measured_afterwards():
    assert tidy("\u0958" * 30, 60)
    with pytest.raises(NameRefused, match="at most 60 characters; this has 120"):
        tidy("\u0958" * 60, 60)


@pytest.mark.parametrize("name", [*RESERVED, "ADMIN", "Orgаniser", "L1D", "  Baseline ", "Ｄｅｌｅｔｅｄ"])
def test_official_names_are_reserved(name):
    with pytest.raises(NameReserved, match="official"):
        tidy_team_name(name, 60)


def test_an_official_word_within_a_name_is_not():
    assert tidy_team_name("lid lovers", 60) == "lid lovers"


@pytest.mark.django_db
def test_a_team_whose_name_does_not_change_keeps_its_key(alice, alices):
    Team.objects.update(name_key="of its own")
    services.rename(captain=alice, name="alices", affiliation="University of Another")
    assert Team.objects.get().name_key == "of its own"
    assert Team.objects.get().affiliation == "University of Another"


@pytest.mark.django_db
def test_a_team_may_change_the_case_of_its_own_name(alice):
    services.rename(captain=alice, name="ALICES", affiliation="")
    assert services.team_of(alice).name == "ALICES"
