"""Names of people, teams and affiliations: no links, and joiners only where a script needs them."""

import re

import pytest
from django.urls import reverse
from idna.core import valid_contextj

from server.accounts.models import User
from server.joiners import JOINER, JOINERS, NON_JOINER, is_allowed_joiner
from server.names import UnusableName, tidy, without_links
from server.outbox.models import OutboxEmail
from server.outbox.services import mailed_name, plain
from server.teams import services
from server.teams.exceptions import NameRefused
from server.teams.models import Team
from server.teams.names import name_key

LINKS = [
    *("evil.com", "Win at http://evil", "HTTPS://EVIL/x", "www.evil.com/x?y=1", "mailto:me@evil.org", "t.me/spam"),
    *(
        "visit evil.co.uk now",
        "1.2.3.4/x",
        "ｅｖｉｌ．com",
        "evil。com",
        "evil․com",
        "भारत.भारत",
        "x.xn--p1ai",
        "a@b.de",
    ),
]
NO_LINKS = [
    *("St. Gallen", "J. R. Smith", "Ph.D.", "U.S. Army", "A.I. Lab", "v2.0", "Team 1.5", "ETH/D-INFK", "Wait..."),
    *("VL-task1", "R&D: vision", "me@home", "서울대학교", "École polytechnique", "1.000.000", "A.B.C."),
]
# A Persian, two Sinhala, two Malayalam, three Bengali, a Kannada, two Devanagari and a Kurdish word.
WITH_JOINERS = [
    *("می\u200cخواهم", "ශ්\u200dරී ලංකා", "ක්\u200dෂණ", "അവന്\u200d", "ന്\u200cമ", "ক্\u200dষ", "র\u200d্যাব"),
    *("ক্\u200cষ", "ರ\u200d್ಕ", "क्\u200dष", "क्\u200cष", "بێ\u200cدەنگ"),
]
STRAY = [
    *(
        "a\u200db",
        "a\u200cb",
        "Team\u200c",
        "\u200dTeam",
        "می\u200c",
        "\u200cمی",
        "کار\u200cخانه",
        "👩\u200d👩",
        "क\u200dष",
    ),
    *("क्\u200c", "क्\u200dि", "क\u200cष", "می\u200c\u200cخ", "1\u200d2", "\u200d", "ක්\u200d\u200dෂ", "a\u200d्b"),
]


@pytest.mark.parametrize("name", LINKS)
def test_a_name_with_a_link_is_refused_and_says_which(name):
    with pytest.raises(UnusableName, match=r"^Remove “\S+”: e-mails show this name.*space after the dot"):
        tidy(name, 60)


@pytest.mark.parametrize("name", LINKS)
def test_a_stored_name_with_a_link_is_mailed_without(name):
    shown = mailed_name(name)
    assert not re.search(r"\w[.:]\w|://|[。․．]\S", shown)
    tidy(shown, 100)


@pytest.mark.parametrize("name", NO_LINKS)
def test_a_name_with_dots_may_be_no_link(name):
    assert (tidy(name, 60), without_links(name), mailed_name(name)) == (name, name, name)


@pytest.mark.parametrize("name", WITH_JOINERS)
def test_joiners_that_a_script_needs_stay_and_count_for_no_other_name(name):
    bare = "".join(letter for letter in name if letter not in JOINERS)
    assert tidy(name, 60) == name != bare
    assert name_key(name) == name_key(bare)
    assert plain(name) == name


@pytest.mark.parametrize("name", STRAY)
def test_joiners_elsewhere_are_refused(name):
    with pytest.raises(UnusableName, match="invisible characters"):
        tidy(name, 60)


def test_the_rule_for_arabic_letters_is_that_of_domain_names():
    letters = [*"اآبپتثجچحخدذرزژسشصضطظعغفقکكگلمنوهةیيئؤأإءى", "a", "ک"]
    for left in letters:
        for right in letters:
            word = left + NON_JOINER + right
            assert is_allowed_joiner(word, 1) == valid_contextj(word, 1), ascii(word)


@pytest.mark.parametrize("script", ["क्", "ক্", "ක්", "ക്", "ಕ್"])
def test_a_joiner_stands_behind_a_virama_of_its_script_only(script):
    consonant, virama = script
    word = consonant + virama + JOINER + consonant
    assert is_allowed_joiner(word, 2)
    assert valid_contextj(word, 2)
    assert not is_allowed_joiner("a" + word[1:], 2)
    assert not is_allowed_joiner(consonant + JOINER + consonant, 1)


def test_many_joiners_take_no_time():
    assert len(plain("क्" + JOINER * 20_000)) == 20_002


@pytest.mark.django_db
def test_forms_refuse_links_in_the_names_of_people_teams_and_affiliations(client, dora, logged_in):
    form = {"name": "See evil.com", "email": "eve@example.org"}
    form |= dict.fromkeys(("password1", "password2"), "eight imperfect days")
    assert "Remove “evil.com”" in client.post(reverse("account_signup"), form).content.decode()
    assert not User.objects.filter(email="eve@example.org").exists()
    browser = logged_in(dora)
    assert "Remove “evil.com”" in browser.post(reverse("accounts:profile"), {"name": "evil.com"}).content.decode()
    for field in ("name", "affiliation"):
        names = {"name": "doras", "affiliation": "", field: "http://evil"}
        answer = browser.post(reverse("teams:create"), names)
        assert (answer.status_code, "Remove “http://evil”" in answer.content.decode()) == (400, True)
    assert not Team.objects.exists()


@pytest.mark.django_db
def test_the_service_refuses_links_too(alice, dora):
    with pytest.raises(NameRefused):
        services.create_team(user=dora, name="evil.com", affiliation="")
    with pytest.raises(NameRefused):
        services.rename(captain=alice, name="alices", affiliation="evil.com")


@pytest.mark.django_db
def test_older_names_with_links_are_mailed_without(alice, alices):
    User.objects.filter(pk=alice.pk).update(name="Win at http://evil.example")
    Team.objects.filter(pk=alices.pk).update(name="evil.example", affiliation="www.evil.example/a")
    services.invite_person(captain=User.objects.get(pk=alice.pk), email="stranger@example.org")
    mail = OutboxEmail.objects.get()
    assert "evil.example" not in mail.subject + mail.text
    assert "http://evil" not in mail.text
    assert "evil. example" in mail.subject


@pytest.mark.django_db
def test_an_account_with_an_older_name_can_be_closed(client, admin, dora):
    User.objects.filter(pk=dora.pk).update(name="evil.com")
    client.force_login(admin)
    url = reverse("admin:accounts_user_change", args=[dora.pk])
    assert client.post(url, {"name": "evil.com"}).status_code == 302
    assert not User.objects.get(pk=dora.pk).is_active
    assert client.post(url, {"name": "worse.com"}).status_code == 200
