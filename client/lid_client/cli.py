"""The command `lid` of a LID challenge server.

Exit codes: 0 done, or scored; 1 unexpected, or the server could not score; 2 the archive is rejected;
3 no submission left; 4 the phase is not open; 5 no connection; 6 not logged in, or not allowed;
7 the server is busy, try later; 64 wrong usage; 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any, NoReturn, cast

from evaluator.contract import Rejected
from lid_client import __version__, commands
from lid_client.failures import INTERRUPTED, UNEXPECTED, WRONG_USAGE, Failure
from lid_client.output import remark, say_json

SECONDS_OF_PATIENCE = 600


class Parser(argparse.ArgumentParser):
    """A parser whose errors have another exit code than rejections."""

    def error(self, message: str) -> NoReturn:
        """Exit with WRONG_USAGE instead of argparse's 2."""
        self.print_usage(sys.stderr)
        self.exit(WRONG_USAGE, f"{self.prog}: {message}\n")


COMMANDS = {
    "login": (commands.log_in, "keep the server's address and a token, from LID_TOKEN, stdin or asked for"),
    "tracks": (commands.list_tracks, "list tracks and phases"),
    "check": (commands.check_archive, "check names and PNG headers of an archive before it is sent"),
    "submit": (commands.submit, "check and submit an archive; run again, it goes on where it was interrupted"),
    "status": (commands.status, "how a submission is, or the latest 20"),
    "download": (
        commands.download,
        "get an archive of your team back; run again, it goes on where it was interrupted",
    ),
    "choose": (commands.choose, "have the leaderboard use a submission instead of your best one"),
    "withdraw": (commands.withdraw, "withdraw a submission from the leaderboard"),
    "quota": (commands.quota, "how many submissions your team has left"),
    "leaderboard": (commands.leaderboard, "print a leaderboard"),
    "score": (commands.score, "score an archive with ground truth of your own; needs the extra lid[score]"),
    "logout": (commands.log_out, "forget the server's address and the token"),
}


def parser() -> Parser:
    """Return the parser of all commands."""
    made = Parser(prog="lid", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--version", action="version", version=f"lid {__version__}")
    added = made.add_subparsers(required=True, metavar="COMMAND", dest="command", parser_class=Parser)
    parsers = {}
    for name, (run, words) in COMMANDS.items():
        parsers[name] = added.add_parser(name, help=words, description=f"{words[0].upper()}{words[1:]}.")
        parsers[name].set_defaults(run=run)
        parsers[name].add_argument("--json", action="store_true", help="print one line of JSON")
    parsers["login"].add_argument("--server", metavar="URL", help="such as https://lid.example")
    parsers["leaderboard"].add_argument("phase", metavar="PHASE", help="track/phase, or the phase's id")
    _add_file_arguments(parsers)
    _add_submission_arguments(parsers)
    return made


def _add_file_arguments(parsers: dict[str, Any]) -> None:
    for name in ("check", "submit", "score"):
        parsers[name].add_argument("file", type=Path, metavar="FILE", help="the zip")
    which = parsers["check"].add_mutually_exclusive_group(required=True)
    which.add_argument("--phase", metavar="PHASE", help="track/phase, or the phase's id")
    which.add_argument("--manifest", type=Path, metavar="FILE", help="a manifest that you downloaded")
    parsers["check"].add_argument("--offline", action="store_true", help="by what was fetched before")
    parsers["check"].add_argument("--full", action="store_true", help="pixels too; needs the extra lid[score]")
    parsers["score"].add_argument("--scorer", required=True, help="such as localization")
    parsers["score"].add_argument("--ground-truth", type=Path, required=True, metavar="DIR_OR_ZIP")
    parsers["score"].add_argument("--jobs", type=int, default=1, metavar="N", help="processes (1)")


def _add_submission_arguments(parsers: dict[str, Any]) -> None:
    submit = parsers["submit"]
    submit.add_argument("--phase", required=True, metavar="PHASE", help="track/phase, or the phase's id")
    submit.add_argument("--method", help="a name for the submission; public")
    submit.add_argument("--parameters", metavar="N", help="of all inference models together, such as 25.6M")
    submit.add_argument("--rules-kept", action="store_true", help="declare that the track's rules were followed")
    submit.add_argument("--description", help="Markdown; for your team and the organisers")
    for link in ("code", "paper", "project"):
        submit.add_argument(f"--{link}-url", metavar="URL")
    submit.add_argument("--no-check", action="store_true", help="send it without a check before")
    parsers["status"].add_argument("submission", nargs="?", metavar="ID", help="a submission's id")
    for name in ("download", "choose", "withdraw"):
        parsers[name].add_argument("submission", metavar="ID", help="a submission's id")
    parsers["download"].add_argument("--output", type=Path, metavar="FILE", help="instead of submission-ID.zip")
    parsers["choose"].add_argument("--undo", action="store_true", help="use your best submission again")
    parsers["withdraw"].add_argument("--undo", action="store_true", help="put it back")
    for name in ("submit", "status"):
        parsers[name].add_argument("--wait", action="store_true", help="until it is scored or rejected")
    for name in ("submit", "status", "download"):
        parsers[name].add_argument(
            "--retry-for",
            type=float,
            default=SECONDS_OF_PATIENCE,
            metavar="SECONDS",
            help=f"how long to try again while the network is gone ({SECONDS_OF_PATIENCE})",
        )


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        cast(Any, stream).reconfigure(errors="backslashreplace")
    arguments = parser().parse_args(argv)
    exit_code = UNEXPECTED
    try:
        exit_code = int(arguments.run(arguments))
        sys.stdout.flush()
    except BrokenPipeError:  # who reads stdout has enough, like head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Rejected as rejection:
        return commands.rejected(arguments, rejection)
    except KeyboardInterrupt:
        remark("\nInterrupted. Run the same command again: an upload goes on where it was.")
        return INTERRUPTED
    except Failure as failure:
        return _failed(arguments, failure)
    except Exception as error:
        if "LID_DEBUG" in os.environ:
            raise
        words = f"Unexpected: {type(error).__name__}: {error}. With LID_DEBUG=1 it says where."
        return _failed(arguments, Failure(UNEXPECTED, words))
    return exit_code


def _failed(arguments: argparse.Namespace, failure: Failure) -> int:
    remark("\n".join(failure.lines()))
    if arguments.json:
        say_json(failure.as_json())
    return failure.exit_code
