"""The cast of the API's tests: Alice leads a team, Bob is on it, Charlie is on none; and a small challenge."""

import json
from datetime import timedelta

import pytest
from acting import Program
from django.utils import timezone

from evaluator.contract import scorers
from server.accounts.models import ApiToken, User
from server.submissions.models import Submission
from server.teams import services as teams
from server.tracks.models import GroundTruth, Phase, ScoringRule, Track

HASH = "5" * 64


@pytest.fixture
def nothing_kept(settings, db):
    """Afterwards no file of an upload is left, and no row."""
    yield
    left = [path for path in settings.ARCHIVES_DIR.rglob("*") if path.is_file()]
    assert left == []
    assert not Submission.objects.exists()


def person(name: str, **fields) -> User:
    return User.objects.create_user(f"{name.lower()}@example.org", "correct horse battery", name=name, **fields)


@pytest.fixture
def visitor(db) -> Program:
    return Program()


@pytest.fixture
def alice(db) -> Program:
    user = person("Alice")
    teams.create_team(user=user, name="alices", affiliation="Alice & Co")
    return Program(user)


@pytest.fixture
def bob(alice) -> Program:
    user = person("Bob")
    teams.join(user=user, invitation=teams.invite(captain=alice.user))
    return Program(user)


@pytest.fixture
def charlie(db) -> Program:
    return Program(person("Charlie"))


@pytest.fixture
def rivals(db) -> Program:
    user = person("Rita")
    teams.create_team(user=user, name="rivals", affiliation="")
    return Program(user)


@pytest.fixture
def organiser(db) -> Program:
    return Program(person("Olga", is_staff=True))


@pytest.fixture
def reader(alice) -> Program:
    """Alice again, with a token that may only read."""
    return Program(alice.user, ApiToken.Scope.READ)


@pytest.fixture
def track(db) -> Track:
    return Track.objects.create(
        number=3,
        slug="localization",
        title="Weakly supervised object localization",
        short_title="Localization",
        task="Say where the object is.",
        data="Two images.",
        labels="Grey levels: confidence.",
        rules=[{"rule": "No boxes.", "enforced": "By word."}],
        scorer="localization",
        parameter_limit=150_000_000,
    )


@pytest.fixture
def rule(track) -> ScoringRule:
    truth = GroundTruth.objects.create(
        track=track, split="test", state=GroundTruth.State.READY, pack_sha256=HASH, image_count=2
    )
    images = [{"id": name, "width": 4, "height": 3} for name in "ab"]
    manifest = {"scorer": "localization", "options": {}, "images": images, "max_side": 9, "max_pixels": 81}
    truth.manifest_path.write_text(json.dumps(manifest))
    return ScoringRule.objects.create(
        track=track,
        split="test",
        number=1,
        ground_truth=truth,
        scorer="localization",
        scorer_version=scorers()["localization"].version,
        state=ScoringRule.State.PUBLISHED,
    )


@pytest.fixture
def phase(track, rule) -> Phase:
    yesterday = timezone.now() - timedelta(days=1)
    return Phase.objects.create(
        track=track,
        slug="challenge",
        title="Challenge",
        split="test",
        opens_at=yesterday,
        closes_at=yesterday + timedelta(days=9),
        limit=2,
    )
