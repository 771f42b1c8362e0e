"""What a team may be called, and which names readers would mix up."""

from importlib import import_module

import pytest
from django.apps import apps

from server.teams import services
from server.teams.exceptions import NameRefused, NameReserved
from server.teams.models import Team
from server.teams.names import LONGEST_KEY, RESERVED, name_key, tidy, tidy_username

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
    services.create_team(user=dora, username=one, name="")
    with pytest.raises(services.NameTaken):
        services.rename(captain=charlie, username=other, name="")
    assert services.team_of(charlie).username == "charlies"


@pytest.mark.both_setups
@pytest.mark.django_db
@pytest.mark.parametrize(
    "name",
    ["北京大学队", "チーム東京", "서울대학교", "فريق النور", "🚀 rocket ❤️", "Ünïcödé & Söhne", "Ꭰꭱꮝ", "m" * 60],
)
def test_names_of_every_script_work(dora, name):
    assert services.create_team(user=dora, username=name, name=name).username == name


@pytest.mark.both_setups
@pytest.mark.django_db
def test_the_longest_key_fits_its_column(dora, charlie):
    long = "\ufdfa" * 60  # one letter that stands for eighteen
    assert len(services.create_team(user=dora, username=long, name="").username_key) <= LONGEST_KEY
    with pytest.raises(services.NameTaken):
        services.rename(captain=charlie, username=long, name="")


def test_a_name_is_kept_composed_and_with_single_spaces():
    assert tidy("  Cafe\u0301\u3000 de \t Paris\n", 60) == "Café de Paris"


UNSEEN = ["\u200b", "\u200d", "\u202e", "\u2066", "\u00ad", "\ufeff", "\x00", "\x1b", "\u3164", "\u2800", "\ue000"]


@pytest.mark.parametrize("letter", [*UNSEEN, "\U000e0101", "\U000e0041", "\ud800", "\u061c"])
def test_what_nobody_sees_is_refused(letter):
    with pytest.raises(NameRefused, match="cannot be seen"):
        tidy(f"ali{letter}ces", 60)


@pytest.mark.parametrize("name", ["", "  ", "\ufe0f"])
def test_a_username_has_to_be_readable(name):
    with pytest.raises(NameRefused, match="visible character"):
        tidy_username(name, 60)


def test_a_name_that_grows_when_composed_is_measured_afterwards():
    assert tidy("\u0958" * 30, 60)
    with pytest.raises(NameRefused, match="at most 60 letters; this has 120"):
        tidy("\u0958" * 60, 60)


@pytest.mark.parametrize("name", [*RESERVED, "ADMIN", "Orgаniser", "L1D", "  Baseline ", "Ｄｅｌｅｔｅｄ"])
def test_official_names_are_reserved(name):
    with pytest.raises(NameReserved, match="official"):
        tidy_username(name, 60)


def test_an_official_word_within_a_name_is_not():
    assert tidy_username("lid lovers", 60) == "lid lovers"


@pytest.mark.both_setups
@pytest.mark.django_db
def test_old_names_get_new_keys_and_the_younger_of_two_look_alikes_a_key_of_its_own():
    names = ["paypal", "pаypаl", "PAYPAL", "ab", "m" * 60, "M" * 60]
    old_keys = ["paypal", "pаypаl", "elsewhere", "somewhere", "x" * 120, name_key("ab")]
    teams = [
        Team.objects.create(username=name, username_key=key) for name, key in zip(names, old_keys, strict=True)
    ]
    import_module("server.teams.migrations.0005_names_that_look_alike").compute_keys(apps, None)
    keys = [Team.objects.get(pk=team.pk).username_key for team in teams]
    shared, long = name_key("paypal"), name_key("m" * 60)
    own = [f" {team.pk}" for team in teams]
    assert keys[:4] == [shared, shared + own[1], shared + own[2], name_key("ab")]
    assert keys[4:] == [long, long[: 120 - len(own[5])] + own[5]]


@pytest.mark.django_db
def test_a_team_whose_name_does_not_change_keeps_its_key(alice, alices):
    Team.objects.update(username_key="of its own")
    services.rename(captain=alice, username="alices", name="University of Another")
    assert Team.objects.get().username_key == "of its own"
    assert Team.objects.get().name == "University of Another"


@pytest.mark.django_db
def test_a_team_may_change_the_case_of_its_own_name(alice):
    services.rename(captain=alice, username="ALICES", name="")
    assert services.team_of(alice).username == "ALICES"
