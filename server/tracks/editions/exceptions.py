"""Refusals of acts on editions and rules."""

from server.acts import ActRefused
from server.tracks.models import Edition


class EditionRefused(ActRefused):
    """The message says why, and what to do instead."""

    code = "edition_refused"
    title = "This is not possible for this edition"


class CannotOpen(EditionRefused):
    title = "This edition cannot be created"


class IsListed(EditionRefused):
    def __init__(self, edition: Edition) -> None:
        super().__init__(f"{edition} is listed already.")


class IsNotListed(EditionRefused):
    def __init__(self, edition: Edition) -> None:
        super().__init__(f"{edition} is not listed, so it cannot be unlisted.")


class HasSubmissions(EditionRefused):
    def __init__(self, edition: Edition) -> None:
        super().__init__(
            f"Teams have submitted to {edition}, so it stays listed. To stop submissions, close its phases."
        )


class StillListed(EditionRefused):
    def __init__(self, edition: Edition) -> None:
        super().__init__(f"{edition} is listed, so it cannot be deleted. Unlist it first.")


class HasMore(EditionRefused):
    """Something else than tracks and phases belongs to the edition."""

    def __init__(self, edition: Edition, kinds: list[str]) -> None:
        super().__init__(
            f"{edition} cannot be deleted, as this belongs to its tracks and phases: {', '.join(kinds)}. Only an "
            "edition without anything can be; leave this one unlisted, or remove what belongs to it first."
        )


class IsGone(EditionRefused):
    def __init__(self, edition: Edition) -> None:
        super().__init__(f"{edition} was deleted already. Nothing was changed.")


class NoTracks(EditionRefused):
    def __init__(self, edition: Edition) -> None:
        super().__init__(f"{edition} has no tracks, so there is nothing to show. Add a track in the admin first.")


class RulesUnchanged(EditionRefused):
    title = "Nothing would change"

    def __init__(self) -> None:
        super().__init__("These are the rules of the track already.")
