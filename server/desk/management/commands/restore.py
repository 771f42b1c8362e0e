"""manage.py restore FOLDER"""

import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandParser

from server.desk.restore import check_sums, prepare_database, read_files, refuse_files, restore, restore_on_trial
from server.desk.stored_files import check_files


class Command(BaseCommand):
    help = (
        "Restore a backup into the empty database and folders that the settings name, then read every file that a "
        "row names. E-mails are held until an organiser releases them. Exits with code 1 if a file is missing or "
        "damaged."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("folder", type=Path, nargs="?", help="the folder that manage.py backup has written")
        what.add_argument(
            "--files",
            action="store_true",
            help="read only the files, as a tar, from standard input, into a server whose database was restored",
        )
        parser.add_argument(
            "--check",
            action="store_true",
            help="restore into a scratch folder and database, and remove them again",
        )

    def handle(self, *, folder: Path, files: bool, check: bool, **_: object) -> None:
        if check and folder:
            check_sums(folder)
            sys.exit(restore_on_trial(folder.resolve()))
        if files:
            refuse_files()
            prepare_database()
            read_files(sys.stdin.buffer)
        else:
            restore(folder)
        self._report()

    def _report(self) -> None:
        found = check_files()
        self.stdout.write(f"Restored. {found.files} files, {found.size / 1e9:.2f} GB were read and compared.")
        for line in found.losses + found.unseen:
            self.stdout.write(f"Missing or damaged: {line}")
        self.stdout.write(
            "E-mails are held: release them on the organisers' desk, or by manage.py release_emails."
        )
        if found.losses or found.unseen:
            sys.exit(1)
