"""Numbered places under a unique constraint: no race can hand one out twice, and no lock is needed."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db import IntegrityError, models, transaction

Row = TypeVar("Row", bound=models.Model)


def take_lowest_free(
    numbers: Iterable[int], model: type[Row], constraint: str, create: Callable[[int], Row]
) -> Row | None:
    """The row that `create` made with the first number that nobody holds; None where all are held.

    `constraint` is the name of the model's unique constraint; any other violation is raised.
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
    """Whether it was this constraint that refused a row: PostgreSQL names it, SQLite its columns."""
    fields = next(each.fields for each in model._meta.constraints if each.name == constraint)
    columns = [f"{model._meta.db_table}.{model._meta.get_field(field).column}" for field in fields]
    return constraint in str(error) or all(column in str(error) for column in columns)
