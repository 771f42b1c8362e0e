"""Writes what the evaluator computed over the results that a job has stored before."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from leaderboard.intervals.evaluator_output import EvaluatorOutput, OutputPair, SubmissionIntervals
from leaderboard.intervals.selection import Selection
from leaderboard.models import Interval, IntervalJob, PairInterval


def write_results(job: IntervalJob, selected: Selection, output: EvaluatorOutput) -> None:
    """Replace the intervals of what was computed; all ranks and pairs, where the board was."""
    if selected.ranked:
        Interval.objects.filter(job=job).exclude(evaluation__in=selected.ranked).update(rank_interval=None)
        job.pairs.filter(own=False).delete()
    version = output.method["version"]
    _write_intervals(job, version, output.teams, [*_WRITTEN, "rank_interval"])
    _write_intervals(job, version, output.further, _WRITTEN)
    job.pairs.filter(own=True, one__in=selected.keys, other__in=selected.keys).delete()
    PairInterval.objects.bulk_create(_pairs(job, output.pairs, own=False))
    PairInterval.objects.bulk_create(_pairs(job, output.own_pairs, own=True))


_WRITTEN = ["job", "version", "metrics", "bands"]


def _write_intervals(
    job: IntervalJob, version: str, computed: Iterable[SubmissionIntervals], written: list[str]
) -> None:
    rows = [
        Interval(
            job=job,
            evaluation_id=UUID(one.name),
            version=version,
            metrics=one.metrics,
            bands=one.bands,
            rank_interval=one.rank_interval,
        )
        for one in computed
    ]
    Interval.objects.bulk_create(rows, update_conflicts=True, unique_fields=["evaluation"], update_fields=written)


def _pairs(job: IntervalJob, pairs: Iterable[OutputPair], *, own: bool) -> Iterator[PairInterval]:
    for pair in pairs:
        yield PairInterval(
            job=job,
            one_id=UUID(pair["team"]),
            other_id=UUID(pair["other"]),
            difference=pair["difference"],
            low=pair["low"],
            high=pair["high"],
            significantly_different=pair["significantly_different"],
            class_margins=pair["class_margins"],
            own=own,
        )
