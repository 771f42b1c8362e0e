"""How gunicorn serves the site, in every set-up; gunicorn reads this file from the folder in which it starts."""

import os
from typing import Any

from gunicorn.glogging import Logger

worker_class = "server.web_worker.Worker"
threads = 8  # for pages; uploads have settings.UPLOAD_THREADS of their own
worker_connections = 500  # with their files still below the usual limit of 1,024 open files
control_socket_disable = True  # it would need a writable home
sendfile = False  # Python waits without end for a client that does not read


class _Log(Logger):
    """Leaves out the health checks, which Caddy asks for several times a second."""

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        if req.path != "/healthz":
            super().access(resp, req, environ, request_time)


logger_class = _Log
# Behind a proxy every connection comes from the proxy, which names the client last.
_client = (
    "%({x-forwarded-for}i)s"
    if os.environ.get("TRUSTED_PROXY", "").lower() in {"true", "on", "ok", "y", "yes", "1"}
    else "%(h)s"
)
access_log_format = f'{_client} %(t)s "%(r)s" %(s)s %(b)s %(L)ss "%(f)s" "%(a)s"'
