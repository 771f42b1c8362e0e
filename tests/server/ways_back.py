"""The way back from each act of organisers that has one: the page that undoes it, and what is then as before."""

from collections.abc import Callable
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.db.models import Model
from django.urls import reverse

from leaderboard.models import Review
from server.accounts.models import User
from server.announcements.models import Announcement
from server.desk.models import PutAway
from server.rescores import services
from server.rescores.models import Rescore
from server.results.models import FinalResults, PaperPack
from server.submissions.models import LookAlike, Slot, TeamDisqualification
from server.teams.models import Membership, Team
from server.tracks.models import Edition, GroundTruth, Phase, ScoringRule, Track, rule_of
from server.verification.models import VerificationCase
from tests.server.arranged_acts import REASON, Sent, World
from tests.server.ways_to_act import ByPage

WHY = {"reason": REASON}


@dataclass(frozen=True)
class WayBack:
    """What undoes an act, sent once the act is done; and the state that is then as before."""

    sent: Callable[[World], Sent]
    state: Callable[[World], object]
    by: str = "organiser"

    def walk(self, world: World, state: object) -> str:
        """Undo it, and return the last answer; `state` is that before the act."""
        way = ByPage(world.browsers[self.by], self.sent(world))
        way.look()
        way.ask()  # which does it where no preview comes first
        return "" if self.state(world) == state else way.act()


def to(name: str, key: Callable[[World], object], **form: object) -> Callable[[World], Sent]:
    """A form that is sent to the page about a row."""
    return lambda world: Sent(reverse(name, args=[key(world)]), form)


def newest(model: type[Model], by: str = "pk") -> Callable[[World], object]:
    return lambda _: model._default_manager.order_by(by).last().pk


def values(model: type[Model], *fields: str, **where: object) -> Callable[[World], object]:
    """These fields of all rows, whatever their keys."""
    return lambda _: sorted(map(str, model._default_manager.filter(**where).values_list(*fields)))


def key_of(address: str) -> Callable[[World], object]:
    return lambda world: world.arguments[address][0]


# The admin


def as_it_was(name: str, kind: str) -> Callable[[World], Sent]:
    """The form of a row of the admin with its values before the act, which `world.rows` still has."""

    def sent(world: World) -> Sent:
        row = world.rows[kind]
        url = reverse(name, args=[row.pk])
        shown = type(world.browsers["admin"].get(url).context["adminform"].form)(instance=row)
        form = {field.html_name: field.value() for field in shown if field.name != "seen"} | WHY
        kept = {name: value for name, value in form.items() if value is not False}
        return Sent(url, {name: "" if value is None else value for name, value in kept.items()})

    return sent


def change_back(kind: str, model: type[Model], *fields: str) -> WayBack:
    return WayBack(as_it_was(f"admin:{kind}_change", kind), values(model, *fields), by="admin")


def phase_again(world: World) -> Sent:
    return Sent(*world.tries("tracks_phase", "add"))


def address_again(world: World) -> Sent:
    row = world.rows["account_emailaddress"]
    form = {"user": row.user_id, "email": row.email, "verified": "on", "primary": "on"}
    return Sent(reverse("admin:account_emailaddress_add"), form)


# Queue, announcements, decisions


def held_slots(_: World) -> int:
    return Slot.objects.filter(returned_at=None).count()


def cancel(world: World) -> Sent:
    return Sent(reverse("submissions:cancel", args=[world.failed.submission_id]))


def put_away_again(world: World) -> Sent:
    return Sent(reverse("desk:put_away"), {"key": world.fill_in("desk:put_away")["key"]})


def said(world: World) -> dict[str, object]:
    return {"subject": world.draft.subject, "text": world.draft.text}


def write_again(world: World) -> Sent:
    return Sent(reverse("announcements:new"), said(world))


def edit_back(world: World) -> Sent:
    return Sent(reverse("announcements:edit", args=[world.draft.pk]), said(world))


def rename_back(world: World) -> Sent:
    team = world.rows["teams_team"]
    form = {"name": team.name, "affiliation": team.affiliation, **WHY}
    return Sent(reverse("decisions:rename", args=[team.pk]), form)


def captain(world: World) -> str:
    return Membership.objects.get(team=world.alice.membership.team, role="captain").user.name


def appoint_back(world: World) -> Sent:
    url = reverse("decisions:appoint", args=[world.alice.membership.team_id])
    return Sent(url, {"member": str(world.alice.pk), **WHY})


