"""A corrected ground truth and a dry run with it, for tests of re-scores."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PIL import Image

from server.rescores import services
from server.rescores.choice import Choice
from server.rescores.models import Rescore
from server.submissions import transitions
from server.submissions.models import Evaluation, Submission
from server.tracks.models import GroundTruth, Phase
from tests.ground_truths import Truth, Truths, generated, write
from tests.intervals import keep_statistics, measured


def corrected(truths: Truths, truth: Truth, *, images: int = 12, wrong: int = 0) -> GroundTruth:
    """The same ground truth with one mask turned upside down: `wrong` is its number."""
    track, split = truth.row.track, truth.row.split
    draw = partial(draw_corrected, track.slug, split, images, wrong)
    return truths.ready(track, split, f"corrected-{images}-{wrong}", draw)


def draw_corrected(slug: str, split: str, images: int, wrong: int, folder: Path) -> None:
    made = generated(slug, split, images)
    write(made, folder)
    name = list(made.images)[wrong]
    Image.fromarray(made.images[name][::-1]).save(folder / f"{name}.png")


@dataclass(frozen=True)
class DryRun:
    """Scores submissions by hand, with chosen numbers."""

    rescore: Rescore

    def score(self, numbers: dict[Submission, float | None]) -> None:
        """None: rejected. Whatever is claimed must be of the dry run."""
        by_key = {submission.pk: number for submission, number in numbers.items()}
        for _ in numbers:
            claimed = transitions.claim("a worker")
            assert claimed
            assert claimed.rescoring
            finish(claimed, by_key[claimed.submission_id])

    def measure(self, skills: dict[Submission, tuple[float, int]], *, images: int = 30) -> None:
        """Score by methods of a skill and a seed, with statistics, so that a worker can compare them."""
        by_key = {submission.pk: chosen for submission, chosen in skills.items()}
        for _ in skills:
            claimed = transitions.claim("a worker")
            skill, seed = by_key[claimed.submission_id]
            scores, statistics = measured(claimed.rule, skill, images=images, seed=seed)
            assert transitions.record_scored(claimed, scores, [])
            keep_statistics(claimed, statistics)


def finish(claimed: Evaluation, number: float | None) -> None:
    if number is None:
        assert transitions.record_rejected(claimed, [], 1)
    else:
        scores = {"mean_iou": number, "mean_accuracy": 0.5, "pixel_accuracy": 0.5}
        assert transitions.record_scored(claimed, scores, [])


def started(ground_truth: GroundTruth, phases: list[Phase], by=None, **choice) -> DryRun:
    wish = Choice(**choice)
    return DryRun(services.start(ground_truth=ground_truth, phases=phases, by=by, choice=wish))


OF_A_RESCORE_BY_API = (
    *("rescore", "publish_rescore", "drop_rescore"),
    *("admin_again_rescore", "admin_include_all_rescore"),
)
OF_A_RESCORE = ("rescore", "table", "again", "include_all", "publish", "drop")


def a_rescore(phase: Phase) -> Rescore:
    """One whose rule is the present one, so that nothing can come of it."""
    rule = phase.published_rule()
    facts = {"old_rule": rule, "rule": rule, "number": rule.number, "scope": Rescore.Scope.STANDING}
    made = Rescore.objects.create(track=phase.track, split=phase.split, **facts)
    made.phases.set([phase])
    return made
