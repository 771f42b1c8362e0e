"""The three ways to do an act of organisers: a page, a program, a command."""

import re
from dataclasses import dataclass, field
from html import unescape
from io import StringIO
from typing import Protocol
from urllib.parse import urlsplit

from django.core.management import CommandError, call_command
from django.http import HttpResponseBase
from django.test import Client
from django.test.client import MULTIPART_CONTENT
from django.urls import resolve, reverse

from tests.server.arranged_acts import Sent

HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')
LISTS = {"desk:desk"}  # pages about many rows
ATTRIBUTES = re.compile(r'(name|value)="([^"]*)"')


class Way(Protocol):
    """By which an act is done. `look` and `ask` change nothing; `ask` says whether it has shown what follows."""

    def look(self) -> None: ...
    def ask(self) -> bool: ...
    def act(self, **said: object) -> str: ...


@dataclass
class ByPage:
    """A browser: the page, the form with what the page hides in it, the button of the preview."""

    browser: Client
    sent: Sent
    hidden: dict[str, str] = field(default_factory=dict)

    def look(self) -> None:
        self._note(self.browser.get(self.sent.target))

    def text_before(self, page: str) -> str:
        """What a page of that name says: about the same row, if it is about one."""
        if not page:
            return ""
        at = resolve(urlsplit(self.sent.target).path)
        of_row = {} if page in LISTS else at.kwargs
        url = self.sent.target if page == at.view_name else reverse(page, kwargs=of_row)
        return " ".join(text_of(self.browser.get(url)).split())

    def ask(self) -> bool:
        self._note(self.browser.post(self.sent.target, self.sent.form))
        return bool({"seen", "post"} & self.hidden.keys())  # Django's page of a deletion asks for "post"

    def act(self, **said: object) -> str:
        return text_of(self.browser.post(self.sent.target, self.confirmed(said), follow=True))

    def confirmed(self, said: dict[str, object]) -> dict[str, object]:
        """The form as the button of the preview sends it; None: a box that is not ticked."""
        form = self.hidden | self.sent.form | {"confirm": "1"} | said
        return {name: value for name, value in form.items() if value is not None}

    def _note(self, answer: HttpResponseBase) -> None:
        tags = (dict(ATTRIBUTES.findall(tag)) for tag in HIDDEN.findall(text_of(answer)))
        self.hidden |= {tag["name"]: unescape(tag["value"]) for tag in tags if tag.get("value")}


@dataclass
class ByProgram:
    """A program with a token; where the API has a dry run, it acts on what that has shown."""

    program: Client
    sent: Sent
    preview: str = ""

    def look(self) -> None:
        pass

    def ask(self) -> bool:
        answer = self._post(self.sent.form | {"dry_run": True})
        self.preview = answer.json().get("preview", "") if answer.status_code == 200 else ""
        return bool(self.preview and answer.json()["effect"])

    def act(self, **said: object) -> str:
        preview = {"preview": self.preview} if self.preview else {}
        said = {name: bool(value) if name == "tell" else value for name, value in said.items()}
        return text_of(self._post(self.sent.form | preview | said))

    def _post(self, form: dict[str, object]):
        kind = MULTIPART_CONTENT if "file" in form else "application/json"
        return self.program.post(self.sent.target, form, kind)


@dataclass
class ByCommand:
    """The command line."""

    sent: Sent

    def look(self) -> None:
        pass

    def ask(self) -> bool:
        return "Nothing was" in self._call(self.sent.form, "--dry-run")

    def act(self, **said: object) -> str:
        return self._call(self.sent.form | said)

    def _call(self, said: dict[str, object], *words: str) -> str:
        out, options = StringIO(), [f"--{name}={value}" for name, value in said.items()]
        try:
            call_command(self.sent.target, *map(str, self.sent.words), *options, *words, stdout=out)
        except CommandError as refusal:
            return str(refusal)
        return out.getvalue()


def text_of(answer) -> str:
    return b"".join(answer).decode("latin-1") if answer.streaming else answer.content.decode()
