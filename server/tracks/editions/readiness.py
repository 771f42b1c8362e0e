"""What an edition still lacks before it can be listed: ground truth, and texts of its own."""

from collections.abc import Iterable

from server.tracks.models import Edition, ScoringRule, Split, Track

TEXTS = ("title", "task", "data", "labels")


def splits_without_truth(edition: Edition) -> list[tuple[Track, Split]]:
    """Return the splits in which its phases cannot score, as no ground truth is published."""
    tracks = edition.tracks.prefetch_related("phases")
    rules = ScoringRule.objects.filter(track__edition=edition, state=ScoringRule.State.PUBLISHED)
    published = set(rules.values_list("track", "split"))
    used = {(track, Split(phase.split)): None for track in tracks for phase in track.phases.all()}
    return [(track, split) for track, split in used if (track.pk, split) not in published]


def without_truth(edition: Edition) -> list[str]:
    """Return a sentence for each of these splits."""
    return [
        f"{track.short_title}: no ground truth is published for the {split.label} split, so it cannot score."
        for track, split in splits_without_truth(edition)
    ]


def outdated_texts(tracks: Iterable[Track], titles: Iterable[str]) -> list[str]:
    """Return a sentence for each text that names another edition, such as a rule with last year's dates."""
    others = list(titles)
    return [
        f"{track.short_title}: “{text}” still says {title}."
        for track in tracks
        for text in (*(getattr(track, name) for name in TEXTS), *track.rule_sentences)
        for title in others
        if title in text
    ]
