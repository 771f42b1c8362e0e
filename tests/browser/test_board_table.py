"""The board's table in a reader's hands: order, search, columns and ticks, in the address and without script."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from server.submissions.models import Evaluation, Submission
from server.teams.models import Team
from tests.browser.conftest import PHONE
from tests.processes import eventually

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# name, affiliation, headline, mean accuracy, parameters; in the order of the rank
TEAMS = [
    ("cvl", "ETH Zürich", 0.6, 0.2, 25_600_000),
    ("a" * 60, "Ｗｉｄｅ University of Imperfect Data and Learning from Very Little Supervision", 0.5, 0.7, None),
    ("فريق-النور", "", 0.4, None, 149_900_000),
    ("beta", "École Normale", 0.3, 0.7, 1_200_000),
    ("go-g0", "MIT", 0.2, 0.3, 99),
    ("last", "", 0.1, 0.4, 1_000_000),
]


@pytest.fixture
def board(phase, truth, web) -> str:
    now = timezone.now()
    for number, (name, affiliation, headline, accuracy, parameters) in enumerate(TEAMS):
        team = Team.objects.create(name=name, name_key=name, affiliation=affiliation)
        told = {"archive_name": f"{number}.zip", "size": 1, "sha256": "0" * 64, "day": now.date()}
        told |= {"number_of_day": number, "began_at": now, "received_at": now, "parameters": parameters}
        numbers = {"mean_iou": headline, "mean_accuracy": accuracy, "pixel_accuracy": 0.5}
        submission = Submission.objects.create(team=team, phase=phase, **told)
        scored = {"state": "scored", "scores": numbers, "finished_at": now}
        Evaluation.objects.create(submission=submission, rule=truth.rule, **scored)
    return phase.get_absolute_url()


def expect_rows(page: Page, places: str) -> None:
    """The rows that are seen, each by its place in the order of the rank."""
    ids = [f"row-{place}" for place in places]
    seen = page.locator("tbody tr:visible")
    expect(seen).to_have_count(len(ids))
    eventually(lambda: seen.evaluate_all("all => all.map((row) => row.id)") == ids)


def head(page: Page, name: str):
    return page.locator("thead").get_by_role("link", name=name)


def test_a_click_or_a_key_orders_by_a_column_and_the_back_button_undoes_it(page, board):
    page.goto(board)
    head(page, "Mean Accuracy").click()
    expect_rows(page, "246513")  # 70 70 40 30 20 –
    expect(page.locator("th[aria-sort=descending]")).to_have_text("Mean Accuracy %")
    expect(page.locator("[data-part=status]")).to_have_text("by Mean Accuracy, highest first")
    page.keyboard.press("Enter")  # the focus has stayed
    expect_rows(page, "156243")
    assert page.url.endswith("?sort=mean_accuracy&dir=asc")
    assert page.locator("tbody .rank").all_inner_texts() == [*"156243"]
    page.go_back()
    expect_rows(page, "246513")
    page.go_back()
    expect_rows(page, "123456")
    expect(page.locator("th[aria-sort]")).to_have_text("Rank")
    page.go_forward()
    expect_rows(page, "246513")
    page.get_by_role("link", name="Sort by rank").click()
    expect_rows(page, "123456")
    expect(head(page, "Rank")).to_be_focused()
    page.reload()
    expect_rows(page, "123456")


def test_the_script_orders_and_finds_as_the_server_does(page, open_browser, board):
    bare = open_browser(java_script_enabled=False)
    page.goto(board)
    columns = page.locator("th[data-column]").evaluate_all("all => all.map((head) => head.dataset.column)")
    orders = [f"sort={column}&dir={direction}" for column in columns for direction in ("asc", "desc")]
    searches = [f"find={text}" for text in ("ZURICH", "wide+uni", "ecole", "%D9%86%D9%88%D8%B1", "e", "nobody")]
    for query in (*orders, *searches, "sort=team&find=a&show=rank", "sort=nonsense"):
        bare.goto(f"{board}?{query}")
        page.evaluate(
            "url => { history.pushState(null, '', url); dispatchEvent(new PopStateEvent('popstate')); }", bare.url
        )
        expected = look_of(bare)
        eventually(lambda expected=expected: look_of(page) == expected)


def look_of(page: Page) -> dict[str, object]:
    return page.evaluate(
        """() => ({
            rows: [...document.querySelectorAll("tbody tr:not([hidden])")].map((row) => row.id),
            told: document.querySelector("[data-part=status]").textContent,
            heads: [...document.querySelectorAll("thead a")].map((link) => link.href),
            sorted: [...document.querySelectorAll("th")].map((head) => head.ariaSort),
            without: document.querySelector(".board").dataset.hiddenColumns.trim(),
            nobody: document.querySelector("[data-part=no-match]").hidden,
            ways: [...document.querySelectorAll("[data-part=by-rank], [data-part=no-match] a")].map((a) => a.href),
        })"""
    )


def test_a_search_is_answered_at_once_says_how_many_and_leads_back(page, board):
    page.goto(board)
    page.keyboard.press("/")
    page.keyboard.type("zurich")
    expect_rows(page, "1")
    expect(page.locator("[data-part=status]")).to_have_text("1 of 6 teams")
    page.wait_for_url("**/?find=zurich")
    page.keyboard.type("x")
    expect_rows(page, "")
    page.get_by_role("link", name="Show all 6").click()
    expect_rows(page, "123456")
    expect(page.get_by_label("Find a team")).to_be_focused()
    page.go_back()
    expect(page.get_by_label("Find a team")).to_have_value("zurichx")


def test_columns_come_and_go_and_the_address_can_be_shared(page, open_browser, board):
    page.goto(board)
    page.get_by_text("Columns", exact=True).click()
    page.get_by_label("Mean Accuracy").uncheck()
    page.get_by_label("Rank").uncheck()
    expect(head(page, "Mean Accuracy")).to_be_hidden()
    expect(page.locator("tbody .rank").first).to_be_hidden()
    head(page, "Parameters").click()
    other = open_browser(java_script_enabled=False, viewport=PHONE)
    other.goto(page.url)
    for reader in (page, other):
        expect_rows(reader, "564132")
        expect(head(reader, "Mean Accuracy")).to_be_hidden()
        expect(head(reader, "Pixel Accuracy")).to_be_visible()


def test_two_to_five_rows_are_ticked_and_a_sixth_is_refused_in_words(page, board):
    page.goto(board)
    ticks, said = page.locator("tbody .tick input"), page.locator(".compare [role=status]")
    compare = page.locator(".compare button")
    expect(compare).to_be_disabled()
    expect(said).to_have_text("Tick 2 to 5 teams to compare them.")
    ticks.nth(0).check()
    expect(compare).to_be_disabled()
    for number in (1, 2, 3, 4):
        ticks.nth(number).check()
        expect(compare).to_have_text(f"Compare {number + 1} teams")
    ticks.nth(5).click()
    expect(ticks.nth(5)).not_to_be_checked()
    expect(said).to_contain_text("no more can be compared")
    for number in (1, 2, 3):
        ticks.nth(number).uncheck()
    head(page, "Team").click()  # what is ticked stays ticked
    with page.expect_request("**/compare/?*") as asked:
        compare.click()
    address, _, rows = asked.value.url.partition("?")
    assert address.endswith(board.replace("/leaderboard/", "/compare/"))
    wanted = Evaluation.objects.filter(submission__team__name__in=["cvl", "go-g0"])
    assert sorted(rows.split("&")) == sorted(f"rows={key}" for key in wanted.values_list("pk", flat=True))


def test_without_script_links_and_forms_do_the_same(open_browser, board):
    page = open_browser(java_script_enabled=False)
    page.goto(board)
    head(page, "Mean Accuracy").click()
    expect_rows(page, "246513")
    page.get_by_label("Find a team").fill("e")
    page.get_by_text("Columns", exact=True).click()
    page.get_by_label("Pixel Accuracy").uncheck()
    page.get_by_role("button", name="Find").click()
    expect_rows(page, "241")  # Wide University, École Normale, ETH Zürich
    expect(head(page, "Pixel Accuracy")).to_be_hidden()
    expect(page.locator("[data-part=status]")).to_have_text("3 of 6 teams, by Mean Accuracy, highest first")
    page.get_by_role("link", name="Sort by rank").click()
    expect_rows(page, "124")


def test_on_a_phone_the_team_stays_in_sight_while_the_numbers_are_scrolled(open_browser, board):
    page = open_browser(viewport=PHONE, has_touch=True, is_mobile=True)
    page.goto(board)
    name = page.locator("tbody .name").first
    page.locator(".table-wrap").first.evaluate("wrap => { wrap.scrollLeft = 1000; }")
    eventually(lambda: 0 <= name.bounding_box()["x"] < 40)
    page.locator("tbody .tick input").first.check(force=True)
    bar = page.locator(".compare").bounding_box()
    assert bar["y"] + bar["height"] <= PHONE["height"] + 1
