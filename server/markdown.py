"""Markdown to HTML: sanitised for texts of users, and with links and copy buttons for our own documents."""

import re
from itertools import pairwise
from typing import Any

import nh3
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from markdown_it import MarkdownIt
from markdown_it.token import Token

_TO_HTML = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
_TAGS = {
    *("p", "br", "hr", "blockquote", "pre", "code", "em", "strong", "ul", "ol", "li", "a"),
    *("h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}

_OURS = MarkdownIt("commonmark", {"html": False}).enable("table")
_DOCUMENT = re.compile(r"(?P<name>[\w/]+)(\.md)?(?P<section>#[\w-]+)?")


def as_html(text: str) -> SafeString:
    """Render a user's CommonMark without raw HTML or images; headings begin at h3, links are marked as `ugc`."""
    tokens = _TO_HTML.parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
    html = _TO_HTML.renderer.render(tokens, _TO_HTML.options, {})
    safe = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener ugc",
    )
    return mark_safe(safe)  # noqa: S308  (sanitised by nh3)


def ours_as_html(text: str) -> SafeString:
    """Render one of our own documents: headings have ids, code blocks have a copy button.

    A link to another document (`name.md`) leads to that document's page; one to any other file is no link.
    """
    tokens = _OURS.parse(text)
    for token, following in pairwise(tokens):
        if token.type == "heading_open":
            token.attrSet("id", slugify(following.content))
        for part in token.children or []:
            if part.type == "link_open":
                _lead_to_page(part)
    html: str = _OURS.renderer.render(tokens, _OURS.options, {})
    return mark_safe(html)  # noqa: S308  (written by us, raw HTML off)


def _lead_to_page(link: Token) -> None:
    address = str(link.attrGet("href"))
    if page := _DOCUMENT.fullmatch(address):
        link.attrSet("href", f"../{page['name']}/{page['section'] or ''}")
    elif address.startswith("../"):
        link.attrs = {}


def sections_of(text: str) -> list[tuple[str, str, int, str]]:
    """Title, id, level and plain text of each section of one of our own documents."""
    sections: list[tuple[str, str, int, list[str]]] = []
    tokens = _OURS.parse(text)
    for before, token in pairwise(tokens):
        if before.type == "heading_open":
            title = token.content.replace("`", "")
            sections.append((title, slugify(token.content), int(before.tag[1]), []))
        elif sections and token.content:
            parts = token.children or [token]
            sections[-1][3].append("".join(part.content or " " for part in parts))
    return [(title, anchor, level, " ".join(" ".join(texts).split())) for title, anchor, level, texts in sections]


def _code(_: object, tokens: Any, index: int, *__: object) -> str:
    return render_to_string("components/code.html", {"text": tokens[index].content.rstrip()})


def _wide_table(*_: object) -> str:
    return '<div class="table-wrap" role="group" aria-label="Table" tabindex="0"><table>'


for _kind in ("fence", "code_block"):
    _OURS.add_render_rule(_kind, _code)
_OURS.add_render_rule("table_open", _wide_table)
_OURS.add_render_rule("table_close", lambda *_: "</table></div>")
