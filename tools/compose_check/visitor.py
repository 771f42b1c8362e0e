"""A browser without a screen: pages and the API over HTTPS, through Caddy, with its own certificate authority."""

import http.client
import json
import re
import secrets
import socket
import ssl
import time
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any

from engine import HOST, Failed, Site

PIECE = 16 * 1024
FIELD = '--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
FILE = (
    '--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="a.zip"\r\n'
    "Content-Type: application/zip\r\n\r\n"
)


@dataclass(frozen=True)
class Answer:
    status: int  # 0 where the connection broke
    headers: dict[str, str]
    text: str

    def json(self) -> Any:
        return json.loads(self.text)


class Connection(http.client.HTTPSConnection):
    """To this machine, under the site's name."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        super().__init__(HOST, timeout=60, context=context)
        self.at, self.trusts = port, context

    def connect(self) -> None:
        self.sock = self.trusts.wrap_socket(
            socket.create_connection(("127.0.0.1", self.at), self.timeout), server_hostname=HOST
        )


def trusted(project: Site) -> ssl.SSLContext:
    root = "/data/caddy/pki/authorities/local/root.crt"
    return ssl.create_default_context(cadata=project.compose("exec", "-T", "caddy", "cat", root))


@dataclass
class Visitor:
    port: int
    context: ssl.SSLContext
    token: str = ""
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Answer:
        answer = self.ask("GET", path)
        return self.get(answer.headers["location"]) if answer.status == 302 else answer

    def post(self, path: str, form: dict[str, str], file: bytes | None = None, name: str = "archive") -> Answer:
        """Send a form of that page."""
        if "__Host-csrftoken" not in self.cookies:
            self.get(path)
        return self.send(path, form | {"csrfmiddlewaretoken": self.cookies["__Host-csrftoken"]}, file, name)

    def send(
        self, path: str, form: dict[str, str], file: bytes | None = None, name: str = "archive", seconds: float = 0
    ) -> Answer:
        boundary = secrets.token_hex(16)
        body = "".join(FIELD.format(boundary=boundary, name=name, value=form[name]) for name in form).encode()
        if file is not None:
            body += FILE.format(boundary=boundary, name=name).encode() + file + b"\r\n"
        body += f"--{boundary}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Content-Length": str(len(body))}
        return self.ask("POST", path, body, headers, seconds)

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None, seconds: float = 0
    ) -> Answer:
        """One request over a connection of its own; the body takes so many seconds."""
        path = path.removeprefix(f"https://{HOST}")
        own = {
            "Referer": f"https://{HOST}{path}",
            "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()),
        }
        own |= {"Authorization": f"Bearer {self.token}"} if self.token else {}
        connection = Connection(self.port, self.context)
        try:
            connection.putrequest(method, path)
            for key, value in (own | (headers or {})).items():
                connection.putheader(key, value)
            connection.endheaders()
            for start in range(0, len(body), PIECE):
                connection.send(body[start : start + PIECE])
                time.sleep(seconds * PIECE / len(body))
            return self._answer(connection.getresponse())
        except (OSError, http.client.HTTPException) as error:
            return Answer(0, {}, str(error))
        finally:
            connection.close()

    def _answer(self, response: http.client.HTTPResponse) -> Answer:
        for line in response.headers.get_all("set-cookie", []):
            self.cookies |= {name: cookie.value for name, cookie in SimpleCookie(line).items()}
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, response.read().decode(errors="replace"))


def need(answer: Answer, *statuses: int) -> Answer:
    if answer.status not in statuses:
        words = re.sub(r"<[^>]+>|\s+", " ", answer.text)
        raise Failed(f"answered {answer.status} instead of {statuses}: {words[:1500]}")
    return answer
