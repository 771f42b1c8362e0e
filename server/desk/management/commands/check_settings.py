"""manage.py check_settings FILE"""

import sys
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from server.environment import misspelt, names_in


class Command(BaseCommand):
    help = (
        "Say which names in an .env file are no settings. Compose passes on only the names it knows, so that a "
        "misspelt one reaches no container, and no start can refuse it. Exits with code 1 if there is one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="the file; - for standard input")

    def handle(self, *, file: str, **_: object) -> None:
        text = sys.stdin.read() if file == "-" else Path(file).read_text()
        names = names_in("\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#")))
        meant = misspelt(names, settings.KNOWN_SETTINGS)
        unknown = [name for name in names if name not in settings.KNOWN_SETTINGS]
        for name in unknown:
            hint = f"{meant[name]} is probably meant" if name in meant else "it changes nothing here"
            self.stdout.write(f"{name} is no setting of this server: {hint}.")
        if meant:
            raise CommandError("Correct the names above.", returncode=1)
        self.stdout.write(f"{len(names) - len(unknown)} settings, all names are spelt right.")
