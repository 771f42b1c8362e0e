"""All codes that an error of the API may have; docs/refusals.md has a section for each."""

from collections.abc import Iterator

from server.acts import ActRefused
from server.api.exceptions import ApiRefusal
from server.error_views import BAD_REQUESTS
from server.phases import exceptions as phases  # noqa: F401  (its codes are found among the subclasses)
from server.problem_json import CODES
from server.submissions.exceptions import SubmissionRefused
from server.tracks import services as tracks  # noqa: F401
from server.tracks.editions import exceptions as editions  # noqa: F401
from server.tracks.middleware import UNKNOWN_SCORER


def all_codes() -> list[str]:
    """Return the codes in alphabetical order."""
    kinds = {*_kinds_of(ApiRefusal), *_kinds_of(SubmissionRefused), *_kinds_of(ActRefused)}
    codes = {kind.code for kind in kinds} | {answer.code for answer in BAD_REQUESTS.values()}
    return sorted(codes.union(CODES.values(), [UNKNOWN_SCORER]) - {""})


Kind = type[ApiRefusal] | type[SubmissionRefused] | type[ActRefused]


def _kinds_of(kind: Kind) -> Iterator[Kind]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from _kinds_of(narrower)
