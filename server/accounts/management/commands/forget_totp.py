"""manage.py forget_totp ADDRESS"""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from server.accounts.models import User
from server.accounts.services import forget_totp


class Command(BaseCommand):
    help = "Turn off two-step log-in for somebody who lost both phone and recovery codes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", help="the e-mail address of the account")

    def handle(self, *, address: str, **_: object) -> None:
        user = User.objects.filter(email__iexact=address).first()
        if user is None:
            raise CommandError(f"No account has the address {address}. Admin › Accounts lists all.")
        if not forget_totp(user):
            raise CommandError(f"{address} has no two-step log-in. Nothing was changed.")
        self.stdout.write(f"{address} now logs in by password alone, until two-step log-in is set up again.")
