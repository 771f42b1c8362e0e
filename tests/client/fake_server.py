"""A server that says what a test wants: for answers that a real one gives rarely."""

import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from typing import Any

CUT = None  # an answer: the connection ends without one
PHASE = {
    "id": 7,
    "track": "localization",
    "slug": "now",
    "title": "Now",
    "split": "test",
    "status": "open",
    "paused": False,
    "ready": True,
    "closes_at": None,
    "quota": {"limit": 5, "per": "phase"},
}
COLUMN = {"key": "peak_iou", "title": "Peak-IoU", "unit": "fraction", "decimals": 2, "higher_is_better": True}
TRACK = {"slug": "localization", "title": "Localization", "number": 3, "columns": [COLUMN], "phases": [PHASE]}
MANIFEST = {
    "scorer": "localization",
    "options": {},
    "images": [{"id": "a", "width": 4, "height": 3}],
    "max_side": 9,
    "max_pixels": 81,
    "pixel_format": "heat_map",
    "resizes": True,
}
SUBMISSION = {
    "id": "e8f6e7b2-5f3c-4a53-9f0c-0d4b6a8b6f11",
    "state": "queued",
    "message": "Received.",
    "page": "https://lid.example/s/",
    "track": "localization",
    "warnings": [],
    "scores": None,
    "queue_position": 1,
    "problem_groups": [],
    "problem_count": 0,
    "progress": {"stage": "", "done": 0, "total": 0},
}


class Fake(ThreadingHTTPServer):
    """`answers["GET /path/"]` are (status, headers, body) one after the other; the last one stays."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, list[Any]] = defaultdict(list)
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.says("GET /api/v1/tracks/?page_size=200", 200, {"results": [TRACK]})
        self.says("GET /api/v1/phases/7/manifest/", 200, MANIFEST)
        self.says("POST /api/v1/uploads/", 404, {"code": "not_found", "detail": "Nothing."})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def says(self, request: str, status: int | None, body: object = b"", **headers: str) -> None:
        kept = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[request].append(
            (status, kept, body if isinstance(body, bytes) else json.dumps(body).encode())
        )

    def refuses(self, request: str, status: int, code: str, **more: object) -> None:
        self.answers[request].clear()
        problem = {"title": "A title", "detail": f"The words of {code}.", "code": code, "status": status, **more}
        self.says(request, status, problem)

    def times(self, request: str) -> int:
        return sum(asked == request for asked, _, _ in self.asked)


class Handler(BaseHTTPRequestHandler):
    """Answers as its server has been told."""

    server: Fake

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        request, body = f"{self.command} {self.path}", self.rfile.read(length)
        self.server.asked.append((request, dict(self.headers), body))
        answers = self.server.answers[request] or [(404, {}, b"<h1>Not here</h1>")]
        status, headers, said = answers.pop(0) if len(answers) > 1 else answers[0]
        if status is CUT:
            return
        self.send_response(status)
        for name, value in {"Content-Length": str(len(said)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(said)

    do_GET = do_HEAD = do_POST = do_PATCH = answer  # noqa: N815 (http.server's names)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def fake_server(context: SSLContext | None = None) -> Iterator[Fake]:
    with Fake() as server:
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
