"""Data of the LID 2020 challenge, from its paper: three tracks, their rules and their phases."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from django.db import transaction

from server.audit.services import as_text, differences, record
from server.tracks.models import Edition, Phase, Track

Row = TypeVar("Row", Edition, Track, Phase)

STARTED = datetime(2020, 3, 22, tzinfo=UTC)
ENDED = datetime(2020, 6, 8, 23, 59, 59, tzinfo=UTC)  # one second before midnight, so that pages show 8 June

EDITION: dict[str, Any] = {
    "slug": "2020",
    "title": "2020",
    "headline": "CVPR 2020 challenge",
    "starts_on": STARTED.date(),
    "listed_at": STARTED,
}

DECLARED = (
    "The server cannot check this. Each test submission stores the team’s declaration, word for word; the "
    "organisers check the code of the top 3."
)
COMMON_RULES = [
    {
        "rule": "The challenge runs from 22 March to 8 June 2020.",
        "enforced": "The time at which the server receives an upload’s headers decides, by its clock in UTC. The "
        "submission’s page shows it. An upload that began in time may finish a while after the end; the "
        "submit page says how long.",
    },
    {
        "rule": "At most 5 submissions per team for the test split of each track.",
        "enforced": "A team has five numbered slots, enforced by a database constraint. A slot is returned only "
        "if the archive was rejected, the team cancelled before scoring began, or the server failed. The "
        "organisers can grant a team more, with a reason. The team’s quota history shows all of this.",
    },
    {
        "rule": "A person takes part in one team only.",
        "enforced": "An account is in one team. Everybody who was in a team when it submitted to the test split "
        "cannot take part with another team in that phase, or that month of the open benchmark, even after "
        "leaving; only the organisers can end this. Submissions to the validation split lock nobody.",
    },
    {
        "rule": "Training images come from the training set only, never from the validation or test set.",
        "enforced": DECLARED,
    },
    {
        "rule": "No pixel-level annotations are used for training.",
        "enforced": DECLARED,
    },
    {
        "rule": "Classifiers pre-trained on ImageNet CLS-LOC are allowed.",
        "enforced": "Nothing is checked. Name them in the description.",
    },
    {
        "rule": "All models used for inference together have fewer than 150 million parameters.",
        "enforced": "The form asks for the number and refuses 150 million or more. The organisers check it in the "
        "code of the top 3.",
    },
    {
        "rule": "The top 3 teams submit their inference code for verification.",
        "enforced": "The organisers ask the top 3 teams of the leaderboard, and mark there which are verified.",
    },
    {
        "rule": "After the challenge the server stays open for research.",
        "enforced": "The open benchmark has no end, a monthly quota and its own leaderboard. The challenge’s "
        "leaderboard no longer changes.",
    },
]
IMAGE_LABELS_ONLY = {
    "rule": "Only image-level labels are used for training: no boxes, no points, no masks.",
    "enforced": DECLARED,
}
POINTS_ONLY = {"rule": "Only the given point annotations are used for training.", "enforced": DECLARED}


def _class_names(track: str) -> str:
    return (Path(__file__).parent / "class_names" / f"{track}.txt").read_text(encoding="utf-8").strip()


TRACKS: list[dict[str, Any]] = [
    {
        "number": 1,
        "slug": "segmentation",
        "title": "Weakly supervised semantic segmentation",
        "short_title": "Segmentation",
        "task": "Give every pixel one of 200 object classes or background, learning from image-level labels only.",
        "data": "ILSVRC-LID-200: 5,000 validation and 10,000 test images.",
        "labels": "0 is background, 1 to 200 are the classes. Ambiguous pixels of the ground truth (255) are not "
        "counted; 255 is not a valid prediction.",
        "class_names": _class_names("segmentation"),
        "rules": [*COMMON_RULES, IMAGE_LABELS_ONLY],
        "scorer": "segmentation",
        "parameter_limit": 150_000_000,
    },
    {
        "number": 2,
        "slug": "scene-parsing",
        "title": "Weakly supervised scene parsing",
        "short_title": "Scene parsing",
        "task": "Give every pixel one of 150 scene classes, having learned from one labelled point per instance.",
        "data": "ADE20K-LID: 2,000 validation and 3,000 test images.",
        "labels": "1 to 150 are the classes. Pixels labelled 0 in the ground truth (“other objects”) are not "
        "counted; a prediction of 0 elsewhere is a miss.",
        "class_names": _class_names("scene-parsing"),
        "rules": [*COMMON_RULES, POINTS_ONLY],
        "scorer": "scene-parsing",
        "parameter_limit": 150_000_000,
    },
    {
        "number": 3,
        "slug": "localization",
        "title": "Weakly supervised object localization",
        "short_title": "Localization",
        "task": "Give every pixel a grey level from 0 to 255: the larger, the more it belongs to the object.",
        "data": "ILSVRC: 23,151 validation and 21,120 test images.",
        "labels": "A grey level t or above counts as object at threshold t, for every t from 0 to 255.",
        "rules": [*COMMON_RULES, IMAGE_LABELS_ONLY],
        "scorer": "localization",
        "parameter_limit": 150_000_000,
    },
]

PHASES: list[dict[str, Any]] = [
    {
        "slug": "challenge",
        "title": "Challenge 2020",
        "split": "test",
        "opens_at": STARTED,
        "closes_at": ENDED,
        "limit": 5,
        "per": Phase.Per.PHASE,
    },
    {
        "slug": "validation",
        "title": "Validation",
        "split": "val",
        "opens_at": STARTED,
        "limit": 10,
        "per": Phase.Per.DAY,
        "details": Phase.Details.AT_ONCE,
    },
    {
        "slug": "open",
        "title": "Open benchmark",
        "split": "test",
        "opens_at": ENDED,
        "limit": 5,
        "per": Phase.Per.MONTH,
        "details": Phase.Details.AT_ONCE,
    },
]


@transaction.atomic
def seed() -> list[Track]:
    """Create the edition and its missing tracks and phases; existing ones are not changed."""
    edition = _get_or_create(Edition, "an edition", EDITION, slug=EDITION["slug"])
    of_edition = [{"edition": edition, **fields} for fields in TRACKS]
    tracks = [_get_or_create(Track, "a track", fields, slug=fields["slug"]) for fields in of_edition]
    for track in tracks:
        for fields in PHASES:
            _get_or_create(Phase, "a phase", fields, slug=fields["slug"], track=track)
    return tracks


def _get_or_create(model: type[Row], noun: str, fields: dict[str, Any], **lookup: Any) -> Row:
    row, is_new = model._default_manager.get_or_create(**lookup, defaults=fields)
    if is_new:
        changes = differences({}, as_text(row, fields))
        record(by="seed_lid2020", what=f"added {noun}", subject=row, changes=changes)
    return row
