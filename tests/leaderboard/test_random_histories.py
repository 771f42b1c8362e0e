"""Random histories of a board: it equals a naive recount, now and as of each past time."""

import time
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leaderboard import services
from leaderboard.models import Review
from leaderboard.ranking.standings import standings
from server.submissions import entries, transitions
from server.submissions.models import Entry, Evaluation, Submission
from server.teams.eligibility import team_of
from server.teams.services import create_team
from server.tracks.models import Phase, ScoringRule

LEVELS = (0.3, 0.400001, 0.400049, 0.5, None)
ACTS = (
    *(
        "score",
        "score",
        "score",
        "reject",
        "withdraw",
        "withdraw",
        "restore",
        "restore",
        "choose",
        "use_best",
    ),
    *("mask", "unmask", "review", "undo_review", "publish"),
)
STEPS = st.lists(
    st.tuples(st.sampled_from(ACTS), st.integers(0, 2), st.integers(0, 999)), min_size=10, max_size=20
)


class History:
    """Acts of teams and organisers, by the real services; `dice` picks what an act is about."""

    def __init__(self, phase, people, organiser, submitted):
        self.phase, self.people, self.organiser, self.submitted = phase, people, organiser, submitted

    def score(self, who, dice):
        self.submitted(self.people[who], phase=self.phase)
        scores = {"mean_iou": LEVELS[dice % 5], "mean_accuracy": 0.5, "pixel_accuracy": 0.5}
        assert transitions.record_scored(transitions.claim("w"), scores, [])

    def reject(self, who, dice):
        self.submitted(self.people[who], phase=self.phase)
        assert transitions.record_rejected(transitions.claim("w"), [], 1)

    def withdraw(self, who, dice):
        self._wish(entries.withdraw, who, dice, withdrawn_at=None)

    def restore(self, who, dice):
        self._wish(entries.restore, who, dice, withdrawn_at__isnull=False)

    def choose(self, who, dice):
        self._wish(entries.choose, who, dice)

    def use_best(self, who, dice):
        entries.use_best(team_of(self.people[who]), self.phase)

    def mask(self, who, dice):
        entries.take_pseudonym(
            team_of(self.people[who]), self.phase, f"Mask {who}", timezone.now() + timedelta(days=1)
        )

    def unmask(self, who, dice):
        entries.take_pseudonym(team_of(self.people[who]), self.phase, "", None)

    def review(self, who, dice):
        if submission := self._pick(Submission.objects.filter(phase=self.phase), dice):
            verdict = Review.Verdict.values[dice % len(Review.Verdict.values)]
            if not Review.objects.filter(submission=submission, verdict=verdict, undone_at=None).exists():
                services.review(submission=submission, verdict=verdict, reason="because", by=self.organiser)

    def undo_review(self, who, dice):
        if said := self._pick(Review.objects.filter(undone_at=None), dice):
            services.undo_review(said, by=self.organiser, reason="because")

    def publish(self, who, dice):
        """Another rule takes over with other numbers for most submissions, all at once."""
        old = self.phase.published_rule()
        same = {
            name: getattr(old, name) for name in ("track", "split", "ground_truth", "scorer", "scorer_version")
        }
        new = ScoringRule.objects.create(**same, number=old.number + 1)
        for number, submission in enumerate(Submission.objects.filter(evaluations__state="scored").distinct()):
            if (number + dice) % 4:
                scores = {"mean_iou": LEVELS[(number + dice) % 5]}
                facts = {"state": "scored", "scores": scores, "finished_at": timezone.now()}
                Evaluation.objects.create(submission=submission, rule=new, **facts)
        with transaction.atomic():
            ScoringRule.objects.filter(pk=old.pk).update(state="retired")
            ScoringRule.objects.filter(pk=new.pk).update(state="published", published_at=timezone.now())

    def _wish(self, wish, who, dice, **about):
        if submission := self._pick(Submission.objects.filter(team=team_of(self.people[who]), **about), dice):
            with suppress(entries.NotChoosable):
                wish(submission)

    @staticmethod
    def _pick(rows, dice):
        rows = list(rows.order_by("pk"))
        return rows[dice % len(rows)] if rows else None


