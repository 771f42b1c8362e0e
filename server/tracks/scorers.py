"""The scorers by name, as the evaluator describes them; there is no other list of scorers or metrics."""

from django.core.exceptions import ValidationError

from evaluator.contract import ScorerDescription, scorers


class UnknownScorer(Exception):
    """The evaluator does not know this scorer; the message says which ones it knows."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The evaluator on this server knows no scorer “{name}”. It knows {', '.join(scorers())}."
        )


def description_of(name: str) -> ScorerDescription:
    """What a scorer declares about itself. Raises UnknownScorer."""
    try:
        return scorers()[name]
    except KeyError as error:
        raise UnknownScorer(name) from error


def read_scorers_again() -> None:
    """Ask the evaluator anew: its files may have been replaced while this process ran."""
    scorers.cache_clear()


def validate_scorer(name: str) -> None:
    """Raises ValidationError for a scorer that the evaluator does not know."""
    try:
        description_of(name)
    except UnknownScorer as error:
        raise ValidationError(str(error)) from error
