"""Exceptions of erasures; each message says what is wrong and how to go on."""

from server.accounts.models import User
from server.acts import ActRefused


class ErasureRefused(ActRefused):
    """An account that cannot be erased now."""


class AlreadyErased(ErasureRefused):
    def __init__(self, user: User) -> None:
        super().__init__(f"This account was erased already; it is “{user}” now. Nothing was changed.")


class NotYourOrganiser(ErasureRefused):
    def __init__(self, user: User) -> None:
        super().__init__(
            f"{user} is an organiser. Organisers delete their own account, or somebody who may change accounts "
            "(a superuser) erases it."
        )


class LastAdministrator(ErasureRefused):
    def __init__(self) -> None:
        super().__init__(
            "This is the last account that may change accounts. Give another organiser this permission first: "
            "Admin › Users, “superuser status”."
        )
