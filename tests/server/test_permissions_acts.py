"""Who may call the organisers' part of the API: only an organiser, with a token that was made for it."""

from functools import partial
from uuid import UUID, uuid4

import pytest
from django.urls import get_resolver, reverse

from server.accounts.models import User
from tests.server.roles import all_rows, changes, columns_of, names_in
from tests.server.test_permissions_api import METHODS, OF_ORGANISERS

pytestmark = pytest.mark.django_db

# "organiser": whose token may submit, and no more. "acting": an organiser's that may act as one. "former": the
# same token, of who is no longer an organiser.
CALLING = """
                                     visitor  captain  read-only organiser former  acting
admin_teams             read         unknown  refused  refused   refused   refused ok
admin_teams             post         unknown  refused  refused   refused   refused no_way
admin_team_locks        read         unknown  refused  refused   refused   refused ok
admin_team_locks        post         unknown  refused  refused   refused   refused no_way
admin_rename            read         unknown  refused  refused   refused   refused no_way
admin_rename            post         unknown  refused  refused   refused   refused done
admin_appoint           read         unknown  refused  refused   refused   refused no_way
admin_appoint           post         unknown  refused  refused   refused   refused done
admin_grant             read         unknown  refused  refused   refused   refused no_way
admin_grant             post         unknown  refused  refused   refused   refused done
admin_disqualify        read         unknown  refused  refused   refused   refused no_way
admin_disqualify        post         unknown  refused  refused   refused   refused done
admin_undo_disqualification read         unknown  refused  refused   refused   refused no_way
admin_undo_disqualification post         unknown  refused  refused   refused   refused done
admin_erase_account     read         unknown  refused  refused   refused   refused no_way
admin_erase_account     post         unknown  refused  refused   refused   refused done
admin_grant_to_all      read         unknown  refused  refused   refused   refused no_way
admin_grant_to_all      post         unknown  refused  refused   refused   refused done
admin_end_lock          read         unknown  refused  refused   refused   refused no_way
admin_end_lock          post         unknown  refused  refused   refused   refused done
admin_review            read         unknown  refused  refused   refused   refused no_way
admin_review            post         unknown  refused  refused   refused   refused done
admin_undo_review       read         unknown  refused  refused   refused   refused no_way
admin_undo_review       post         unknown  refused  refused   refused   refused done
admin_dismiss_look_alike read        unknown  refused  refused   refused   refused no_way
admin_dismiss_look_alike post        unknown  refused  refused   refused   refused done
admin_reopen_look_alike read         unknown  refused  refused   refused   refused no_way
admin_reopen_look_alike post         unknown  refused  refused   refused   refused done
admin_desk              read         unknown  refused  refused   refused   refused ok
admin_desk              post         unknown  refused  refused   refused   refused no_way
admin_put_away          read         unknown  refused  refused   refused   refused no_way
admin_put_away          post         unknown  refused  refused   refused   refused done
admin_show_again        read         unknown  refused  refused   refused   refused no_way
admin_show_again        post         unknown  refused  refused   refused   refused done
admin_run_again         read         unknown  refused  refused   refused   refused no_way
admin_run_again         post         unknown  refused  refused   refused   refused done
admin_retry_mail        read         unknown  refused  refused   refused   refused no_way
admin_retry_mail        post         unknown  refused  refused   refused   refused done
admin_announcements     read         unknown  refused  refused   refused   refused ok
admin_announcements     post         unknown  refused  refused   refused   refused done
admin_send_announcement read         unknown  refused  refused   refused   refused no_way
admin_send_announcement post         unknown  refused  refused   refused   refused done
admin_discard_announcement read      unknown  refused  refused   refused   refused no_way
admin_discard_announcement post      unknown  refused  refused   refused   refused done
admin_end_banner           read      unknown  refused  refused   refused   refused no_way
admin_end_banner           post      unknown  refused  refused   refused   refused done
admin_reopen_case          read      unknown  refused  refused   refused   refused no_way
admin_reopen_case          post      unknown  refused  refused   refused   refused done
admin_cases             read         unknown  refused  refused   refused   refused ok
admin_cases             post         unknown  refused  refused   refused   refused done
admin_extend_case       read         unknown  refused  refused   refused   refused no_way
admin_extend_case       post         unknown  refused  refused   refused   refused done
admin_close_case        read         unknown  refused  refused   refused   refused no_way
admin_close_case        post         unknown  refused  refused   refused   refused done
admin_change_phases     read         unknown  refused  refused   refused   refused no_way
admin_change_phases     post         unknown  refused  refused   refused   refused done
admin_open_edition      read         unknown  refused  refused   refused   refused no_way
admin_open_edition      post         unknown  refused  refused   refused   refused done
admin_list_edition      read         unknown  refused  refused   refused   refused no_way
admin_list_edition      post         unknown  refused  refused   refused   refused conflict
admin_unlist_edition read         unknown  refused  refused   refused   refused no_way
admin_unlist_edition post         unknown  refused  refused   refused   refused conflict
admin_delete_edition read         unknown  refused  refused   refused   refused no_way
admin_delete_edition post         unknown  refused  refused   refused   refused conflict
admin_publish_results   read        unknown  refused  refused   refused   refused no_way
admin_publish_results   post        unknown  refused  refused   refused   refused conflict
admin_withdraw_results  read        unknown  refused  refused   refused   refused no_way
admin_withdraw_results  post        unknown  refused  refused   refused   refused done
admin_paper_packs       read        unknown  refused  refused   refused   refused ok
admin_paper_packs       post        unknown  refused  refused   refused   refused done
admin_download_pack     read        unknown  refused  refused   refused   refused no_way
admin_download_pack     post        unknown  refused  refused   refused   refused done
admin_publish_truth     read         unknown  refused  refused   refused   refused no_way
admin_publish_truth     post         unknown  refused  refused   refused   refused conflict
admin_remove_truth      read         unknown  refused  refused   refused   refused no_way
admin_remove_truth      post         unknown  refused  refused   refused   refused done
admin_again_rescore            read         unknown  refused  refused   refused   refused no_way
admin_again_rescore            post         unknown  refused  refused   refused   refused conflict
admin_include_all_rescore      read         unknown  refused  refused   refused   refused no_way
admin_include_all_rescore      post         unknown  refused  refused   refused   refused done
admin_delete_pack              read         unknown  refused  refused   refused   refused no_way
admin_delete_pack              post         unknown  refused  refused   refused   refused done
admin_pack_again               read         unknown  refused  refused   refused   refused no_way
admin_pack_again               post         unknown  refused  refused   refused   refused done
admin_ground_truth             read         unknown  refused  refused   refused   refused ok
admin_ground_truth             post         unknown  refused  refused   refused   refused no_form
admin_edit_announcement        read         unknown  refused  refused   refused   refused no_way
admin_edit_announcement        post         unknown  refused  refused   refused   refused done
admin_release_emails           read         unknown  refused  refused   refused   refused no_way
admin_release_emails           post         unknown  refused  refused   refused   refused conflict
admin_drop_emails              read         unknown  refused  refused   refused   refused no_way
admin_drop_emails              post         unknown  refused  refused   refused   refused conflict
admin_worker_hosts             read         unknown  refused  refused   refused   refused ok
admin_worker_hosts             post         unknown  refused  refused   refused   refused no_way
admin_end_pause                read         unknown  refused  refused   refused   refused no_way
admin_end_pause                post         unknown  refused  refused   refused   refused done
"""
ADDRESSES = {name.removeprefix("api:") for name in names_in(get_resolver()) if name.startswith(OF_ORGANISERS)}


