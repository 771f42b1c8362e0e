"""What templates show, drawn without data: branches are taken by lot, and every value is shown by its name.

Two spellings of a template mean the same where their outlines are equal: white space that nobody sees is left out.
"""

import re
from collections.abc import Iterable
from html.parser import HTMLParser
from random import Random
from typing import NamedTuple

from django.template import Engine
from django.template.base import Node, TextNode, VariableNode
from django.template.defaulttags import CsrfTokenNode, ForNode, IfNode
from django.template.loader_tags import IncludeNode

BLOCK_NAMES = """
    address article aside base blockquote body br caption col dd desc details dialog div dl dt fieldset figcaption
    figure footer form h1 h2 h3 h4 head header hr html legend li link main meta nav ol option p pre script section
    style summary table tbody td text tfoot th thead title tr ul
    circle clippath defs g line path polygon polyline rect use
"""
BLOCKS = set(BLOCK_NAMES.split())  # a browser shows no white space beside these
BLOCK_CLASSES = {"sub"}  # display: block, as the style sheet has it
ROOMS = {
    "button",
    "progress",
    "select",
    "svg",
    "textarea",
}  # and none at the inner edges of these
VERBATIM = {"pre", "script", "style", "textarea"}
SILENT = re.compile(r"load |comment\b|.* as \w+$")  # tags that print nothing


class Part(NamedTuple):
    """What a reader meets next: kind is "open", "close" or "text", and text is a tag's name or the text."""

    kind: str
    text: str
    attributes: tuple[tuple[str, str], ...] = ()


def outlines(engine: Engine, source: str, number: int) -> list[list[Part]]:
    """So many drawings of a template; lots fall alike for every spelling of it."""
    nodes = engine.from_string(source).nodelist
    return [seen(drawn(nodes, engine, Random(seed))) for seed in range(number)]


def drawn(nodes: Iterable[Node], engine: Engine, lot: Random) -> str:
    return "".join(drawn_node(node, engine, lot) for node in nodes)


def drawn_node(node: Node, engine: Engine, lot: Random) -> str:
    if isinstance(node, TextNode):
        return node.s
    bodies = bodies_of(node, engine, lot)
    if bodies is not None:
        return "".join(drawn(body, engine, lot) for body in bodies)
    if isinstance(node, CsrfTokenNode):
        return '<input type="hidden">'
    tag = " ".join(node.token.contents.split())
    if isinstance(node, VariableNode):
        return f"[{tag.replace(' ', '')}]"
    return "" if SILENT.match(tag) else f"[{tag.replace(' ', '_')}]"


def bodies_of(node: Node, engine: Engine, lot: Random) -> list[Iterable[Node]] | None:
    """What lies within a tag and is shown, as the lot falls; None of a tag that has no inside."""
    if isinstance(node, IfNode):
        branches = [body for _, body in node.conditions_nodelists]
        return [lot.choice([*branches, []])]
    if isinstance(node, ForNode):
        return [node.nodelist_loop] * lot.randrange(3)
    if isinstance(node, IncludeNode) and isinstance(node.template.var, str):
        return [engine.get_template(node.template.var).nodelist]
    return [body for name in node.child_nodelists if (body := getattr(node, name, None))] or None


def seen(html: str) -> list[Part]:
    """Tags and texts, with white space as a browser shows it."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    around = [None, *reader.parts, None]
    parts = [trimmed(*three) for three in zip(around, around[1:], around[2:], strict=False)]
    return [part for part in parts if part.text]


def trimmed(before: Part | None, part: Part, after: Part | None) -> Part:
    if part.kind != "text" or (before and before.text in VERBATIM and before.kind == "open"):
        return part
    text = part.text.lstrip(" ") if hides_space(before, "open") else part.text
    return Part("text", text.rstrip(" ") if hides_space(after, "close") else text)


def hides_space(tag: Part | None, edge_of_room: str) -> bool:
    """Whether white space beside this tag is not seen."""
    if tag is None or tag.text in BLOCKS or (tag.text in ROOMS and tag.kind == edge_of_room):
        return True
    attributes = dict(tag.attributes)
    return attributes.get("type") == "hidden" or bool(BLOCK_CLASSES & set(attributes.get("class", "").split()))


class Reader(HTMLParser):
    """Collects the parts of a page; within pre and the like every space counts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.parts: list[Part] = []
        self.verbatim = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        plain = tuple((name, " ".join((value or "").split())) for name, value in attrs)
        self.parts.append(Part("open", tag, plain))
        self.verbatim += tag in VERBATIM

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        self.parts.append(Part("close", tag))
        self.verbatim -= tag in VERBATIM

    def handle_data(self, data: str) -> None:
        if self.parts and self.parts[-1].kind == "text":
            data = self.parts.pop().text + data
        self.parts.append(Part("text", data if self.verbatim else re.sub(r"\s+", " ", data)))

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.handle_data(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self.parts.append(Part("open", "!--", ((data.strip(), ""),)))

    def handle_decl(self, decl: str) -> None:
        self.parts.append(Part("open", "html", ((decl.lower(), ""),)))