def disqualify_again(world: World) -> Sent:
    phase = TeamDisqualification.objects.order_by("pk").last().phase_id
    url = reverse("decisions:disqualify", args=[world.rows["teams_team"].pk])
    return Sent(url, {"scope": f"phase:{phase}", **WHY})


def act_of_disqualification(_: World) -> object:
    return TeamDisqualification.objects.order_by("pk").last().act


def why_no_problem(address: str) -> Callable[[World], str]:
    """The reason why equal maps are no problem; empty where they are open."""
    return lambda world: LookAlike.objects.get(pk=world.arguments[address][0]).reason


def review_again(world: World) -> Sent:
    undone = Review.objects.order_by("pk").last()
    url = reverse("decisions:review", args=[undone.submission_id])
    return Sent(url, {"verdict": undone.verdict, **WHY})


# Editions, phases, ground truth, re-scores


def dates_back(world: World) -> Sent:
    query = f"phases={world.phase.pk}&act=move&closes_at={world.phase.closes_at:%Y-%m-%dT%H:%M:%S}"
    return Sent(f"{reverse('organiser_phases:change')}?{query}", dict(WHY))


def rules_back(world: World) -> Sent:
    rows = enumerate(world.phase.track.rules)
    form = {f"rules-{at}-{name}": value for at, rule in rows for name, value in (rule | {"ORDER": at}).items()}
    counts = {"rules-TOTAL_FORMS": len(world.phase.track.rules), "rules-INITIAL_FORMS": 0}
    return Sent(reverse("editions:rules", args=[world.phase.track.slug]), form | counts | WHY)


def slug_of_other_edition(_: World) -> str:
    return Edition.objects.order_by("pk").last().slug


def published_truths(_: World) -> list[str]:
    rules = ScoringRule.objects.filter(state="published", split="val")
    return [rule.ground_truth.truth_sha256 for rule in rules.select_related("ground_truth")]


def first_truth(_: World) -> object:
    return GroundTruth.objects.filter(split="val", state="ready").order_by("created_at").first().pk


def rescores_under_way(_: World) -> int:
    return Rescore.objects.under_way().count()


newest_rescore = newest(Rescore, by="created_at")
newest_truth = newest(GroundTruth, by="created_at")


def start_again(world: World) -> Sent:
    dropped = GroundTruth.objects.filter(split="test", state="ready").order_by("created_at").last()
    form = {"phases": [world.phase.pk], "scope": "all"}
    return Sent(reverse("rescores:start", args=[dropped.pk]), form)


def former_rule(world: World) -> Sent:
    """Another re-score with the ground truth before: its scores are there still."""
    rescore = services.start(ground_truth=world.truth.row, phases=[world.phase], by=world.organiser)
    return Sent(reverse("rescores:publish", args=[rescore.pk]), {"phases": [world.phase.pk], **WHY})


def number_of_rule(world: World) -> int:
    return rule_of(Phase.objects.get(pk=world.phase.pk)).number


# Results and verification


def publish_again(world: World) -> Sent:
    form = {**WHY, "confirmed": "on"}
    return Sent(f"{reverse('organiser_results:publish')}?phases={world.phase.pk}", form)


def pack_again(world: World) -> Sent:
    return Sent(f"{reverse('organiser_results:make_pack')}?phases={world.phase.pk}")


CALLED_OFF = {"verdict": "called_off", **WHY}


def cases(_: World) -> list[str]:
    return sorted(map(str, VerificationCase.objects.in_force().values_list("submission", "state")))


newest_case = newest(VerificationCase, by="opened_at")


def delete_pack(_: World) -> Sent:
    """Once a worker has made it."""
    pack = PaperPack.objects.get(state="waiting")
    PaperPack.objects.filter(pk=pack.pk).update(state="ready")
    return Sent(reverse("organiser_results:delete_pack", args=[pack.pk]))


def number_of_packs(_: World) -> int:
    return PaperPack.objects.exclude(state="deleted").count()


OF_TEAMS = values(TeamDisqualification, "team", "phase", undone_at=None)
OF_ROWS = values(Review, "submission", "verdict", undone_at=None)
DRAFTS = values(Announcement, "subject", "text", sent_at=None)
UNLISTED = values(Edition, "slug", listed_at=None)
PHASES = values(Phase, "track", "slug")
IN_FORCE = values(FinalResults, "phase", withdrawn_at=None)
ADDRESSES = values(EmailAddress, "email", "verified")
CANCELLED = WayBack(cancel, held_slots, by="captain")

