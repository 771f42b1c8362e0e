"""Numbered rows under a unique constraint: no race can assign a number twice, and no lock is needed."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db import IntegrityError, models, transaction

Row = TypeVar("Row", bound=models.Model)


def take_lowest_free(
    numbers: Iterable[int], model: type[Row], constraint: str, create: Callable[[int], Row]
) -> Row | None:
    """Create a row with the lowest free number and return it; None where every number is taken.

    `constraint` is the name of the model's unique constraint. Raises IntegrityError for any other violation.
    """
    for number in numbers:
        try:
            with transaction.atomic():  # a savepoint, or the refused insert would end the outer transaction
                return create(number)
        except IntegrityError as error:
            if not violates(error, model, constraint):
                raise
    return None


def violates(error: IntegrityError, model: type[models.Model], constraint: str) -> bool:
    """Whether this constraint was violated: PostgreSQL names the constraint, SQLite its columns."""
    unique = (known for known in model._meta.constraints if isinstance(known, models.UniqueConstraint))
    fields = next(known.fields for known in unique if known.name == constraint)
    columns = [f"{model._meta.db_table}.{field.column}" for field in model._meta.fields if field.name in fields]
    return constraint in str(error) or all(column in str(error) for column in columns)
