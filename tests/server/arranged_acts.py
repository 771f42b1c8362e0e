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
            return arranged(self)
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


# The rows of the admin


def run_again(world: World) -> Sent:
    ticked = {"action": "run_again", "_selected_action": [world.failed.pk]}
    return Sent(reverse("admin:submissions_evaluation_changelist"), ticked)


def an_empty_phase(world: World) -> Sent:
    url, form = world.tries("tracks_phase", "add")
    post(world.browsers["organiser"], url, form)
    return Sent(reverse("admin:tracks_phase_delete", args=[Phase.objects.get(slug=form["slug"]).pk]))


# Commands that only a shell has


def install_ground_truth(world: World) -> Sent:
    return Sent("install_ground_truth", words=(world.phase.track.slug, "val", world.truth.row.source))


def forget_totp(world: World) -> Sent:
    return Sent("forget_totp", words=(world.alice.email,))  # whose rows have a secret


def verify_address(world: World) -> Sent:
    world.alice.emailaddress_set.update(verified=False)
    return Sent("verify_address", words=(world.alice.email,))


# E-mails, phases, ground truth, editions


def hold(sent: Sent) -> Callable[[World], Sent]:
    def arrange(_: World) -> Sent:
        hold_emails("A restore.")
        return sent

    return arrange


def whole_second(world: World) -> list[object]:
    """The phase, closing at a whole second: forms know no others."""
    closes_at = world.phase.closes_at.replace(microsecond=0)
    Phase.objects.filter(pk=world.phase.pk).update(closes_at=closes_at)
    return [world.phase.pk]


def extend(world: World) -> Sent:
    (phase,) = whole_second(world)
    query = f"phases={phase}&act=extend&hours=12"
    return Sent(f"{reverse('organiser_phases:change')}?{query}", {"reason": REASON})


def extend_by_command(world: World) -> Sent:
    named = f"{world.phase.track.slug}/{world.phase.slug}"
    return Sent("change_phases", {"reason": REASON}, ("extend", named, "--hours", "12"))


def upload_truth(world: World) -> Sent:
    url = reverse("api:admin_ground_truth", args=world.arguments["api:admin_ground_truth"])
    return Sent(url, {"split": "val", "file": world.fill_in("ground_truth:upload")["file"]})


def publish_truth(address: str) -> Callable[[World], Sent]:
    def arrange(world: World) -> Sent:
        """Another ground truth of a split to which nobody has submitted."""
        present, another = world.truth.row, corrected(world.truths, world.truth)
        publish(same_for("val", present))
        return Sent(reverse(address, args=[same_for("val", another).pk]), {"reason": REASON})

    return arrange


def same_for(split: str, packed: GroundTruth) -> GroundTruth:
    """The same pack, taken for another split."""
    facts = {name: getattr(packed, name) for name in ("pack_sha256", "truth_sha256", "image_count", "source")}
    return GroundTruth.objects.create(track=packed.track, split=split, state=packed.state, **facts)


def remove_truth(world: World) -> Sent:
    return Sent(reverse("ground_truth:remove", args=world.arguments["ground_truth:remove"]), {"reason": REASON})


def open_next(world: World) -> Sent:
    url = f"{reverse('editions:open')}?{'&'.join(f'{name}={value}' for name, value in ASKED.items())}"
    return Sent(url, filled_in(world.browsers["organiser"].get(url)) | {"reason": REASON})


def another_edition(address: str, *, listed: bool) -> Callable[[World], Sent]:
    def arrange(world: World) -> Sent:
        plan = copies_of(Edition.objects.get(), "2021", timezone.now().date())
        edition = open_edition(plan, by=world.organiser, reason=REASON)
        Edition.objects.filter(pk=edition.pk).update(listed_at=timezone.now() if listed else None)
        return Sent(reverse(address, args=[edition.slug]), {"reason": REASON})

    return arrange


# Decisions: about what a public board shows, so that the public log tells them


def review_row(address: str) -> Callable[[World], Sent]:
    def arrange(world: World) -> Sent:
        form = {"verdict": "disqualified", "reason": REASON, "tell": True}
        return Sent(reverse(address, args=world.arguments["site:submission"]), form)

    return arrange


def undo_review(address: str) -> Callable[[World], Sent]:
    def arrange(world: World) -> Sent:
        shown = Submission.objects.get(pk=world.arguments["site:submission"][0])
        written = review(submission=shown, verdict="disqualified", reason=REASON, by=world.organiser)
        return Sent(reverse(address, args=[written.pk]), {"reason": REASON, "tell": True})

    return arrange


def undo_disqualification(address: str) -> Callable[[World], Sent]:
    def arrange(world: World) -> Sent:
        team = world.alice.membership.team
        act = disqualify_team(team=team, scope=[world.phase], reason=REASON, by=world.organiser)
        return Sent(reverse(address, args=[act]), {"reason": REASON, "tell": True})

    return arrange


# Results


def publish_results(world: World) -> Sent:
    results_of_a_closed_phase(world)
    form = {"reason": REASON, "tell": "on", "confirmed": "on"}
    return Sent(f"{reverse('organiser_results:publish')}?phases={world.phase.pk}", form)


def publish_results_by_api(world: World) -> Sent:
    results_of_a_closed_phase(world)
    form = {"phases": [world.phase.pk], "reason": REASON, "confirmed": True, "tell": True}
    return Sent(reverse("api:admin_publish_results"), form)


def results_of_a_closed_phase(world: World) -> None:
    """The phase has closed, and what was published of it is withdrawn."""
    Phase.objects.filter(pk=world.phase.pk).update(closes_at=timezone.now())
    world.phase.final_results.update(withdrawn_at=timezone.now(), withdrawn_reason=REASON)


