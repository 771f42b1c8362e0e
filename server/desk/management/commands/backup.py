"""manage.py backup FOLDER"""

import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandParser

from server.desk.backup import back_up, write_files


class Command(BaseCommand):
    help = "Write a backup of database and files into a new folder below FOLDER, while the server runs."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("folder", type=Path, nargs="?")
        what.add_argument(
            "--files", action="store_true", help="write only the files, as a tar, to standard output: for compose"
        )

    def handle(self, *, folder: Path, files: bool, **_: object) -> None:
        if files:
            write_files(sys.stdout.buffer)
            return
        written = back_up(folder)
        size = sum(path.stat().st_size for path in written.iterdir())
        self.stdout.write(f"{written}: {size / 1e9:.2f} GB. Try it: manage.py restore --check {written}")
