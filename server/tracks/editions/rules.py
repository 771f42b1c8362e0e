"""Changing the rules of a track: what follows, and the act."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from server.accounts.models import User
from server.acts import check_fingerprint, checked_reason
from server.audit.services import as_text, differences, record
from server.tracks.editions.exceptions import RulesUnchanged
from server.tracks.models import Track

Rule = dict[str, str]  # the sentence under "rule", and how it is "enforced"


@dataclass(frozen=True)
class RulesPreview:
    """What changes, in sentences; `before` is what the rules were, so that a preview of others goes stale."""

    sentences: tuple[str, ...]
    before: str


def preview_rules(track: Track, rules: Sequence[Rule]) -> RulesPreview:
    """Return what follows. Raises RulesUnchanged."""
    before, after = _by_sentence(track.rules), _by_sentence(rules)
    if track.rules == list(rules):
        raise RulesUnchanged
    changes = [
        *(f"A new rule: “{sentence}”" for sentence in after if sentence not in before),
        *(f"No longer a rule: “{sentence}”" for sentence in before if sentence not in after),
        *(f"Enforced otherwise: “{one}”" for one in after if one in before and after[one] != before[one]),
    ]
    kept = [one for one in after if one in before]
    if kept != [one for one in before if one in after]:
        changes.append("The order of the rules.")
    return RulesPreview((*changes, _declarations(track)), str(track.rules))


def _by_sentence(rules: Sequence[Rule]) -> dict[str, str]:
    return {stated["rule"]: stated["enforced"] for stated in rules}


def _declarations(track: Track) -> str:
    """Say what becomes of the declarations of teams."""
    if not any(phase.submissions.exists() for phase in track.phases.all()):
        return "Teams declare these rules with each submission; nobody has submitted yet."
    return "Submissions keep the rules that their team declared; new ones declare the new rules."


@transaction.atomic
def change_rules(
    track: Track, rules: Sequence[Rule], *, by: User | str, reason: str, seen: str | None = None
) -> None:
    """Replace the track's rules. Raises ActRefused."""
    reason, fresh = checked_reason(reason), Track.objects.select_for_update().get(pk=track.pk)
    check_fingerprint(seen, preview_rules(fresh, rules))
    before = as_text(fresh, ["rules"])
    fresh.rules = list(rules)
    fresh.save(update_fields=["rules"])
    changes = differences(before, as_text(fresh, ["rules"]))
    record(by=by, what="changed the rules of a track", subject=fresh, changes=changes, reason=reason)
