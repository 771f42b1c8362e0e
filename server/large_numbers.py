"""A number too large for its column names no row, also among others: Django would ask the database for it."""

from typing import Any

from django.db.models import IntegerField
from django.db.models.lookups import In


@IntegerField.register_lookup
class IntegerIn(In):
    """`__in`, as Django's `__exact` of integers is: without an error of the database."""

    def process_rhs(self, compiler: Any, connection: Any) -> Any:
        if self.rhs_is_direct_value():
            least, most = connection.ops.integer_field_range(self.lhs.output_field.get_internal_type())
            self.rhs = [one for one in self.rhs if not isinstance(one, int) or least <= one <= most]
        return super().process_rhs(compiler, connection)
