"""manage.py sweep"""

import sys
from itertools import chain

from django.conf import settings
from django.core.management.base import BaseCommand
from kombu.exceptions import OperationalError

from server.submissions import cleanup
from server.submissions.models import WorkerHost
from server.submissions.sweep import sweep


class Command(BaseCommand):
    help = (
        "Report waiting work and wake the workers, remove stale files, and report files without a row, rows "
        "without a file, and public files that must not be public. Exits with code 1 if a person has to fix "
        "something."
    )

    def handle(self, **_: object) -> None:
        removed = cleanup.remove_stale()
        try:
            swept = sweep(room=0 if settings.EMBEDDED else 1)
        except OperationalError as error:
            self.stderr.write(f"The broker is unavailable; workers will find the work in the database. ({error})")
            swept = sweep(room=0)
        self.stdout.write(f"{swept.waiting} waiting, {swept.lease_ran_out} of them after a worker was lost.")
        for host in WorkerHost.objects.exclude(paused_at=None):
            self.stdout.write(f"Scoring is paused on {host}: {host.last_error}")
        for path in removed:
            self.stdout.write(f"Removed {path}")
        unmatched = list(
            chain(
                (f"Row without a file: {row}" for row in cleanup.rows_without_file()),
                (f"File without a row: {file}" for file in cleanup.files_without_row()),
                (f"Public, but must not be: {file}" for file in cleanup.served_secrets()),
            )
        )
        for line in unmatched:
            self.stdout.write(line)
        if unmatched:
            sys.exit(1)
