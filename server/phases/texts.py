"""What teams and the public are told of a change."""

from collections.abc import Iterable, Sequence

from server.phases.changes import Act, Change
from server.phases.effects import PhaseEffects
from server.tracks.models import Phase

SUBJECTS = {
    Act.EXTEND: "Deadline extended",
    Act.MOVE: "Dates moved",
    Act.PAUSE: "Submissions paused",
    Act.RESUME: "Submissions open again",
    Act.REOPEN: "Reopened",
    Act.CLOSE_NOW: "Closed",
    Act.SHOW_RESULTS: "Results are public",
}


def announcement_of(effects: Sequence[PhaseEffects], change: Change, reason: str) -> tuple[str, str]:
    """Return subject and text of the announcement, ready to be sent."""
    names = _joined(dict.fromkeys(one.after.title for one in effects))
    sentences = "\n\n".join(_sentences(effects, change))
    return f"{SUBJECTS[Act(change.act)]}: {names}"[:150], f"{sentences}\n\n{reason}"


def public_line_of(effects: Sequence[PhaseEffects], change: Change, reason: str) -> str:
    """Return the line of the public log."""
    return f"{' '.join(_sentences(effects, change))} Reason: {reason}"


def _sentences(effects: Sequence[PhaseEffects], change: Change) -> Iterable[str]:
    """Yield a sentence for each change, which names all phases that it is the same for."""
    groups: dict[tuple[str, str, str], list[Phase]] = {}
    for one in effects:
        for date in one.dates:
            groups.setdefault((date.name, date.before, date.after), []).append(one.after)
    for (name, before, after), phases in groups.items():
        yield _sentence(name, before, after, _joined(map(str, phases)), change)


def _sentence(name: str, before: str, after: str, phases: str, change: Change) -> str:
    if change.act == Act.CLOSE_NOW:
        return f"Closed now: {phases}. The deadline was {before}."
    if name == "results_shown_at":
        return f"Public now: the results of {phases}."
    if name == "paused":
        return f"{'Paused' if after == 'yes' else 'Submissions are accepted again'}: {phases}."
    if change.act == Act.REOPEN:
        return f"Reopened until {after}: {phases}. The deadline was {before}."
    if name == "opens_at":
        return f"The opening of {phases} moved from {before} to {after}."
    return f"The deadline of {phases} moved from {before} to {after}."


def _joined(names: Iterable[str]) -> str:
    """Join names as a sentence does: "a, b and c"."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
