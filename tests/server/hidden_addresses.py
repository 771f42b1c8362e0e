"""Every address of the site with what it needs, to be asked where a phase hides its results."""

import re

from django.urls import get_resolver, reverse
from django.utils import timezone

from leaderboard.exports.formats import CLASS_FORMATS, CURVE_FORMATS, SIGNIFICANCE_FORMATS, TABLE_FORMATS
from server.outbox.models import OutboxEmail
from server.rescores.models import Rescore
from server.submissions.models import Evaluation
from server.teams.services import invite
from server.tracks.models import Phase
from server.verification.models import VerificationCase
from tests.rescoring import OF_A_RESCORE, OF_A_RESCORE_BY_API
from tests.server.by_api import OF_A_BOARD, OF_A_PHASE
from tests.server.case_forms import arguments_of_cases
from tests.server.roles import names_in

FORMATS = TABLE_FORMATS + CURVE_FORMATS
# Addresses that show or change nothing but an account, or that are written to only; admin pages are organisers'.
NO_CHANNEL = re.compile(
    r"admin:|account_|mfa_|accounts:(make_token|revoke_token)|submissions:(cancel|withdraw|restore|choose"
    r"|unchoose)|teams:(?!found|join)|api:(cancel|withdraw|restore|choose|unchoose|accept_invitation|remove_member"
    r"|transfer_captaincy|rename_team|leave_team|withdraw_invitation)"
)
ASKED_FOR_IN_VAIN = (
    "?ordering=-score",
    "?ordering=scores",
    "?score__gt=0.5",
    "?scores__peak_iou__gt=0.5",
    "?search=9",
)


def every_address(scored, hidden, alice) -> list[str]:
    """Every address that shows something, with what it needs."""
    here = [hidden.track.slug, hidden.slug]
    arguments = arguments_of(scored, hidden, alice)
    names = [name for name in names_in(get_resolver()) if not NO_CHANNEL.match(name)]
    urls = [reverse(name, args=each) for name in names for each in arguments.get(name, [[]])]
    narrowed = [f"{reverse('api:submissions')}{query}" for query in ASKED_FOR_IN_VAIN]
    board, as_json = hidden.get_absolute_url(), reverse("api:leaderboard", args=[hidden.pk])
    read = [f"{board}{query}" for query in ("?sort=peak_iou&dir=asc", "?find=a", "?show=rank")]
    past = [f"{url}?at={timezone.now():%Y-%m-%dT%H:%M:%SZ}" for url in (board, as_json, f"{board}export.csv")]
    curves = reverse("leaderboard:curves", args=here)
    keys = [f"e{each.evaluations.get().pk.hex}" for each in scored]
    named = [f"{curves}?bands=1&t=9&teams={key}" for key in keys] + [f"{board}export.svg?teams={keys[0]}"]
    return [*urls, *narrowed, *read, *past, *named, *beside(scored, here), f"{as_json}?curves=1"]


def arguments_of(scored, hidden, alice) -> dict[str, list[list[object]]]:
    here, of_split = [hidden.track.slug, hidden.slug], [hidden.track.slug, hidden.split]
    return {
        **dict.fromkeys(("site:track", "api:track", "editions:rules"), (here[:1],)),
        **dict.fromkeys(OF_AN_EDITION, ([hidden.track.edition.slug],)),
        "site:manifest": [of_split],
        "site:sample": [of_split],
        "leaderboard:board": [here],
        "leaderboard:curves": [here],
        "submissions:submit": [here],
        "submissions:pseudonym": [here],
        "submissions:submission_of_form": [["0123456789abcdef"]],
        "site:submission": [[each.pk] for each in scored],
        "site:submission_live": [[each.pk] for each in scored],
        "site:problem": [["bad_mode"]],
        "site:document": [["teams"]],
        "submissions:archive": [[each.pk] for each in scored],
        "submissions:problems": [[each.pk] for each in scored],
        "submissions:problems_csv": [[each.pk] for each in scored],
        "teams:join": [[invite(captain=alice).pk]],
        "leaderboard:board_export": [[*here, each.extension] for each in FORMATS],
        "leaderboard:archive_export": [[1, "csv"]],
        "leaderboard:classes": [here],
        "leaderboard:classes_export": [[*here, each.extension] for each in CLASS_FORMATS],
        **of_pairs(here),
        **of_the_desk(hidden),
        "leaderboard:phase_feed": [here],
        "public_announcements:one": [[1]],
        **of_decisions(scored, alice),
        **{f"announcements:{page}": [[1]] for page in ("one", "edit", "send", "discard", "end_banner")},
        "api:track": [here[:1]],
        **dict.fromkeys(OF_A_PHASE, ([hidden.pk],)),
        "api:invitation": [[invite(captain=alice).pk]],
        "api:archive": [[each.pk] for each in scored],
        "api:submission": [[each.pk] for each in scored],
        "api:upload": [["00000000-0000-4000-8000-000000000000"]],
        "api:problems": [[each.pk] for each in scored],
    }


