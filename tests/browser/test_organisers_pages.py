"""Every page of organisers and of the admin on a phone: none is scrolled sideways; found by following links."""

import pytest
from django.urls import Resolver404, resolve

from server.accounts.models import User
from server.announcements.services import draft_announcement
from tests.browser.conftest import PHONE, log_in
from tests.browser.desk_things import fill_the_desk
from tests.browser.screenshots import take
from tests.fixtures import PASSWORD
from tests.rescoring import a_rescore

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FILES = {"download_pack", "picture", "table", "archive", "file", "export", "cases_csv", "jsi18n"}
DJANGO_S_OWN = ("_history", "_delete", "_add")  # pages of the admin that are like those of other tables
LINKS = "[...document.querySelectorAll('a[href]')].map((one) => one.getAttribute('href'))"
TOO_WIDE = """() => {
  const most = document.documentElement.clientWidth, found = [];
  if (document.documentElement.scrollWidth <= most) return "";
  for (const one of document.querySelectorAll("body *"))
    if (one.getBoundingClientRect().right > most + 1)
      found.push(`${one.tagName}.${one.id || one.className} ${Math.round(one.getBoundingClientRect().right)}`);
  return found.slice(0, 6).join(", ");
}"""


def names_of(address: str) -> str:
    """The name of an address of organisers that shows a page; empty for all others."""
    path = address.partition("?")[0].partition("#")[0]
    if not path.startswith(("/organisers/", "/admin/")):
        return ""
    try:
        found = resolve(path)
    except Resolver404:
        return ""
    return "" if found.url_name in FILES or found.url_name.endswith(DJANGO_S_OWN) else found.view_name


def test_no_page_of_organisers_is_wider_than_a_phone(
    open_browser, submitted, alice, bob, charlie, phase, good_zip, admin, organiser
):
    fill_the_desk(submitted, alice, charlie, phase, good_zip)
    a_rescore(phase)
    draft_announcement(subject="News of the challenge", text="**Text**", by=organiser)
    User.objects.filter(pk=admin.pk).update(name="Ada of a rather long name")
    page, wide = open_browser(viewport=PHONE), {}
    log_in(page, admin.email, PASSWORD)
    waiting, seen = ["/organisers/", "/admin/"], {"desk:desk", "admin:index"}
    for address in waiting:
        answer = page.goto(address)
        if answer.status >= 400 and answer.status != 409:
            wide[address] = answer.status
        if too_wide := page.evaluate(TOO_WIDE):
            wide[address] = too_wide
        for link in page.evaluate(LINKS):
            if (name := names_of(link)) and name not in seen:
                seen.add(name)
                waiting.append(link)
        take(page, names_of(address).replace(":", "-"))
        page.set_viewport_size(PHONE)
    assert wide == {}
    assert len(seen) > 50
