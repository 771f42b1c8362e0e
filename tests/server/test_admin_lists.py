"""The admin beneath the desk: every list and page opens, grouped, and shows what people read."""

import re
from itertools import chain

import pytest
from django.contrib import admin
from django.urls import reverse

from server.submissions.models import Evaluation
from tests.server.test_permissions_admin import rows  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db

KINDS = sorted(f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry)
# A time without its zone, a number of many decimals, a dictionary.
UNREADABLE = re.compile(r"\d{1,2} \w{3} \d{4}, \d\d:\d\d(?! UTC)|\d\.\d{5,}|\d{4}-\d\d-\d\d[ T]\d\d:\d\d|\{&#x27;")


def body(page: str) -> str:
    """What is read of a page, without scripts and the values of inputs."""
    content = page[page.index('id="content-start"') :]
    return re.sub(r"<script.*?</script>|<[^>]*>", " ", content, flags=re.DOTALL)


@pytest.fixture
def browser(rows, as_role):  # noqa: F811  (the rows first: they change passwords, which ends sessions)
    return as_role("admin")


@pytest.mark.parametrize("way", ["", "?q=alices", "?o=1.-2"])
def test_every_list_opens_and_shows_times_with_their_zone_and_no_raw_numbers(browser, rows, way):  # noqa: F811
    odd = {}
    for kind in KINDS:
        answer = browser.get(reverse(f"admin:{kind}_changelist") + way, follow=True)
        if answer.status_code != 200 or UNREADABLE.search(body(answer.content.decode())):
            odd[kind] = answer.status_code, UNREADABLE.findall(body(answer.content.decode()))
    assert odd == {}


def test_every_filter_of_every_list_answers(browser, rows):  # noqa: F811
    odd, tried = {}, 0
    for kind in KINDS:
        url = reverse(f"admin:{kind}_changelist")
        for query in set(re.findall(r'<a href="(\?[^"]+)"', browser.get(url).content.decode())):
            tried += 1
            status = browser.get(url + query.replace("&amp;", "&")).status_code
            if status != 200:
                odd[kind, query] = status
    assert odd == {}
    assert tried > 3 * len(KINDS)


def test_every_page_of_a_row_shows_times_with_their_zone_and_scores_as_printed(browser, rows):  # noqa: F811
    odd = {}
    for kind in KINDS:
        page = body(browser.get(reverse(f"admin:{kind}_change", args=[rows[kind].pk])).content.decode())
        if found := UNREADABLE.findall(page):
            odd[kind] = found
    assert odd == {}


def test_scores_are_printed_with_unit_and_sizes_in_megabytes(browser, rows):  # noqa: F811
    scored = Evaluation.objects.filter(state="scored").order_by("queued_at")[0]
    Evaluation.objects.filter(pk=scored.pk).update(scores=scored.scores | {"mean_iou": 0.123456})
    lists = browser.get(reverse("admin:submissions_evaluation_changelist")).content.decode()
    assert "Mean IoU 12.35 %" in lists
    page = browser.get(reverse("admin:submissions_evaluation_change", args=[scored.pk])).content.decode()
    assert "Mean IoU 12.35 %, " in page
    submissions = browser.get(reverse("admin:submissions_submission_changelist")).content.decode()
    assert f"{scored.submission.size / 1e6:.2f} MB" in submissions


def test_states_and_limits_are_read_as_words_and_grouped_digits(browser, rows):  # noqa: F811
    type(rows["tracks_phase"]).objects.filter(pk=rows["tracks_phase"].pk).update(paused=True)
    assert "open, paused" in browser.get(reverse("admin:tracks_phase_changelist")).content.decode()
    assert "150,000,000" in browser.get(reverse("admin:tracks_track_changelist")).content.decode()


def test_a_scorer_that_is_unknown_leaves_the_list_readable(browser, rows):  # noqa: F811
    scored = Evaluation.objects.filter(state="scored")[0]
    type(scored.rule).objects.update(scorer="gone")
    assert (
        "knows no scorer “gone”"
        in browser.get(reverse("admin:submissions_evaluation_changelist")).content.decode()
    )


def test_the_index_groups_by_what_an_organiser_does(as_role):
    groups = as_role("admin").get(reverse("admin:index")).context["app_list"]
    named = {group["name"]: [model["object_name"] for model in group["models"]] for group in groups}
    assert named["People"] == ["User", "EmailAddress", "Authenticator"]
    assert "Accounts" not in named
    assert "More" not in named
    assert sorted(chain.from_iterable(named.values())) == sorted(model.__name__ for model in admin.site._registry)
    own = {group["name"] for group in as_role("organiser").get(reverse("admin:index")).context["app_list"]}
    assert own == set(named) - {"People"}


def test_what_no_group_names_stands_in_the_last_one(as_role, monkeypatch):
    monkeypatch.setattr("server.desk.admin_site.GROUPS", {"Teams": ("Team",)})
    groups = as_role("organiser").get(reverse("admin:index")).context["app_list"]
    assert [group["name"] for group in groups] == ["Teams", "More"]


@pytest.mark.parametrize("page", ["admin:index", "admin:tracks_phase_changelist", "admin:tracks_phase_add"])
def test_the_admin_leads_back_to_the_desk(as_role, page):
    content = as_role("organiser").get(reverse(page)).content.decode()
    assert f'href="{reverse("desk:desk")}"' in content[: content.index('id="content-start"')]


@pytest.mark.parametrize("app", ["accounts", "account", "mfa"])
def test_no_app_of_people_is_called_otherwise(as_role, app):
    page = as_role("admin").get(reverse("admin:app_list", args=[app])).content.decode()
    assert "People" in page
    assert "Accounts" not in page