@pytest.mark.parametrize("caller", ["visitor", "captain", "read-only", "organiser", "former", "acting"])
def test_calling_is_as_the_table_says(program_of, arguments, fill_in, found, organiser, caller):
    program, odd = program_of("acting" if caller == "former" else caller), {}
    if caller == "former":
        User.objects.filter(pk=organiser.pk).update(is_staff=False)
    before = all_rows()
    for row, expected in columns_of(CALLING)[caller].items():
        name, kind = row.split()
        url = reverse(f"api:{name}", args=arguments.get(f"api:{name}"))
        body = {"data": fill_in(f"api:{name}")} if kind == "post" else {}
        for method in METHODS[kind]:
            call = partial(getattr(program, method), url, **body, content_type="application/json")
            if (outcome := found(call, expected, before)) != expected:
                odd[name, method] = outcome
    assert odd == {}
    assert changes(before, all_rows()) == []


def test_every_address_stands_in_the_table():
    listed = {tuple(row.split()) for row in columns_of(CALLING)["visitor"]}
    assert listed == {(name, kind) for name in ADDRESSES for kind in ("read", "post")}


def test_what_is_neither_read_nor_posted_to_answers_to_no_other_method(program_of, arguments):
    program, before = program_of("acting"), all_rows()
    for name in ADDRESSES:
        url = reverse(f"api:{name}", args=arguments.get(f"api:{name}"))
        for method in METHODS["change"]:
            assert getattr(program, method)(url).status_code == 405
        assert program.options(url).status_code == 204
    assert changes(before, all_rows()) == []


def test_a_row_that_is_there_is_refused_as_one_that_is_not(program_of, arguments):
    program = program_of("captain")
    for name, keys in arguments.items():
        if name.startswith(OF_ORGANISERS):
            there, missing = (program.post(reverse(name, args=[key])) for key in (keys[0], other_than(keys[0])))
            assert there.status_code == missing.status_code == 403
            assert there.content == missing.content


def other_than(key: object) -> object:
    if isinstance(key, UUID):
        return uuid4()
    return int(str(key)) + 1000 if str(key).isdigit() else "nothing"
