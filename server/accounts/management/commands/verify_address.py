"""manage.py verify_address ADDRESS"""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from server.accounts.models import User
from server.accounts.services import verify_address


class Command(BaseCommand):
    help = "Take the address of an account as verified, where no mail can reach it yet: the first organiser's."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", help="the e-mail address of the account")

    def handle(self, *, address: str, **_: object) -> None:
        user = User.objects.filter(email__iexact=address).first()
        if user is None:
            raise CommandError(f"No account has the address {address}. Make one: manage.py createsuperuser.")
        if verify_address(user):
            self.stdout.write(f"{user.email} is verified: the account can log in without a mail.")
        else:
            self.stdout.write(f"{user.email} was verified already. Nothing was changed.")
