"""What each act of organisers is tried on, and what is sent to have it done: by page, API or command."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from leaderboard.services import review
from leaderboard.team_disqualification import disqualify_team
from server.accounts.models import User
from server.announcements.models import Announcement
from server.desk.services import put_away
from server.outbox.services import hold_emails
from server.rescores import services
from server.rescores.choice import Choice
from server.rescores.models import Rescore
from server.submissions.models import Evaluation, Submission
from server.tracks.editions.opening import open_edition
from server.tracks.editions.plan import copies_of
from server.tracks.models import Edition, GroundTruth, Phase
from server.tracks.services import publish
from server.verification import asking
from server.verification.models import VerificationCase
from tests.ground_truths import Truth, Truths
from tests.rescoring import corrected
from tests.server.test_editions import ASKED, filled_in
from tests.server.test_permissions_admin import post

COMMAND = "manage.py "  # how the address of an act begins that a command does
REASON = "It was asked for."
NEW_SCORES = {"mean_iou": 0.3, "mean_accuracy": 0.5, "pixel_accuracy": 0.5}


@dataclass(frozen=True)
class Sent:
    """What is sent where: a form to a URL, or words to a command."""

    target: str
    form: dict[str, object] = field(default_factory=dict)
    words: tuple[object, ...] = ()


@dataclass(frozen=True)
class World:
    """What the tables of permissions are tried on."""

    arguments: dict[str, list[object]]
    fill_in: Callable[[str], dict[str, object]]
    tries: Callable[[str, str], tuple[str, dict[str, object]]]  # of the admin
    rows: dict[str, object]  # of the admin
    phase: Phase
    truth: Truth
    truths: Truths
    alice: User
    organiser: User
    browsers: dict[str, Client]  # by role
    failed: Evaluation
    draft: Announcement
    case: VerificationCase

    def sent(self, address: str) -> Sent:
        """Arrange what the act needs, and return what is sent, not yet confirmed."""
        if arranged := ARRANGED.get(address):
            return arranged(self, address)
        if address.startswith("admin:"):
            return self._to_admin(address.removeprefix("admin:"))
        form = {name: value for name, value in self.fill_in(address).items() if name not in {"seen", "confirm"}}
        return Sent(reverse(address, args=self.arguments.get(address)), form)

    def _to_admin(self, name: str) -> Sent:
        page, _, action = name.partition(" ")
        kind, _, page = page.rpartition("_")
        if action:
            ticked = {"action": action, "_selected_action": [self.rows[kind].pk]}
            return Sent(reverse(f"admin:{kind}_changelist"), ticked)
        url, form = self.tries(kind, page)
        return Sent(url, {} if page == "delete" else form)


Arrange = Callable[[World, str], Sent]  # what the act at an address needs is arranged in the world


# The rows of the admin


def run_again(world: World, _: str) -> Sent:
    ticked = {"action": "run_again", "_selected_action": [world.failed.pk]}
    return Sent(reverse("admin:submissions_evaluation_changelist"), ticked)


def an_empty_phase(world: World, address: str) -> Sent:
    url, form = world.tries("tracks_phase", "add")
    post(world.browsers["organiser"], url, form)
    return Sent(reverse(address, args=[Phase.objects.get(slug=form["slug"]).pk]))


# Commands that only a shell has


def install_ground_truth(world: World, _: str) -> Sent:
    return Sent("install_ground_truth", words=(world.phase.track.slug, "val", world.truth.row.source))


def forget_totp(world: World, _: str) -> Sent:
    return Sent("forget_totp", words=(world.alice.email,))  # whose rows have a secret


def verify_address(world: World, _: str) -> Sent:
    world.alice.emailaddress_set.update(verified=False)
    return Sent("verify_address", words=(world.alice.email,))


# E-mails, phases, ground truth, editions


def hold(_: World, address: str) -> Sent:
    hold_emails("A restore.")
    command, *words = address.removeprefix(COMMAND).split()
    return Sent(command, words=tuple(words)) if address.startswith(COMMAND) else Sent(reverse(address))


def whole_second(world: World) -> list[object]:
    """The phase, closing at a whole second: forms know no others."""
    closes_at = world.phase.closes_at.replace(microsecond=0)
    Phase.objects.filter(pk=world.phase.pk).update(closes_at=closes_at)
    return [world.phase.pk]


def extend(world: World, address: str) -> Sent:
    (phase,) = whole_second(world)
    query = f"phases={phase}&act=extend&hours=12"
    return Sent(f"{reverse(address)}?{query}", {"reason": REASON})


def extend_by_command(world: World, _: str) -> Sent:
    named = f"{world.phase.track.slug}/{world.phase.slug}"
    return Sent("change_phases", {"reason": REASON}, ("extend", named, "--hours", "12"))


def upload_truth(world: World, address: str) -> Sent:
    url = reverse(address, args=world.arguments[address])
    return Sent(url, {"split": "val", "file": world.fill_in("ground_truth:upload")["file"]})


def publish_truth(world: World, address: str) -> Sent:
    """Another ground truth of a split to which nobody has submitted."""
    present, another = world.truth.row, corrected(world.truths, world.truth)
    publish(same_for("val", present))
    return Sent(reverse(address, args=[same_for("val", another).pk]), {"reason": REASON})


def same_for(split: str, packed: GroundTruth) -> GroundTruth:
    """The same pack, taken for another split."""
    facts = {name: getattr(packed, name) for name in ("pack_sha256", "truth_sha256", "image_count", "source")}
    return GroundTruth.objects.create(track=packed.track, split=split, state=packed.state, **facts)


def remove_truth(world: World, address: str) -> Sent:
    return Sent(reverse(address, args=world.arguments[address]), {"reason": REASON})


def open_next(world: World, address: str) -> Sent:
    url = f"{reverse(address)}?{'&'.join(f'{name}={value}' for name, value in ASKED.items())}"
    return Sent(url, filled_in(world.browsers["organiser"].get(url)) | {"reason": REASON})


def another_edition(*, listed: bool) -> Arrange:
    def arrange(world: World, address: str) -> Sent:
        plan = copies_of(Edition.objects.get(), "2021", timezone.now().date())
        edition = open_edition(plan, by=world.organiser, reason=REASON)
        Edition.objects.filter(pk=edition.pk).update(listed_at=timezone.now() if listed else None)
        return Sent(reverse(address, args=[edition.slug]), {"reason": REASON})

    return arrange


# Decisions: about what a public board shows, so that the public log tells them


def review_row(world: World, address: str) -> Sent:
    form = {"verdict": "disqualified", "reason": REASON, "tell": True}
    return Sent(reverse(address, args=world.arguments["site:submission"]), form)


def undo_review(world: World, address: str) -> Sent:
    shown = Submission.objects.get(pk=world.arguments["site:submission"][0])
    written = review(submission=shown, verdict="disqualified", reason=REASON, by=world.organiser)
    return Sent(reverse(address, args=[written.pk]), {"reason": REASON, "tell": True})


def undo_disqualification(world: World, address: str) -> Sent:
    team = world.alice.membership.team
    act = disqualify_team(team=team, scope=[world.phase], reason=REASON, by=world.organiser)
    return Sent(reverse(address, args=[act]), {"reason": REASON, "tell": True})


# Results


def publish_results(world: World, address: str) -> Sent:
    results_of_a_closed_phase(world)
    form = {"reason": REASON, "tell": "on", "confirmed": "on"}
    return Sent(f"{reverse(address)}?phases={world.phase.pk}", form)


def publish_results_by_api(world: World, address: str) -> Sent:
    results_of_a_closed_phase(world)
    form = {"phases": [world.phase.pk], "reason": REASON, "confirmed": True, "tell": True}
    return Sent(reverse(address), form)


def results_of_a_closed_phase(world: World) -> None:
    """The phase has closed, and what was published of it is withdrawn."""
    Phase.objects.filter(pk=world.phase.pk).update(closes_at=timezone.now())
    world.phase.final_results.update(withdrawn_at=timezone.now(), withdrawn_reason=REASON)


def withdraw_results(world: World, address: str) -> Sent:
    Phase.objects.filter(pk=world.phase.pk).update(closes_at=timezone.now())
    form = {"reason": REASON, "tell": True}
    return Sent(reverse(address, args=world.arguments[address]), form)


def make_pack(world: World, address: str) -> Sent:
    return Sent(f"{reverse(address)}?phases={world.phase.pk}")


# Re-scores


def a_dry_run(world: World) -> Rescore:
    """All submissions of the phase were scored by another ground truth, and nothing is published yet."""
    truth = another_truth(world)
    rescore = services.start(ground_truth=truth, phases=[world.phase], by=world.organiser)
    Evaluation.objects.filter(rescoring=True).update(state="scored", scores=NEW_SCORES, finished_at=timezone.now())
    return rescore


def another_truth(world: World) -> GroundTruth:
    services.drop(Rescore.objects.get(), by=world.organiser)  # one at a time
    return corrected(world.truths, world.truth)


def start_rescore(world: World, address: str) -> Sent:
    url = reverse(address, args=[another_truth(world).pk])
    return Sent(url, {"phases": [world.phase.pk], "scope": "all"})


def start_rescore_by_api(world: World, address: str) -> Sent:
    form = {"ground_truth": str(another_truth(world).pk), "phases": [world.phase.pk], "scope": "all"}
    return Sent(reverse(address), form)


def start_rescore_by_command(world: World, _: str) -> Sent:
    return Sent("rescore", words=("start", another_truth(world).pack_sha256[:12]))


def failed_in_a_dry_run(world: World) -> Rescore:
    rescore = a_dry_run(world)
    one = Evaluation.objects.filter(rescoring=True)[:1].get()
    Evaluation.objects.filter(pk=one.pk).update(state="failed", scores=None)
    return rescore


def a_look(world: World) -> Rescore:
    """A dry run of what stands, under way."""
    standing, truth = Choice(Rescore.Scope.STANDING), another_truth(world)
    return services.start(ground_truth=truth, phases=[world.phase], by=world.organiser, choice=standing)


def of_rescore(made: Callable[[World], Rescore] = a_dry_run, **form: object) -> Arrange:
    return lambda world, address: Sent(
        reverse(address, args=[made(world).pk]), ({"phases": [world.phase.pk]} if form else {}) | form
    )


def by_command(made: Callable[[World], Rescore] = a_dry_run, **form: object) -> Arrange:
    return lambda world, address: Sent("rescore", dict(form), (address.split()[-1], str(made(world).pk)))


# The desk and verification


def show_again(world: World, address: str) -> Sent:
    row = put_away(world.fill_in("desk:put_away")["key"], by=world.organiser)
    return Sent(reverse(address, args=[row.pk]))


def mark(world: World, address: str) -> Sent:
    asking.mark(VerificationCase.objects.get(pk=world.case.pk), "running", by=world.organiser)
    return Sent(reverse(address, args=[world.case.pk]), {"step": "reproduced"})


def predictions(world: World, address: str) -> Sent:
    url = reverse(address, args=world.arguments[address])
    return Sent(url, {"file": SimpleUploadedFile("a.zip", b"PK\x03\x04")})


ARRANGED: dict[str, Arrange] = {
    "admin:submissions_evaluation_changelist run_again": run_again,
    "admin:tracks_phase_delete": an_empty_phase,
    "manage.py install_ground_truth": install_ground_truth,
    "manage.py forget_totp": forget_totp,
    "manage.py verify_address": verify_address,
    "desk:release_emails": hold,
    "desk:drop_emails": hold,
    "api:admin_release_emails": hold,
    "api:admin_drop_emails": hold,
    "manage.py release_emails": hold,
    "manage.py release_emails --drop": hold,
    "organiser_phases:change": extend,
    "manage.py change_phases": extend_by_command,
    "api:admin_ground_truth": upload_truth,
    "ground_truth:publish": publish_truth,
    "api:admin_publish_truth": publish_truth,
    "ground_truth:remove": remove_truth,
    "editions:open": open_next,
    "editions:list": another_edition(listed=False),
    "api:admin_list_edition": another_edition(listed=False),
    "editions:unlist": another_edition(listed=True),
    "api:admin_unlist_edition": another_edition(listed=True),
    "editions:delete": another_edition(listed=False),
    "api:admin_delete_edition": another_edition(listed=False),
    "decisions:review": review_row,
    "api:admin_review": review_row,
    "decisions:undo_review": undo_review,
    "api:admin_undo_review": undo_review,
    "decisions:undo_disqualification": undo_disqualification,
    "api:admin_undo_disqualification": undo_disqualification,
    "organiser_results:publish": publish_results,
    "api:admin_publish_results": publish_results_by_api,
    "organiser_results:withdraw": withdraw_results,
    "api:admin_withdraw_results": withdraw_results,
    "organiser_results:make_pack": make_pack,
    "rescores:start": start_rescore,
    "api:rescores": start_rescore_by_api,
    "manage.py rescore start": start_rescore_by_command,
    "rescores:again": of_rescore(failed_in_a_dry_run),
    "api:admin_again_rescore": of_rescore(failed_in_a_dry_run),
    "manage.py rescore again": by_command(made=failed_in_a_dry_run),
    "rescores:include_all": of_rescore(a_look),
    "api:admin_include_all_rescore": of_rescore(a_look),
    "manage.py rescore include-all": by_command(made=a_look),
    "rescores:drop": of_rescore(reason=REASON),
    "rescores:publish": of_rescore(reason=REASON),
    "api:publish_rescore": of_rescore(reason=REASON),
    "manage.py rescore publish": by_command(reason=REASON),
    "manage.py rescore drop": by_command(reason=REASON),
    "desk:show_again": show_again,
    "api:admin_show_again": show_again,
    "verification:mark": mark,
    "verification:add_predictions": predictions,
}
