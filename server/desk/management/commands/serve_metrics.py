"""manage.py serve_metrics"""

import signal
import threading

from django.core.management.base import BaseCommand, CommandParser
from prometheus_client import CollectorRegistry, start_http_server

from server.desk.metrics import TablesCollector


class Command(BaseCommand):
    help = "Serve figures for Prometheus at /metrics, on a port that only monitoring reaches, until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--address", default="127.0.0.1", help="to listen on; never one that is public")
        parser.add_argument("--port", type=int, default=9464)

    def handle(self, *, address: str, port: int, **_: object) -> None:
        registry, stopping = CollectorRegistry(), threading.Event()
        registry.register(TablesCollector())
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        server, thread = start_http_server(port, address, registry)
        self.stdout.write(f"Figures at http://{address}:{server.server_port}/metrics until Ctrl-C.")
        stopping.wait()
        server.shutdown()
        server.server_close()
        thread.join()
