"""manage.py change_phases ACT TRACK/PHASE…"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from server.acts import ActRefused
from server.phases.changes import Act, Change
from server.phases.services import change_phases, preview_change
from server.time_format import InvalidTime, parse_time
from server.tracks.models import Phase

NAME = "change_phases"


class Command(BaseCommand):
    help = (
        "Extend, move, pause, resume, reopen or close phases, or show results; --dry-run only says what follows."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=Act.values)
        parser.add_argument("phases", nargs="+", metavar="TRACK/PHASE", help="such as segmentation/challenge")
        parser.add_argument("--hours", type=int, help="extend by that many hours")
        parser.add_argument("--opens-at", help="new opening, such as 2026-06-08T12:00:00Z")
        parser.add_argument("--closes-at", help="new close")
        parser.add_argument("--no-end", action="store_true", help="move: remove the close")
        parser.add_argument("--reason", default="", help="required, but for a dry run; it is public")
        parser.add_argument("--confirm", action="store_true", help="required to close now")
        parser.add_argument("--dry-run", action="store_true", help="say what follows, and change nothing")

    def handle(self, *, phases: list[str], dry_run: bool, reason: str, confirm: bool, **options: Any) -> None:
        chosen = [_phase(name) for name in phases]
        try:
            change = _change(options)
            if dry_run:
                preview = preview_change(chosen, change)
            else:
                preview = change_phases(chosen, change, by=NAME, reason=reason, confirmed=confirm).preview
        except (ActRefused, InvalidTime) as refusal:
            raise CommandError(str(refusal)) from refusal
        for sentence in [*preview.sentences, *preview.traffic]:
            self.stdout.write(sentence)
        self.stdout.write("Nothing was changed." if dry_run else "Changed. An announcement is drafted, not sent.")


def _change(options: dict[str, Any]) -> Change:
    times = {name: parse_time(options[name]) if options[name] else None for name in ("opens_at", "closes_at")}
    return Change(act=options["act"], hours=options["hours"], no_end=options["no_end"], **times)


def _phase(name: str) -> Phase:
    track, _, slug = name.partition("/")
    phase = Phase.objects.select_related("track").filter(track__slug=track, slug=slug).first()
    if phase is None:
        known = ", ".join("/".join(pair) for pair in Phase.objects.values_list("track__slug", "slug"))
        raise CommandError(f"There is no phase “{name}”. Known: {known}.")
    return phase
