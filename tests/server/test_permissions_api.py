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
tracks       post change         no_way   no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
tracks       options             empty    empty    empty     empty    empty    empty     empty    empty     empty
track        read                ok       ok       ok        ok       ok       ok        ok       ok        unknown
track        post change         no_way   no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
track        options             empty    empty    empty     empty    empty    empty     empty    empty     empty
phases       read                ok       ok       ok        ok       ok       ok        ok       ok        unknown
phases       post change         no_way   no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
phases       options             empty    empty    empty     empty    empty    empty     empty    empty     empty
phase        read                ok       ok       ok        ok       ok       ok        ok       ok        unknown
phase        post change         no_way   no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
phase        options             empty    empty    empty     empty    empty    empty     empty    empty     empty
leaderboard  read                ok       ok       ok        ok       ok       ok        ok       ok        unknown
leaderboard  post change         no_way   no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
leaderboard  options             empty    empty    empty     empty    empty    empty     empty    empty     empty
manifest     read                ok       ok       ok        ok       ok       ok        ok       ok        unknown
manifest     post change         no_way   no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
manifest     options             empty    empty    empty     empty    empty    empty     empty    empty     empty
editions     read                ok       ok       ok        ok       ok       ok        ok       ok        unknown
editions     post change         no_way   no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
editions     options             empty    empty    empty     empty    empty    empty     empty    empty     empty
paper_tables read                ok       ok       ok        ok       ok       ok        ok       ok        unknown
paper_tables post change         no_way   no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
paper_tables options             empty    empty    empty     empty    empty    empty     empty    empty     empty
curves       read                ok       ok       ok        ok       ok       ok        ok       ok        unknown
curves       post change         no_way   no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
curves       options             empty    empty    empty     empty    empty    empty     empty    empty     empty
classes      read                ok       ok       ok        ok       ok       ok        ok       ok        unknown
classes      post change         no_way   no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
classes      options             empty    empty    empty     empty    empty    empty     empty    empty     empty
compare      read                invalid  invalid  invalid   invalid  invalid  invalid   invalid  invalid   unknown
compare      post change         no_way   no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
compare      options             empty    empty    empty     empty    empty    empty     empty    empty     empty
significance read                ok       ok       ok        ok       ok       ok        ok       ok        unknown
significance post change         no_way   no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
significance options             empty    empty    empty     empty    empty    empty     empty    empty     empty
results      read                ok       ok       ok        ok       ok       ok        ok       ok        unknown
results      post change         no_way   no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
results      options             empty    empty    empty     empty    empty    empty     empty    empty     empty
log          read                ok       ok       ok        ok       ok       ok        ok       ok        unknown
log          post change         no_way   no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
log          options             empty    empty    empty     empty    empty    empty     empty    empty     empty
submissions  read                unknown  ok       ok        ok       ok       ok        ok       ok        unknown
submissions  post                unknown  done     conflict  done     done     conflict  conflict refused   unknown
submissions  change              unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
submissions  options             empty    empty    empty     empty    empty    empty     empty    empty     empty
uploads      read                unknown  no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
uploads      change              unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
uploads      post                unknown  done     conflict  done     done     conflict  conflict refused   unknown
uploads      options             empty    empty    empty     empty    empty    empty     empty    empty     empty
upload       read                unknown  absent   absent    absent   ok       absent    absent   ok        unknown
upload       post                unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
upload       put                 unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
upload       patch               unknown  absent   absent    absent   no_form  absent    absent   refused   unknown
upload       delete              unknown  absent   absent    absent   done     absent    absent   refused   unknown
upload       options             empty    empty    empty     empty    empty    empty     empty    empty     empty
submission   read                unknown  absent   absent    ok       ok       ok        ok       ok        unknown
submission   post change         unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
submission   options             empty    empty    empty     empty    empty    empty     empty    empty     empty
problems     read                unknown  absent   absent    ok       ok       ok        ok       ok        unknown
problems     post change         unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
problems     options             empty    empty    empty     empty    empty    empty     empty    empty     empty
cancel       read                unknown  no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
cancel       options             empty    empty    empty     empty    empty    empty     empty    empty     empty
cancel       post                unknown  absent   absent    done     done     absent    absent   refused   unknown
cancel       change              unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
cases        read                unknown  ok       ok        ok       ok       ok        ok       ok        unknown
cases        post change         unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
cases        options             empty    empty    empty     empty    empty    empty     empty    empty     empty
case         read                unknown  absent   absent    ok       ok       absent    absent   ok        unknown
case         post change         unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
case         options             empty    empty    empty     empty    empty    empty     empty    empty     empty
case_code    read                unknown  no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
case_code    options             empty    empty    empty     empty    empty    empty     empty    empty     empty
case_code    post                unknown  absent   absent    done     done     absent    absent   refused   unknown
case_code    change              unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
case_message read                unknown  no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
case_message options             empty    empty    empty     empty    empty    empty     empty    empty     empty
case_message post                unknown  absent   absent    done     done     absent    absent   refused   unknown
case_message change              unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
team         read                unknown  ok       absent    ok       ok       absent    absent   ok        unknown
team         post                unknown  conflict conflict  conflict conflict done      done     refused   unknown
team         change              unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
team         options             empty    empty    empty     empty    empty    empty     empty    empty     empty
rename_team  post                unknown  done     conflict  conflict done     conflict  conflict refused   unknown
rename_team  change              unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
rename_team  read                unknown  no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
rename_team  options             empty    empty    empty     empty    empty    empty     empty    empty     empty
leave_team   post                unknown  done     conflict  done     conflict conflict  conflict refused   unknown
leave_team   change              unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
leave_team   read                unknown  no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
leave_team   options             empty    empty    empty     empty    empty    empty     empty    empty     empty
remove_member post               unknown  absent   absent    conflict done     absent    absent   refused   unknown
remove_member change             unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
remove_member read               unknown  no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
remove_member options            empty    empty    empty     empty    empty    empty     empty    empty     empty
transfer_captaincy post          unknown  absent   absent    conflict done     absent    absent   refused   unknown
transfer_captaincy change        unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
transfer_captaincy read          unknown  no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
transfer_captaincy options       empty    empty    empty     empty    empty    empty     empty    empty     empty
quota_history read               unknown  ok       absent    ok       ok       absent    absent   ok        unknown
quota_history post change        unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
quota_history options            empty    empty    empty     empty    empty    empty     empty    empty     empty
pseudonym    read                unknown  ok       absent    ok       ok       absent    absent   ok        unknown
pseudonym    post                unknown  done     absent    done     done     absent    absent   refused   unknown
pseudonym    change              unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
pseudonym    options             empty    empty    empty     empty    empty    empty     empty    empty     empty
team_invitations read            unknown  ok       absent    conflict ok       absent    absent   ok        unknown
team_invitations post            unknown  done     conflict  conflict done     conflict  conflict refused   unknown
team_invitations change          unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
team_invitations options         empty    empty    empty     empty    empty    empty     empty    empty     empty
withdraw_invitation post         unknown  absent   absent    conflict done     absent    absent   refused   unknown
withdraw_invitation change       unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
withdraw_invitation read         unknown  no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
withdraw_invitation options      empty    empty    empty     empty    empty    empty     empty    empty     empty
invitations  read                unknown  ok       ok        ok       ok       ok        ok       ok        unknown
invitations  post change         unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
invitations  options             empty    empty    empty     empty    empty    empty     empty    empty     empty
invitation   read                unknown  ok       ok        ok       ok       ok        ok       ok        unknown
invitation   post change         unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
invitation   options             empty    empty    empty     empty    empty    empty     empty    empty     empty
accept_invitation post           unknown  conflict done      conflict conflict done      done     refused   unknown
accept_invitation change         unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
accept_invitation read           unknown  no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
accept_invitation options        empty    empty    empty     empty    empty    empty     empty    empty     empty
archive      read                unknown  absent   absent    ok       ok       absent    absent   ok        unknown
archive      post change         unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
archive      options             empty    empty    empty     empty    empty    empty     empty    empty     empty
choose       post                unknown  absent   absent    done     done     absent    absent   refused   unknown
choose       change              unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
choose       read                unknown  no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
choose       options             empty    empty    empty     empty    empty    empty     empty    empty     empty
unchoose     post                unknown  absent   absent    done     done     absent    absent   refused   unknown
unchoose     change              unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
unchoose     read                unknown  no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
unchoose     options             empty    empty    empty     empty    empty    empty     empty    empty     empty
withdraw     post                unknown  absent   absent    done     done     absent    absent   refused   unknown
withdraw     change              unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
withdraw     read                unknown  no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
withdraw     options             empty    empty    empty     empty    empty    empty     empty    empty     empty
restore      post                unknown  absent   absent    done     done     absent    absent   refused   unknown
restore      change              unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
restore      read                unknown  no_way   no_way    no_way   no_way   no_way    no_way   no_way    unknown
restore      options             empty    empty    empty     empty    empty    empty     empty    empty     empty
me           read                unknown  ok       ok        ok       ok       ok        ok       ok        unknown
me           post change         unknown  no_way   no_way    no_way   no_way   no_way    no_way   refused   unknown
me           options             empty    empty    empty     empty    empty    empty     empty    empty     empty
rescores     read post change    unknown  refused  refused   refused  refused  refused   refused  refused   unknown
rescores     options             empty    empty    empty     empty    empty    empty     empty    empty     empty
rescore      read post change    unknown  refused  refused   refused  refused  refused   refused  refused   unknown
rescore      options             empty    empty    empty     empty    empty    empty     empty    empty     empty
publish_rescore read post change unknown  refused  refused   refused  refused  refused   refused  refused   unknown
publish_rescore options          empty    empty    empty     empty    empty    empty     empty    empty     empty
drop_rescore read post change    unknown  refused  refused   refused  refused  refused   refused  refused   unknown
drop_rescore options             empty    empty    empty     empty    empty    empty     empty    empty     empty
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
            call = partial(getattr(program, method), url, **sent(name, method, fill_in(f"api:{name}")))
            outcome = found(call, expected, before)
            if outcome != expected:
                odd[name, method] = outcome
    assert odd == {}
    assert changes(before, all_rows()) == []


def sent(name: str, method: str, form: dict[str, object]) -> dict[str, object]:
    """What goes along with a call: a form with an archive, the headers of an upload, or JSON."""
    if name == "submissions" and method == "post":
        return {"data": form}
    if "Upload-Length" in form:
        return {"headers": form, "content_type": "application/json"}
    return {"content_type": "application/json"} | ({"data": form} if method == "post" and form else {})


def test_every_address_and_method_stands_in_the_table_once():
    rows = [row.split() for row in columns_of(CALLING)["visitor"]]
    listed = sorted((name, method) for name, *kinds in rows for kind in kinds for method in METHODS[kind])
    assert listed == sorted((name, method) for name in ADDRESSES for method in chain.from_iterable(KINDS.values()))


def test_what_is_no_address_of_the_api_is_absent_to_all(program_of, arguments):
    for caller in CALLERS:
        for method in chain.from_iterable(METHODS.values()):
            assert getattr(program_of(caller), method)("/api/v1/users/").status_code == 404
