"""How gunicorn serves the site, in every set-up; gunicorn reads this file from the folder in which it starts."""

import os

worker_class = "server.web_worker.Worker"
threads = 8  # for pages; uploads have settings.UPLOAD_THREADS of their own
worker_connections = 500  # with their files still below the usual limit of 1,024 open files
control_socket_disable = True  # it would need a writable home
sendfile = False  # Python waits without end for a client that does not read

# Behind a proxy every connection comes from the proxy, which names the client last.
_client = (
    "%({x-forwarded-for}i)s"
    if os.environ.get("TRUSTED_PROXY", "").lower() in {"true", "on", "ok", "y", "yes", "1"}
    else "%(h)s"
)
access_log_format = f'{_client} %(t)s "%(r)s" %(s)s %(b)s %(L)ss "%(f)s" "%(a)s"'
