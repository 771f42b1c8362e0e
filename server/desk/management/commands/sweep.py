"""manage.py sweep"""

import sys
from itertools import chain

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from kombu.exceptions import OperationalError

from server.desk.stored_files import check_files, missing_files
from server.submissions import cleanup
from server.submissions.models import WorkerHost
from server.submissions.sweep import sweep


class Command(BaseCommand):
    help = (
        "Report waiting work and wake the workers, remove stale files, and report files without a row, rows "
        "without a file, and public files that must not be public. Exits with code 1 if a person has to fix "
        "something. Files on volumes that are not mounted here are no losses: run it where a worker runs."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--hashes",
            action="store_true",
            help="also read every archive, pack and file of a case: a damaged one raises an alarm",
        )

    def handle(self, *, hashes: bool, **_: object) -> None:
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
        if not self._files_are_well(hashes=hashes):
            sys.exit(1)

    def _files_are_well(self, *, hashes: bool) -> bool:
        found = check_files() if hashes else missing_files()
        if hashes:
            self.stdout.write(f"{found.files} files, {found.size / 1e9:.1f} GB were read and compared.")
        for line in found.unseen:
            self.stdout.write(f"Not looked at: {line}. Run this where its volume is mounted.")
        unmatched = list(
            chain(
                (f"Row without a file: {loss}" for loss in found.losses),
                (f"File without a row: {file}" for file in cleanup.files_without_row()),
                (f"Public, but must not be: {file}" for file in cleanup.served_secrets()),
            )
        )
        for line in unmatched:
            self.stdout.write(line)
        return not unmatched
