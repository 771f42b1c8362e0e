"""Numbers that are too large for any row's key."""

import pytest
from acting import Program

from server.accounts.models import ApiToken
from server.tracks.models import Phase


@pytest.mark.both_setups
def test_a_number_that_no_row_can_have_is_a_wrong_choice_and_no_error(organiser, phase, rule):
    admin = Program(organiser.user, ApiToken.Scope.ADMIN)
    for number in (2**63, -(2**70), 10**30):
        assert Phase.objects.get(pk__in=[number, str(phase.pk)]) == phase
        assert not Phase.objects.filter(pk__in=[str(number)]).exists()
        form = {"ground_truth": str(rule.ground_truth.pk), "phases": [phase.pk, number], "scope": "best"}
        answer = admin.post("/api/v1/admin/rescores/", form, format="json")
        assert answer.status_code == 400
        assert f"{number} is not one of the available choices" in str(answer.json()["errors"]["phases"])