OF_A_TEAM = ("rename", "appoint", "grant", "disqualify")


def of_decisions(scored, alice) -> dict[str, list[list[object]]]:
    pages = ("decisions:team", "api:admin_team_locks")
    acts = [f"{place}{act}" for place in ("decisions:", "api:admin_") for act in OF_A_TEAM]
    of_rows = ("decisions:submission", "decisions:review", "api:admin_review")
    undoing = ("decisions:undo_disqualification", "api:admin_undo_disqualification")
    return (
        {name: [[alice.membership.team_id]] for name in (*pages, *acts)}
        | {name: [[each.pk] for each in scored] for name in of_rows}
        | {name: [["00000000-0000-4000-8000-000000000000"]] for name in undoing}
        | {"decisions:undo_review": [[1]], "decisions:end_lock": [[1]]}
        | {
            f"{place}{act}_look_alike": [[1]]
            for place in ("decisions:", "api:admin_")
            for act in ("dismiss", "reopen")
        }
    )


def of_the_desk(hidden: Phase) -> dict[str, list[list[object]]]:
    """The organisers' addresses of ground truth, re-scores and the desk: only organisers get as far as a row."""
    rule, rescore = hidden.published_rule(), Rescore.objects.get()
    pages = {f"ground_truth:{page}": [[rule.ground_truth_id]] for page in ("detail", "live", "publish", "remove")}
    acts = {f"api:admin_{act}_truth": [[rule.ground_truth_id]] for act in ("publish", "remove")}
    acts |= {"api:admin_pack_again": [[rule.ground_truth_id]]}
    of_rescore = [*(f"rescores:{page}" for page in OF_A_RESCORE), *(f"api:{act}" for act in OF_A_RESCORE_BY_API)]
    return (
        pages
        | acts
        | {name: [[rescore.pk]] for name in of_rescore}
        | {
            **{name: [[hidden.track.slug]] for name in ("ground_truth:upload", "api:admin_ground_truth")},
            "rescores:start": [[rule.ground_truth_id]],
            "rescores:options": [[rule.pk]],
            "rescores:picture": [[rescore.pk, 0, "old"]],
            **of_buttons("run_again", Evaluation.objects.filter(state="scored").first().pk),
            **of_buttons("retry_mail", OutboxEmail.objects.first().pk),
            **of_buttons("show_again", 1),
            **of_cases(),
            **{f"api:admin_{act}": [[1]] for act in ("end_lock", "undo_review", "end_pause", *OF_ANNOUNCEMENTS)},
        }
    )


OF_ANNOUNCEMENTS = ("edit_announcement", "send_announcement", "discard_announcement", "end_banner")


def of_buttons(act: str, key: object) -> dict[str, list[list[object]]]:
    return {name: [[key]] for name in (f"desk:{act}", f"api:admin_{act}")}


OF_AN_EDITION = (
    *("site:edition", "editions:detail", "editions:list", "editions:unlist", "editions:delete"),
    *("api:admin_list_edition", "api:admin_unlist_edition", "api:admin_delete_edition"),
)


def of_cases() -> dict[str, list[list[object]]]:
    case = VerificationCase.objects.with_rows().get()
    return {name: [keys] for name, keys in arguments_of_cases(case, case).items()}


def of_results(here: list[str]) -> dict[str, list[list[object]]]:
    """The addresses of final results, statistics and paper packs."""
    versions = {"latest": here, "version": [*here, 1], "file": [*here, 1, "lid-final-v1.csv"]}
    pages = versions | {"statistics": here, "statistics_file": [*here, "csv"]}
    packs = [
        f"{place}{act}_pack" for place in ("organiser_results:", "api:admin_") for act in ("download", "delete")
    ]
    withdrawals = ("organiser_results:withdraw", "api:admin_withdraw_results")
    return (
        {f"results:{page}": [arguments] for page, arguments in pages.items()}
        | {name: [["00000000-0000-4000-8000-000000000000"]] for name in packs}
        | {name: [[1]] for name in withdrawals}
    )


def of_pairs(here: list[str]) -> dict[str, list[list[object]]]:
    pages = {"leaderboard:compare": [here], "leaderboard:significance": [here], **of_results(here)}
    return pages | {"leaderboard:significance_export": [[*here, each.extension] for each in SIGNIFICANCE_FORMATS]}


def beside(scored, here: list[str]) -> list[str]:
    """Rows against each other, also as files and in the order of what is hidden."""
    first, *_, last = (each.evaluations.get().pk for each in scored)
    two, pages = f"?team={first}&against={last}&sort=-difference", reverse("leaderboard:classes", args=here)
    together = f"{reverse('leaderboard:compare', args=here)}?rows={first}&rows={last}"
    phase = scored[0].phase_id
    by_api = [f"{reverse(page, args=[phase])}?row={first}&row={last}" for page in OF_A_BOARD[1:4]]
    return [f"{pages}{two}", f"{pages}export.json{two}", f"{pages}?sort=-iou", together, *by_api]
