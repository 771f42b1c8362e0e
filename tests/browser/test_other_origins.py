"""A page of another origin, opened by somebody who is logged in: it may read what is public and nothing else."""

import threading
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.conf import settings
from django.urls import reverse

from server.accounts.services import make_token
from server.submissions import transitions
from tests.browser.conftest import log_in
from tests.fixtures import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
READ = """async ([url, options]) => {
    try { const answer = await fetch(url, options); return [answer.status, await answer.text()]; }
    catch (error) { return [0, String(error)]; }
}"""
UNREADABLE = [0, "TypeError: Failed to fetch"]


class BlankPage(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments):
        pass


@contextmanager
def other_origin():
    """Its cookies are the same ones: cookies do not tell ports apart."""
    with HTTPServer(("127.0.0.1", 0), BlankPage) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{site.server_port}/"
        site.shutdown()


def example(url: str, phase) -> str:
    """What docs/teams.md tells scripts of other sites to do."""
    text = (settings.BASE_DIR / "docs" / "teams.md").read_text()
    script = text.partition("```js\n")[2].partition("```")[0]
    return script.replace("https://lid.example", url).replace("/12/", f"/{phase.pk}/")


def test_another_origin_reads_what_is_public_and_nothing_of_an_account(chromium, web, alice, submitted, phase):
    submission, here = submitted(alice), [phase.track.slug, phase.slug]
    numbers = {"mean_iou": 0.5, "mean_accuracy": 0.5, "pixel_accuracy": 0.5}
    assert transitions.record_scored(transitions.claim("a worker"), numbers, [])
    _, secret = make_token(user=alice, label="laptop", scope="submit", days=None)
    with closing(chromium.new_context(base_url=web.url)) as context, other_origin() as elsewhere:
        page = context.new_page()
        log_in(page, alice.email, PASSWORD)
        page.goto(elsewhere)

        def read(address, **options):
            return page.evaluate(READ, [web.url + address, options])

        board = reverse("api:leaderboard", args=[phase.pk])
        with_cookies, with_token = {"credentials": "include"}, {"headers": {"Authorization": f"Bearer {secret}"}}
        status, text = read(board)
        assert (status, '"rows"' in text) == (200, True)
        assert read(board, headers={"If-None-Match": "x"})[0] == 200
        assert page.evaluate(f"async () => {{ {example(web.url, phase)} return best.team.name; }}") == "alices"
        assert read(reverse("api:phase", args=[0]))[0] == 404
        assert read(reverse("leaderboard:board_export", args=[*here, "csv"]))[0] == 200
        assert read(board, **with_cookies) == UNREADABLE
        assert read(board, **with_token) == UNREADABLE
        own = ("api:me", "api:team", "api:submissions", "accounts:profile", "site:home", "site:team")
        for address in [*map(reverse, own), reverse("api:submission", args=[submission.pk])]:
            for options in ({}, with_cookies, with_token):
                assert read(address, **options) == UNREADABLE, address
        sending = {"method": "POST", "headers": {"Upload-Length": "9"}}
        assert read(reverse("api:uploads"), **with_cookies, **sending) == UNREADABLE
