"""Health check of a web container: exit code 0 if its web process answers."""

import os
import urllib.request

HOST = os.environ["ALLOWED_HOSTS"].split(",")[0]
request = urllib.request.Request(
    "http://127.0.0.1:8000/healthz", headers={"Host": HOST, "X-Forwarded-Proto": "https"}
)
urllib.request.urlopen(request, timeout=5)  # noqa: S310  (our own address; any error ends with exit code 1)
