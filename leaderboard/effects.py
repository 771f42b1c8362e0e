"""What a change of a phase's settings means for its board, in sentences."""

from collections.abc import Iterator
from uuid import UUID

from leaderboard.ranking.standings import Standing, standings
from server.tracks.models import Phase, Track


def effects_on_board(sender: type, before: Phase | Track, after: Phase | Track, **_: object) -> list[str]:
    """Receiver of `settings_change`."""
    if not (isinstance(before, Phase) and isinstance(after, Phase)):
        return []
    return [*_differences(_by_team(before), _by_team(after))]


def _by_team(phase: Phase) -> dict[UUID, Standing]:
    return {row.team.pk: row for row in standings(phase)}


def _differences(old: dict[UUID, Standing], new: dict[UUID, Standing]) -> Iterator[str]:
    both = old.keys() & new.keys()
    hidden, shown = len(old.keys() - new.keys()), len(new.keys() - old.keys())
    others = sum(old[team].submission != new[team].submission for team in both)
    moved = sum(old[team].rank != new[team].rank for team in both)
    if hidden:
        yield f"{_rows(hidden, 'loses its score', 'lose their score')}: the board hides the results."
    if shown:
        yield f"{_rows(shown, 'becomes', 'become')} public."
    if others:
        yield f"{_rows(others, 'stands', 'stand')} on another submission."
    if moved:
        yield f"{_rows(moved, 'moves', 'move')} to another rank."


def _rows(count: int, one: str, several: str) -> str:
    return f"1 row {one}" if count == 1 else f"{count} rows {several}"