def withdraw_results(address: str) -> Callable[[World], Sent]:
    def arrange(world: World) -> Sent:
        Phase.objects.filter(pk=world.phase.pk).update(closes_at=timezone.now())
        form = {"reason": REASON, "tell": True}
        return Sent(reverse(address, args=world.arguments[address]), form)

    return arrange


def make_pack(world: World) -> Sent:
    return Sent(f"{reverse('organiser_results:make_pack')}?phases={world.phase.pk}")


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


def start_rescore(world: World) -> Sent:
    url = reverse("rescores:start", args=[another_truth(world).pk])
    return Sent(url, {"phases": [world.phase.pk], "scope": "all"})


def start_rescore_by_api(world: World) -> Sent:
    form = {"ground_truth": str(another_truth(world).pk), "phases": [world.phase.pk], "scope": "all"}
    return Sent(reverse("api:rescores"), form)


def start_rescore_by_command(world: World) -> Sent:
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


def of_rescore(
    address: str, made: Callable[[World], Rescore] = a_dry_run, **form: object
) -> Callable[[World], Sent]:
    return lambda world: Sent(
        reverse(address, args=[made(world).pk]), ({"phases": [world.phase.pk]} if form else {}) | form
    )


def by_command(
    name: str, *words: str, made: Callable[[World], Rescore] = a_dry_run, **form: object
) -> Callable[[World], Sent]:
    return lambda world: Sent("rescore", dict(form), (name, str(made(world).pk), *words))


# The desk and verification


def show_again(address: str) -> Callable[[World], Sent]:
    def arrange(world: World) -> Sent:
        row = put_away(world.fill_in("desk:put_away")["key"], by=world.organiser)
        return Sent(reverse(address, args=[row.pk]))

    return arrange


def mark(world: World) -> Sent:
    asking.mark(VerificationCase.objects.get(pk=world.case.pk), "running", by=world.organiser)
    return Sent(reverse("verification:mark", args=[world.case.pk]), {"step": "reproduced"})


def predictions(world: World) -> Sent:
    url = reverse("verification:add_predictions", args=world.arguments["verification:add_predictions"])
    return Sent(url, {"file": SimpleUploadedFile("a.zip", b"PK\x03\x04")})


ARRANGED: dict[str, Callable[[World], Sent]] = {
    "admin:submissions_evaluation_changelist run_again": run_again,
    "admin:tracks_phase_delete": an_empty_phase,
    "manage.py install_ground_truth": install_ground_truth,
    "manage.py forget_totp": forget_totp,
    "manage.py verify_address": verify_address,
    "desk:release_emails": hold(Sent("/organisers/release-emails/")),
    "desk:drop_emails": hold(Sent("/organisers/drop-emails/")),
    "api:admin_release_emails": hold(Sent("/api/v1/admin/mails/release/")),
    "api:admin_drop_emails": hold(Sent("/api/v1/admin/mails/drop/")),
    "manage.py release_emails": hold(Sent("release_emails")),
    "manage.py release_emails --drop": hold(Sent("release_emails", words=("--drop",))),
    "organiser_phases:change": extend,
    "manage.py change_phases": extend_by_command,
    "api:admin_ground_truth": upload_truth,
    "ground_truth:publish": publish_truth("ground_truth:publish"),
    "api:admin_publish_truth": publish_truth("api:admin_publish_truth"),
    "ground_truth:remove": remove_truth,
    "editions:open": open_next,
    "editions:list": another_edition("editions:list", listed=False),
    "api:admin_list_edition": another_edition("api:admin_list_edition", listed=False),
    "editions:unlist": another_edition("editions:unlist", listed=True),
    "api:admin_unlist_edition": another_edition("api:admin_unlist_edition", listed=True),
    "editions:delete": another_edition("editions:delete", listed=False),
    "api:admin_delete_edition": another_edition("api:admin_delete_edition", listed=False),
    "decisions:review": review_row("decisions:review"),
    "api:admin_review": review_row("api:admin_review"),
    "decisions:undo_review": undo_review("decisions:undo_review"),
    "api:admin_undo_review": undo_review("api:admin_undo_review"),
    "decisions:undo_disqualification": undo_disqualification("decisions:undo_disqualification"),
    "api:admin_undo_disqualification": undo_disqualification("api:admin_undo_disqualification"),
    "organiser_results:publish": publish_results,
    "api:admin_publish_results": publish_results_by_api,
    "organiser_results:withdraw": withdraw_results("organiser_results:withdraw"),
    "api:admin_withdraw_results": withdraw_results("api:admin_withdraw_results"),
    "organiser_results:make_pack": make_pack,
    "rescores:start": start_rescore,
    "api:rescores": start_rescore_by_api,
    "manage.py rescore start": start_rescore_by_command,
    "rescores:again": of_rescore("rescores:again", failed_in_a_dry_run),
    "api:admin_again_rescore": of_rescore("api:admin_again_rescore", failed_in_a_dry_run),
    "manage.py rescore again": by_command("again", made=failed_in_a_dry_run),
    "rescores:include_all": of_rescore("rescores:include_all", a_look),
    "api:admin_include_all_rescore": of_rescore("api:admin_include_all_rescore", a_look),
    "manage.py rescore include-all": by_command("include-all", made=a_look),
    "rescores:drop": of_rescore("rescores:drop", reason=REASON),
    "rescores:publish": of_rescore("rescores:publish", reason=REASON),
    "api:publish_rescore": of_rescore("api:publish_rescore", reason=REASON),
    "manage.py rescore publish": by_command("publish", reason=REASON),
    "manage.py rescore drop": by_command("drop", reason=REASON),
    "desk:show_again": show_again("desk:show_again"),
    "api:admin_show_again": show_again("api:admin_show_again"),
    "verification:mark": mark,
    "verification:add_predictions": predictions,
}
