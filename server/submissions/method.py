"""Description of a submission's method, and the fields that are required."""

from collections.abc import Mapping
from dataclasses import dataclass

from server.submissions.exceptions import MethodIncomplete, TooManyParameters
from server.submissions.models import Submission
from server.teams.models import Team
from server.time_format import format_utc
from server.tracks.models import Phase, Split, Track

LINKS = ("code_url", "paper_url", "project_url")
NOTHING_SAID: tuple[object, ...] = ("", None, [])


@dataclass(frozen=True)
class Method:
    """Description of a method. `parameters` counts those of all inference models together."""

    name: str = ""
    description: str = ""
    parameters: int | None = None
    code_url: str = ""
    paper_url: str = ""
    project_url: str = ""
    rules_kept: bool = False

    def submission_fields(self, track: Track) -> dict[str, object]:
        """Return the values of the submission's fields; declared rules are stored word for word."""
        return {
            "method": self.name,
            "description": self.description,
            "parameters": self.parameters,
            **{link: getattr(self, link) for link in LINKS},
            "rules_kept": track.rule_sentences if self.rules_kept else [],
        }


def check_allowed(method: Method, phase: Phase) -> None:
    """Check the limit of parameters and the required fields. Raises TooManyParameters or MethodIncomplete."""
    track, limit = phase.track, phase.track.parameter_limit
    if limit and method.parameters is not None and method.parameters >= limit:
        raise TooManyParameters(track, method.parameters)
    missing = [field for field in required_fields(phase) if not getattr(method, field)]
    if missing:
        raise MethodIncomplete(missing[0], track)


def not_saved(method: Method, earlier: Submission) -> list[str]:
    """Return the fields in which a repeated request differs from the submission that it repeats."""
    fields = method.submission_fields(earlier.phase.track)
    return [name for name, said in fields.items() if said not in NOTHING_SAID and said != getattr(earlier, name)]


def replay_text(earlier: Submission, method: Method, labels: Mapping[str, str]) -> str:
    """Return the message for a repeated request: what it repeats, and which of its fields were not saved."""
    text = (
        f"You already submitted this archive on {format_utc(earlier.received_at)}. This is that submission. "
        "No new slot was used."
    )
    differing = [f"“{labels.get(name, name)}”" for name in not_saved(method, earlier)]
    if not differing:
        return text
    return f"{text} Not saved, because a submission cannot be changed: {', '.join(differing)}."


def required_fields(phase: Phase) -> tuple[str, ...]:
    """Return the method's required fields in this phase: none on a validation split."""
    if phase.split != Split.TEST:
        return ()
    return ("parameters", "rules_kept") if phase.track.parameter_limit else ("rules_kept",)


def last_stated(team: Team, track: Track) -> dict[str, object]:
    """Return the method of the team's latest submission to the track, without the declaration of rules."""
    latest = Submission.objects.filter(team=team, phase__track=track).order_by("-received_at").first()
    if latest is None:
        return {}
    return {name: getattr(latest, name) for name in ("method", "description", "parameters", *LINKS)}
