"""manage.py release_emails"""

from django.core.management.base import BaseCommand, CommandParser

from server.outbox.services import release_emails


class Command(BaseCommand):
    help = "End the hold of e-mails after a restore: those that wait are sent, or dropped. The desk does it too."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--drop", action="store_true", help="send none of those that wait now")

    def handle(self, *, drop: bool, **_: object) -> None:
        count = release_emails(by="release_emails", drop=drop)
        if count is None:
            self.stdout.write("E-mails are not held. Nothing was changed.")
        else:
            self.stdout.write(f"E-mails that waited: {count}, {'not sent' if drop else 'sent now'}.")
