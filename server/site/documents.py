"""The Markdown files of docs/: their titles, sections and HTML, and the sections in which words occur."""

from dataclasses import dataclass
from functools import cache, cached_property

from django.conf import settings
from django.utils.safestring import SafeString

from evaluator.contract import CODES
from server.markdown import ours_as_html, sections_of

FOLDER = settings.BASE_DIR / "docs"
GROUPS = {
    "For teams": {
        "teams": "From the first visit to the final results: teams, submissions, scores and boards.",
        "client": "Check, submit and follow results from a terminal or a training script.",
        "uncertainty": "What an interval, a span of ranks and “significantly better” mean.",
        "exports": "Boards, curves, classes and feeds as files.",
        "refusals": "What the server refuses, by code, and what to do then.",
    },
    "For organisers and operators": {
        "organisers": "Prepare a challenge, run it, correct mistakes, close the year.",
        "operators": "Install the server, watch it, back it up, upgrade it.",
        "adding_a_scorer": "Another task or another metric, in one file.",
        "security": "What the server does against hostile archives and people.",
        "reliability": "What it promises when something fails, and what was tried.",
        "performance": "What scoring costs in time and memory, measured.",
    },
}
NAMES = [name for group in GROUPS.values() for name in group]
EXCERPT, BEFORE = 220, 60  # characters, and how many of them come before the word


@dataclass(frozen=True)
class Section:
    """A heading of a document and what stands below it, up to the next heading."""

    document: str  # its file without folder and ending, such as “problems/bad_zip”
    title: str
    anchor: str
    level: int
    text: str

    @cached_property
    def searched(self) -> str:
        return f"{self.title} {self.text}".casefold()

    def excerpt(self, word: str) -> str:
        """Some of the text around the word."""
        begin = max(0, self.text.casefold().find(word) - BEFORE)
        cut = self.text[begin : begin + EXCERPT]
        return f"{'… ' if begin else ''}{cut}{' …' if begin + EXCERPT < len(self.text) else ''}"


@cache
def html_of(name: str) -> SafeString:
    return ours_as_html(_source(name))


@cache
def sections(name: str) -> list[Section]:
    return [Section(name, *facts) for facts in sections_of(_source(name))]


def title_of(name: str) -> str:
    return sections(name)[0].title


def search(words: str) -> list[tuple[Section, str]]:
    """Sections in which all words occur, those that have them in the title first, each with an excerpt."""
    wanted = words.casefold().split()
    found = [section for section in _all_sections() if all(word in section.searched for word in wanted)]
    found.sort(key=lambda section: -sum(word in section.title.casefold() for word in wanted))
    return [(section, section.excerpt(wanted[0])) for section in found] if wanted else []


@cache
def _all_sections() -> list[Section]:
    names = [*NAMES, *(f"problems/{code}" for code in CODES)]
    return [section for name in names for section in sections(name)]


def _source(name: str) -> str:
    return (FOLDER / f"{name}.md").read_text()
