"""Caddy as a process, with the Caddyfile of the production set-up."""

import re
import socket
import sys
from contextlib import closing, suppress
from pathlib import Path

from tests.processes import Process
from tests.slow_clients import Server

PROGRAM = Path(sys.executable).with_name("caddy")
CADDYFILE = Path(__file__).parent.parent / "deploy" / "Caddyfile"
# It takes no port but its own, and no authority of its own into the machine's list of those that are trusted.
HERE = "{\n\tadmin off\n\tskip_install_trust\n\tauto_https disable_redirects"
LARGEST = 2 * 1024**3


class Caddy(Process):
    """Caddy in front of one web server, with TLS where it is given a private name."""

    PRELOADED = False

    def __init__(self, folder: Path, port: int, name: str = "") -> None:
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            own = probe.getsockname()[1]
        self.server = Server("127.0.0.1", own, name or "127.0.0.1", tls=bool(name))
        self.url = f"{'https' if name else 'http'}://{name or '127.0.0.1'}:{own}"
        self.root = folder / ".local/share/caddy/pki/authorities/local/root.crt"
        config = CADDYFILE.read_text().replace("{", HERE, 1)
        config = re.sub(r"\b(web|uploads):8000", f"127.0.0.1:{port}", config)
        config = config.replace("Host {$DOMAIN}", f"Host {self.server.name}")
        if name:
            config = config.replace("{$DOMAIN} {", "{$DOMAIN} {\n\ttls internal")
        (folder / "Caddyfile").write_text(config)
        told = {"DOMAIN": self.url, "MAX_UPLOAD_BYTES": str(LARGEST), "HOME": str(folder)}
        words = [str(PROGRAM), "run", "--config", str(folder / "Caddyfile")]
        replaced = ["-c", "import os, sys; os.execv(sys.argv[1], sys.argv[1:])", *words]
        super().__init__("Caddy", replaced, told, folder / "caddy.log")

    def is_up(self) -> bool:
        with suppress(OSError):  # no certificate yet, for one
            self.server.connect().close()
            return True
        return False
