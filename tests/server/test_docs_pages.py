"""The documentation on the site: every code and refusal is explained, and every link leads somewhere."""

import re
from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest
from django.urls import reverse

from evaluator.contract import CODES
from server.api.codes import all_codes
from server.markdown import ours_as_html
from server.site.documents import FOLDER, NAMES
from server.submissions.exceptions import SubmissionRefused

pytestmark = pytest.mark.django_db
INDEX, REFUSALS = reverse("site:problems"), reverse("site:refusals")
OF_CODES = [INDEX, *(reverse("site:problem", args=[code]) for code in CODES)]
DOCUMENTS = [reverse("site:document", args=[name]) for name in NAMES]
PAGES = [reverse("site:docs"), *OF_CODES, *DOCUMENTS]


class Page(HTMLParser):
    """What a page links to, the ids it has, its sections, and the levels of its headings."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.sections: list[str] = []
        self.ids: list[str] = []
        self.levels: list[int] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        facts = dict(attributes)
        self.links += [facts["href"]] if tag == "a" and "href" in facts else []
        self.ids += [facts["id"]] if "id" in facts else []
        self.sections += [facts["id"]] if tag == "h2" and "id" in facts else []
        self.levels += [int(tag[1])] if re.fullmatch(r"h\d", tag) else []


@pytest.fixture
def page(client):
    return lambda address: Page(client.get(address).content.decode())


def test_the_index_leads_to_the_page_of_every_code(client, page):
    assert {*OF_CODES, REFUSALS} <= {INDEX, *page(INDEX).links}
    text = client.get(INDEX).content.decode()
    assert all(f"<code>{code}</code>" in text for code in CODES)


def test_the_front_page_leads_to_the_index(page):
    assert INDEX in page("/").links


@pytest.mark.parametrize("address", PAGES)
def test_every_page_is_sound(page, client, address):
    seen = page(address)
    assert seen.levels[0] == 1
    assert seen.levels.count(1) == 1
    assert all(level <= before + 1 for before, level in zip(seen.levels, seen.levels[1:], strict=False))
    assert len(set(seen.ids)) == len(seen.ids)
    for link in {link for link in seen.links if not link.startswith("#")}:
        there = client.get(urljoin(address, link), follow=True)
        assert there.status_code == 200, link


def test_the_index_of_the_documentation_leads_to_every_document(page):
    assert {*DOCUMENTS, INDEX, reverse("api-docs")} <= set(page(reverse("site:docs")).links)
    assert {f"{path.stem}" for path in FOLDER.glob("*.md")} == {*NAMES, "before_you_send"}


def test_the_contents_of_a_document_lead_to_its_sections(page):
    guide = page(reverse("site:document", args=["teams"]))
    inner = {link.removeprefix("#") for link in guide.links if link.startswith("#")}
    assert set(guide.sections) <= inner <= set(guide.ids) | {"main"}


def test_a_search_finds_the_sections_that_have_all_words(client, page):
    found = client.get(reverse("site:docs"), {"q": "Rotated EXIF"}).content.decode()
    links = [link for link in Page(found).links if link.startswith("/docs/") and "#" in link]
    assert "/docs/problems/size_mismatch/" in {link.partition("#")[0] for link in links}
    for link in links:
        address, _, section = link.partition("#")
        assert section in page(address).ids, link
        assert all(word in client.get(address).content.decode().casefold() for word in ("rotated", "exif"))


@pytest.mark.parametrize("words", ["qwertzuiop", "<script>alert(1)</script>", "\0", "%00", "\u202e", "a" * 500])
def test_a_search_that_finds_nothing_says_so(client, words):
    answer = client.get(reverse("site:docs"), {"q": words})
    assert answer.status_code == 200
    assert ("Nothing has" in answer.content.decode()) == bool(words.replace("\0", ""))
    assert "<script>alert" not in answer.content.decode()


def test_a_code_that_does_not_exist_has_no_page(client):
    assert client.get(reverse("site:problem", args=["bad_luck"])).status_code == 404
    assert client.get(reverse("site:problem", args=["before_you_send"])).status_code == 404


def test_every_refusal_has_its_section_and_every_section_its_refusal(page):
    sections = set(page(REFUSALS).sections)
    assert sections == set(all_codes())


def test_every_way_that_a_submission_is_refused_has_a_code():
    assert all(kind.code for kind in SubmissionRefused.__subclasses__())
    assert CODES.keys().isdisjoint(set(all_codes()))


def test_a_refusal_of_the_api_leads_to_its_section(client, page, settings):
    answer = client.post(reverse("api:submissions")).json()
    assert answer["code"] == "not_authenticated"
    address, _, section = answer["type"].partition("#")
    assert address == f"{settings.SITE_URL}{REFUSALS}"
    assert section in page(REFUSALS).ids


def test_code_in_our_documents_is_text_and_can_be_copied():
    html = ours_as_html("# A\n\n```python\nprint('<b>')\n```\n\n    x < y\n\n[b](b.md) <script>")
    assert html.count("data-copy") == 2
    assert "&lt;b&gt;" in html
    assert 'href="../b/"' in html
    assert "<script" not in html
