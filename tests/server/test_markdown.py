"""Descriptions come from strangers: what they write is shown, what would harm is not."""

import re

import pytest

from server.markdown import as_html


def test_the_usual_markdown_is_shown():
    html = as_html("# Ours\n\nTwo **strong** and *soft* [models](https://example.org), `code`\n\n- one\n- two")
    for part in ("<h3>Ours</h3>", "<strong>strong</strong>", "<em>soft</em>", "<code>code</code>", "<li>one</li>"):
        assert part in html
    assert '<a href="https://example.org" rel="nofollow noopener ugc">models</a>' in html


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![track me](https://evil.example/pixel.png)",
        "[click](javascript:alert(1))",
        "[click](data:text/html;base64,PHNjcmlwdD4=)",
        "[click](  JaVaScRiPt:alert(1))",
        "<a href='x' style='position:fixed'>x</a>",
        "<iframe src=//evil.example></iframe>",
        "<form action=//evil.example><input name=password></form>",
        "[x](https://a.example 'onmouseover=alert(1)')",
        "`</code><script>alert(1)</script>`",
        "<style>*{display:none}</style>",
        "<h1 id=main>fake</h1>",
    ],
)
def test_what_would_harm_is_text_or_gone(hostile):
    html = as_html(hostile)
    assert not re.search(r"<(?:script|img|iframe|form|input|style|h1)\b", html)
    assert not re.search(r"<[a-z][^>]*\s(?:style|on\w+|id)=", html)
    assert 'href="javascript' not in html.lower()
    assert 'href="data' not in html.lower()


def test_ten_thousand_letters_of_brackets_are_no_trap():
    assert as_html("[" * 5_000 + "](" * 2_500)
    assert as_html("*_" * 5_000)
    assert as_html("> " * 5_000)


def test_nothing_written_is_nothing_shown():
    assert as_html("") == ""