def board(phase, **asked):
    """Each row in full: rank, whose, as what, by which submission, with which number and marks."""
    return [
        (
            row.rank,
            row.team.pk,
            row.name,
            row.submission.pk,
            row.values[0][1],
            {mark.verdict for mark in row.marks},
        )
        for row in standings(phase, **asked)
    ]


def recounted(phase):
    """The same from the raw rows, one question after the other."""
    rows = []
    rule = ScoringRule.objects.get(track=phase.track, split=phase.split, state="published")
    for team in {submission.team for submission in Submission.objects.filter(phase=phase)}:
        entry, candidates = Entry.objects.filter(team=team, phase=phase).first(), []
        for submission in Submission.objects.filter(team=team, phase=phase, withdrawn_at=None):
            said = {review.verdict for review in Review.objects.filter(submission=submission, undone_at=None)}
            evaluation = Evaluation.objects.filter(submission=submission, rule=rule, state="scored").first()
            if evaluation and "hidden" not in said:
                value = evaluation.scores["mean_iou"]
                number = None if value is None else round(float(f"{value * 100:.2f}") * 100)
                candidates.append((number, submission, said))
        if not candidates:
            continue
        stands = min(candidates, key=order)
        if phase.stands_on == "chosen" and entry:
            stands = next((row for row in candidates if row[1].pk == entry.chosen_id), stands)
        masked = entry is not None and entry.pseudonym and timezone.now() < entry.pseudonym_until
        rows.append((*stands, team, entry.pseudonym if masked else team.name))
    rows.sort(key=order)
    numbers = [row[0] for row in rows if row[0] is not None and not row[2] & {"disqualified", "baseline"}]
    return [
        (
            None
            if number is None or said & {"disqualified", "baseline"}
            else 1 + sum(other > number for other in numbers),
            *(team.pk, name, submission.pk, "–" if number is None else f"{number / 100:.2f}", said),
        )
        for number, submission, said, team, name in rows
    ]


def order(row):
    return (1, 0, row[1].received_at) if row[0] is None else (0, -row[0], row[1].received_at)


def as_now_allows(then, phase):
    """What a look into the past may show of a board that was seen then."""
    hidden = set(Review.objects.filter(verdict="hidden", undone_at=None).values_list("submission", flat=True))
    masks = {entry.team_id: entry.pseudonym for entry in Entry.objects.filter(phase=phase).exclude(pseudonym="")}
    return [
        (rank, team, masks.get(team, name), submission, *rest)
        for rank, team, name, submission, *rest in then
        if submission not in hidden
    ]


@pytest.fixture
def history(alice, charlie, dora, phase, organiser, submitted):
    create_team(user=dora, name="doras", affiliation="")
    Phase.objects.update(limit=100, daily_submission_limit=100)
    phase.refresh_from_db()
    return History(phase, (alice, charlie, dora), organiser, submitted)


@pytest.mark.both_setups
@pytest.mark.django_db
@pytest.mark.parametrize("stands_on", ["best", "chosen"])
def test_a_board_is_what_a_recount_gives_and_stays_known_as_of_each_moment(history, stands_on):
    phase = history.phase
    phase.stands_on = stands_on
    phase.save()

    @settings(
        max_examples=15,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(STEPS)
    def hold(steps):
        with transaction.atomic():
            seen = []
            for act, who, dice in steps:
                if act == "choose" and stands_on == "best":
                    continue
                getattr(history, act)(who, dice)
                now = board(phase)
                assert now == recounted(phase)
                time.sleep(0.003)  # SQLite's clock has milliseconds
                seen.append((timezone.now(), now))
                time.sleep(0.003)
            for at, then in seen:
                assert board(phase, at=at) == as_now_allows(then, phase)
            transaction.set_rollback(True)

    hold()
