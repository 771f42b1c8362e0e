"""manage.py rescore list | start | show | again | include-all | publish | drop"""

from argparse import ArgumentParser
from typing import Any, TypeVar

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Model, QuerySet

from server.acts import ActRefused, fingerprint
from server.rescores import publication, services
from server.rescores.choice import Choice
from server.rescores.dry_run import progress_of
from server.rescores.models import Rescore
from server.rescores.table import changes_of
from server.submissions.models import Submission
from server.teams.models import Team
from server.tracks.models import GroundTruth, Phase

Row = TypeVar("Row", bound=Model)
NAME = "rescore"
ACTS = {
    "show": "progress and table",
    "again": "run failed evaluations again",
    "include-all": "score all submissions, where only some were chosen",
}


class Command(BaseCommand):
    help = (
        "Try another ground truth, scorer version or options on submissions, and publish it for phases or drop it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        commands.add_parser("list", help="re-scores and packed ground truths")
        start = commands.add_parser("start", help="begin a dry run: boards, slots and mails stay as they are")
        start.add_argument("ground_truth", help="the first letters of its pack's hash")
        _add_phases(start, "all of its split")
        start.add_argument("--scope", choices=Rescore.Scope.values, help="default: all, or those that are named")
        start.add_argument("--team", action="append", default=[], help="only its submissions: a look")
        start.add_argument(
            "--submission", action="append", default=[], metavar="KEY", help="only this one: a look"
        )
        for name, words in ACTS.items():
            commands.add_parser(name, help=words).add_argument("rescore", help="the first letters of its key")
        publish = commands.add_parser("publish", help="have phases follow the new rule, and tell their teams")
        publish.add_argument("rescore", help="the first letters of its key")
        _add_phases(publish, "those that are not closed")
        publish.add_argument("--reason", required=True, help="public")
        publish.add_argument("--dry-run", action="store_true", help="only say what would follow")
        drop = commands.add_parser("drop", help="end it without any effect")
        drop.add_argument("rescore", help="the first letters of its key")
        drop.add_argument("--reason", default="")

    def handle(self, *, command: str, **options: Any) -> None:
        try:
            getattr(self, f"_{command.replace('-', '_')}")(**options)
        except ActRefused as reason:
            raise CommandError(str(reason)) from reason

    def _list(self, **_: Any) -> None:
        for rescore in Rescore.objects.select_related("track"):
            self.stdout.write(f"{str(rescore.pk)[:8]}  {rescore}  ({rescore.get_state_display()})")
        for packed in GroundTruth.objects.filter(state=GroundTruth.State.READY).select_related("track"):
            self.stdout.write(f"ground truth {packed}, {packed.image_count} images")

    def _start(self, *, ground_truth: str, phase: list[str], **named: Any) -> None:
        ready = GroundTruth.objects.filter(state=GroundTruth.State.READY).select_related("track")
        found = ready.filter(pack_sha256__startswith=ground_truth).first() if ground_truth else None
        if found is None:
            raise CommandError(f"No packed ground truth begins with “{ground_truth}”; see manage.py rescore list.")
        phases = _chosen(services.offered_phases(found), phase) if phase else services.offered_phases(found)
        choice = _choice(**named)
        started = services.start(ground_truth=found, phases=phases, by=NAME, choice=choice)
        count = progress_of(started).begun
        scored = f"{count} submission{'s' * (count != 1)}"
        self.stdout.write(f"Started {str(started.pk)[:8]}: {started}, {scored}. {choice.note}".strip())

    def _show(self, *, rescore: str, **_: Any) -> None:
        found = _rescore(rescore)
        progress = progress_of(found)
        self.stdout.write(f"{found}: {progress.done} of {progress.total} done, {progress.failed} failed.")
        for phase, table in changes_of(found, found.phases.select_related("track")).items():
            self.stdout.write("\n".join(filter(None, [str(phase), table.note])))
            for change in table.rows:
                new_rank = f" → {change.new_rank or '–'}" if change.ranked else ""
                ranks = f"rank {change.old_rank or '–'}{new_rank}"
                scores = f"{change.old_score} → {change.new_score} ({change.difference_text})"
                said = f" (interval {change.move.interval.text}; {change.move.sentence})" if change.move else ""
                self.stdout.write(f"  {change.submission.team}: {scores}, {ranks}{said}")

    def _again(self, *, rescore: str, **_: Any) -> None:
        self.stdout.write(f"{services.run_failed_again(_rescore(rescore), by=NAME)} queued again.")

    def _include_all(self, *, rescore: str, **_: Any) -> None:
        self.stdout.write(f"{services.include_all(_rescore(rescore), by=NAME)} more are queued.")

    def _publish(self, *, rescore: str, phase: list[str], reason: str, dry_run: bool, **_: Any) -> None:
        found = _rescore(rescore)
        offered = publication.choosable_phases(found)
        phases = _chosen(offered, phase) if phase else [one for one in offered if one.status != "closed"]
        preview = publication.preview_publication(found, phases)
        if not dry_run:
            publication.publish(found, phases, reason=reason, by=NAME, seen=fingerprint(preview))
        for effect in preview.phases:
            self.stdout.write(
                f"{effect.phase}: {effect.submissions} submissions, {effect.changed_scores} scores change, "
                f"{effect.moved_teams} teams move in rank, {effect.newly_rejected} newly rejected, "
                f"{effect.newly_scored} newly scored; {effect.teams_mailed} teams get a mail. "
                f"{effect.significance}".strip()
            )
        self.stdout.write("Nothing was published." if dry_run else f"Published: rule {preview.rule}.")

    def _drop(self, *, rescore: str, reason: str, **_: Any) -> None:
        services.drop(_rescore(rescore), by=NAME, reason=reason)
        self.stdout.write("Dropped. Nothing has changed.")


def _add_phases(parser: ArgumentParser, default: str) -> None:
    parser.add_argument("--phase", action="append", default=[], metavar="SLUG", help=f"default: {default}")


def _chosen(offered: list[Phase], slugs: list[str]) -> list[Phase]:
    by_slug = {phase.slug: phase for phase in offered}
    if unknown := [slug for slug in slugs if slug not in by_slug]:
        raise CommandError(f"There is no phase “{unknown[0]}” to choose. Known: {', '.join(by_slug) or 'none'}.")
    return [by_slug[slug] for slug in slugs]


def _choice(*, scope: str | None, team: list[str], submission: list[str], **_: Any) -> Choice:
    teams = [_one(Team.objects.filter(name=name), f"team “{name}”") for name in team]
    submissions = [_one(Submission.objects.filter(pk=key), f"submission “{key}”") for key in submission]
    usual = Rescore.Scope.CHOSEN if teams or submissions else Rescore.Scope.ALL
    return Choice(scope or usual, teams, submissions)


def _one(rows: QuerySet[Row], what: str) -> Row:
    try:
        return rows.get()
    except (ObjectDoesNotExist, ValidationError) as error:  # the latter: it is no key
        raise CommandError(f"There is no {what}.") from error


def _rescore(start: str) -> Rescore:
    found = [one for one in Rescore.objects.select_related("track", "rule") if str(one.pk).startswith(start)]
    if not start or len(found) != 1:
        raise CommandError(f"{len(found)} re-scores begin with “{start}”; see manage.py rescore list.")
    return found[0]
