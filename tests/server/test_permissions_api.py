"""Who may call what: one row for each address and kind of method, one column for each role and kind of token."""

from functools import partial
from itertools import chain

import pytest
from django.urls import get_resolver, reverse

from tests.server.roles import ROLES, all_rows, changes, columns_of, names_in

pytestmark = pytest.mark.django_db

# Tokens may submit, but for two of the captain's: "read-only", and "revoked". "unknown": asked for a token, 401.
# "done": it changed something. "no_way": the address does not answer to this method.
CALLING = """
                                 visitor  stranger ex-member member   captain  organiser admin    read-only revoked
tracks       read                ok       ok       ok        ok       ok       ok        ok       ok        unknown
tracks       post change options no_way   no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
track        read                ok       ok       ok        ok       ok       ok        ok       ok        unknown
track        post change options no_way   no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
phases       read                ok       ok       ok        ok       ok       ok        ok       ok        unknown
phases       post change options no_way   no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
phase        read                ok       ok       ok        ok       ok       ok        ok       ok        unknown
phase        post change options no_way   no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
leaderboard  read                ok       ok       ok        ok       ok       ok        ok       ok        unknown
leaderboard  post change options no_way   no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
manifest     read                ok       ok       ok        ok       ok       ok        ok       ok        unknown
manifest     post change options no_way   no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
log          read                ok       ok       ok        ok       ok       ok        ok       ok        unknown
log          post change options no_way   no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
submissions  read                unknown  ok       ok        ok       ok       ok        ok       ok        unknown
submissions  post                unknown  done     conflict  done     done     conflict  conflict refused   unknown
submissions  change              unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
submissions  options             unknown  no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
uploads      read                unknown  no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
uploads      change              unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
uploads      post                unknown  done     conflict  done     done     conflict  conflict refused   unknown
uploads      options             empty    empty    empty     empty    empty    empty     empty    empty     unknown
upload       read                unknown  absent   absent    absent   ok       absent    absent   ok        unknown
upload       post                unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
upload       put                 unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
upload       patch               unknown  absent   absent    absent   no_form  absent    absent   refused   unknown
upload       delete              unknown  absent   absent    absent   done     absent    absent   refused   unknown
upload       options             no_way   no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
submission   read                unknown  absent   absent    ok       ok       ok        ok       ok        unknown
submission   post change         unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
submission   options             unknown  no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
problems     read                unknown  absent   absent    ok       ok       ok        ok       ok        unknown
problems     post change         unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
problems     options             unknown  no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
cancel       read options        unknown  no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
cancel       post                unknown  absent   absent    done     done     absent    absent   refused   unknown
cancel       change              unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
team         read                unknown  ok       absent    ok       ok       absent    absent   ok        unknown
team         post change         unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
team         options             unknown  no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
me           read                unknown  ok       ok        ok       ok       ok        ok       ok        unknown
me           post change         unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
me           options             unknown  no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
rescores        read post change options unknown refused refused refused refused refused refused refused unknown
rescore         read post change options unknown refused refused refused refused refused refused refused unknown
publish_rescore read post change options unknown refused refused refused refused refused refused refused unknown
drop_rescore    read post change options unknown refused refused refused refused refused refused refused unknown
"""
KINDS = {
    "read": ("get", "head"),
    "post": ("post",),
    "change": ("put", "patch", "delete"),
    "options": ("options",),
}
METHODS = KINDS | {method: (method,) for method in KINDS["change"]}
CALLERS = (*ROLES, "read-only", "revoked")
OF_ORGANISERS = "api:admin_"  # test_permissions_acts.py has the table of these
ADDRESSES = {
    name.removeprefix("api:")
    for name in names_in(get_resolver())
    if name.startswith("api:") and not name.startswith(OF_ORGANISERS)
}


@pytest.mark.parametrize("caller", CALLERS)
def test_calling_is_as_the_table_says(program_of, arguments, fill_in, found, caller):
    program, odd, before = program_of(caller), {}, all_rows()
    for row, expected in columns_of(CALLING)[caller].items():
        name, *kinds = row.split()
        url = reverse(f"api:{name}", args=arguments.get(f"api:{name}"))
        for method in chain.from_iterable(METHODS[kind] for kind in kinds):
            call = partial(getattr(program, method), url, **sent(method, fill_in(f"api:{name}")))
            outcome = found(call, expected, before)
            if outcome != expected:
                odd[name, method] = outcome
    assert odd == {}
    assert changes(before, all_rows()) == []


def sent(method: str, form: dict[str, object]) -> dict[str, object]:
    """What goes along with a call."""
    if "Upload-Length" in form:
        return {"headers": form, "content_type": "application/json"}
    return {"data": form} if method == "post" and form else {"content_type": "application/json"}


def test_every_address_and_method_stands_in_the_table_once():
    rows = [row.split() for row in columns_of(CALLING)["visitor"]]
    listed = sorted((name, method) for name, *kinds in rows for kind in kinds for method in METHODS[kind])
    assert listed == sorted((name, method) for name in ADDRESSES for method in chain.from_iterable(KINDS.values()))


def test_what_is_no_address_of_the_api_is_absent_to_all(program_of, arguments):
    for caller in CALLERS:
        for method in chain.from_iterable(METHODS.values()):
            assert getattr(program_of(caller), method)("/api/v1/users/").status_code == 404
