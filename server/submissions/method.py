"""What a team says about the method behind a submission, and what must be said."""

from dataclasses import dataclass

from server.submissions.exceptions import MethodIncomplete, TooManyParameters
from server.submissions.models import Submission
from server.teams.models import Team
from server.tracks.models import Phase, Split, Track

LINKS = ("code_url", "paper_url", "project_url")


@dataclass(frozen=True)
class Method:
    """The words that come with an archive. `parameters` counts those of all inference models together."""

    name: str = ""
    description: str = ""
    parameters: int | None = None
    code_url: str = ""
    paper_url: str = ""
    project_url: str = ""
    rules_kept: bool = False

    def facts(self, track: Track) -> dict[str, object]:
        """The submission's fields that hold it; what was declared is kept word for word."""
        return {
            "method": self.name,
            "description": self.description,
            "parameters": self.parameters,
            **{link: getattr(self, link) for link in LINKS},
            "rules_kept": track.rule_sentences if self.rules_kept else [],
        }


def check_allowed(method: Method, phase: Phase) -> None:
    """Raise what speaks against the method: a model over the limit anywhere; gaps where ranks are made."""
    track, limit = phase.track, phase.track.parameter_limit
    if limit and method.parameters is not None and method.parameters >= limit:
        raise TooManyParameters(track, method.parameters)
    missing = [field for field in required_fields(phase) if not getattr(method, field)]
    if missing:
        raise MethodIncomplete(missing[0], track)


def required_fields(phase: Phase) -> tuple[str, ...]:
    """What a submission to the phase has to say about its method: nothing on a validation split."""
    if phase.split != Split.TEST:
        return ()
    return ("parameters", "rules_kept") if phase.track.parameter_limit else ("rules_kept",)


def last_stated(team: Team, track: Track) -> dict[str, object]:
    """What the team said with its latest submission to the track; never the declaration."""
    latest = Submission.objects.filter(team=team, phase__track=track).order_by("-received_at").first()
    if latest is None:
        return {}
    return {name: getattr(latest, name) for name in ("method", "description", "parameters", *LINKS)}
