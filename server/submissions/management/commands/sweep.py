"""manage.py sweep"""

import sys
from itertools import chain

from django.conf import settings
from django.core.management.base import BaseCommand
from kombu.exceptions import OperationalError

from server.submissions import cleanup
from server.submissions.sweep import sweep


class Command(BaseCommand):
    help = (
        "Say what waits, hint at it, remove what was left behind half-way, and report files without a row, rows "
        "without a file, and served files that are not for everybody. Exit code 1 where something was reported "
        "that only a person can fix."
    )

    def handle(self, **_: object) -> None:
        removed = cleanup.remove_stale()
        try:
            swept = sweep(room=0 if settings.EMBEDDED else 1)
        except OperationalError as error:
            self.stderr.write(f"The broker is away: workers find the work by themselves. ({error})")
            swept = sweep(room=0)
        self.stdout.write(f"{swept.waiting} to be done, {swept.lease_ran_out} of them taken from a lost worker.")
        for path in removed:
            self.stdout.write(f"Removed {path}")
        unmatched = list(
            chain(
                (f"Row without a file: {row}" for row in cleanup.rows_without_file()),
                (f"File without a row: {file}" for file in cleanup.files_without_row()),
                (f"Served to everybody: {fault}" for fault in cleanup.served_secrets()),
            )
        )
        for line in unmatched:
            self.stdout.write(line)
        if unmatched:
            sys.exit(1)