WAYS_BACK: dict[str, WayBack] = {
    "admin:tracks_track_change": change_back("tracks_track", Track, "slug", "title", "task", "number"),
    "admin:tracks_edition_change": change_back("tracks_edition", Edition, "title", "headline"),
    "admin:tracks_phase_change": change_back("tracks_phase", Phase, "slug", "title", "limit"),
    "admin:tracks_phase_add": WayBack(to("admin:tracks_phase_delete", newest(Phase)), PHASES),
    "admin:tracks_phase_delete": WayBack(phase_again, PHASES),
    "admin:accounts_user_change": change_back("accounts_user", User, "name", "is_active"),
    "admin:account_emailaddress_add": WayBack(
        to("admin:account_emailaddress_delete", newest(EmailAddress)), ADDRESSES, by="admin"
    ),
    "admin:account_emailaddress_change": change_back("account_emailaddress", EmailAddress, "email", "verified"),
    "admin:account_emailaddress_delete": WayBack(address_again, ADDRESSES, by="admin"),
    "admin:submissions_evaluation_changelist run_again": CANCELLED,
    "desk:run_again": CANCELLED,
    "desk:put_away": WayBack(to("desk:show_again", newest(PutAway)), values(PutAway, "key")),
    "desk:show_again": WayBack(put_away_again, values(PutAway, "key")),
    "announcements:new": WayBack(to("announcements:discard", newest(Announcement)), DRAFTS),
    "announcements:edit": WayBack(edit_back, DRAFTS),
    "announcements:discard": WayBack(write_again, DRAFTS),
    "decisions:rename": WayBack(rename_back, values(Team, "name", "affiliation")),
    "decisions:appoint": WayBack(appoint_back, captain),
    "decisions:disqualify": WayBack(
        to("decisions:undo_disqualification", act_of_disqualification, **WHY), OF_TEAMS
    ),
    "decisions:undo_disqualification": WayBack(disqualify_again, OF_TEAMS),
    "decisions:review": WayBack(to("decisions:undo_review", newest(Review), **WHY), OF_ROWS),
    "decisions:undo_review": WayBack(review_again, OF_ROWS),
    "decisions:dismiss_look_alike": WayBack(
        to("decisions:reopen_look_alike", key_of("decisions:dismiss_look_alike"), **WHY),
        why_no_problem("decisions:dismiss_look_alike"),
    ),
    "decisions:reopen_look_alike": WayBack(
        to("decisions:dismiss_look_alike", key_of("decisions:reopen_look_alike"), reason="The baseline."),
        why_no_problem("decisions:reopen_look_alike"),
    ),
    "editions:list": WayBack(to("editions:unlist", slug_of_other_edition, **WHY), UNLISTED),
    "editions:unlist": WayBack(to("editions:list", slug_of_other_edition, **WHY), UNLISTED),
    "editions:rules": WayBack(rules_back, values(Track, "slug", "rules")),
    "organiser_phases:change": WayBack(dates_back, values(Phase, "slug", "closes_at")),
    "ground_truth:upload": WayBack(to("ground_truth:remove", newest_truth, **WHY), values(GroundTruth, "state")),
    "ground_truth:publish": WayBack(to("ground_truth:publish", first_truth, **WHY), published_truths),
    "rescores:start": WayBack(to("rescores:drop", newest_rescore), rescores_under_way),
    "rescores:publish": WayBack(former_rule, number_of_rule),
    "rescores:drop": WayBack(start_again, rescores_under_way),
    "organiser_results:publish": WayBack(to("organiser_results:withdraw", newest(FinalResults), **WHY), IN_FORCE),
    "organiser_results:withdraw": WayBack(publish_again, IN_FORCE),
    "organiser_results:make_pack": WayBack(delete_pack, number_of_packs),
    "organiser_results:delete_pack": WayBack(pack_again, number_of_packs),
    "verification:open": WayBack(to("verification:verdict", newest_case, **CALLED_OFF), cases),
    "verification:verdict": WayBack(to("verification:reopen", key_of("verification:verdict"), **WHY), cases),
    "verification:reopen": WayBack(to("verification:verdict", key_of("verification:reopen"), **CALLED_OFF), cases),
    "verification:mark": WayBack(to("verification:mark", key_of("verification:mark"), step="running"), cases),
}
