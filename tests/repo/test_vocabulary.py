"""One vocabulary: the standard terms are found by a search, and none of the names they replaced is left.

ARCHITECTURE.md's glossary says what each term means.
"""

import re
from pathlib import Path

import pytest

from tests.repo.test_words import ROOT, committed_files, text_of

STANDARD_TERMS = [
    *("sandbox", "audit log", "confidence interval", "run-length", "state machine", "transition", "true positive"),
    *("fencing token", "outbox", "ground truth", "lease"),
]

# Names that nothing in the code may have: whole identifiers, in any file.
OLD_IDENTIFIERS = """
hand_in handed_in handed_in_by handed_in_at hand_in_cap hand_ins HandInForm ApiHandInForm HandIns HandedInAnew
TooManyHandIns MOVES MoveNotAllowed GrantForm GrantAdmin GrantRefused Tie TieQuerySet TieAdmin TieEnded
StillTied TiedToAnotherTeam tie_members end_tie lasting_ties Departure DepartureInline PastEntry AllSlotsHeld
HELD_ONCE Notice NoticeQuerySet NoticeAdmin Mute Decision DecisionQuerySet DecisionAdmin LeadsToDecisions
KeepNoCopies EndOldSessions AdminNetworks UploadGate StaffNeedTotp unveiled veiled details_veiled trouble
 ChildStopped ChildTimedOut ChildSilent ChildTooLarge ChildFilledDisk ChildMultiplied NoMoment to_the_second
Certainty certainty_of PairView drawn_first Comparer read_compared ComparedTeam summarise truth_of
truth_fault rules_held told_apart taken_back_at take_back send_notices notices_to_send who_may_what onslaught
"""

# Ordinary English words count only as the names they were, in the packages.
PACKAGES = {"evaluator", "leaderboard", "server"}
OLD_NAMES = [
    r"\bGrant\.objects\b",
    r"def (found|tell|place|confine|hint|held|meter|facts|drawn|see|look_alikes|hand_back|end_lease)\(",
    r"class (Comparison|Grant|Drawn|Statistics|Problem|Known|Place|Line|Duel|Asked|Facts|Reading|Shelf)\b",
    r"\bfrom server import .*\b(child|confine|faults|gate|moments|numbering|readonly)\b",
]

OLD_FILES = """
server/confine.py server/child.py server/faults.py server/gate.py server/moments.py server/numbering.py
server/problems.py server/readonly.py server/audit/recorded.py server/submissions/moves.py
server/submissions/letters.py server/submissions/deadlines.py server/submissions/tidy.py
server/submissions/hints.py server/submissions/look_alikes.py server/submissions/past.py
server/submissions/refusals.py server/teams/refusals.py server/teams/admission.py server/notices
server/site/ledger.py server/site/rehearsal.py leaderboard/comparer.py leaderboard/comparing.py
leaderboard/compared.py leaderboard/certainty.py leaderboard/known.py leaderboard/facts.py
leaderboard/lines.py leaderboard/reading.py leaderboard/shelf.py leaderboard/boards.py evaluator/runs.py
evaluator/names.py evaluator/comparable.py evaluator/comparing.py evaluator/memory.py evaluator/statistics.py
evaluator/archive.py evaluator/zip_directory.py evaluator/zip_layout.py evaluator/chunks.py
 tests/cast.py tests/onslaught.py tests/house tests/evaluator/contests.py
tests/evaluator/ways.py tests/evaluator/test_twins.py tests/server/test_who_may_what.py
"""

# What pages, mails, answers and documents say no more.
OLD_PHRASES = [
    *("Hand in", "Handed in", "hand-in", "handed in", "What to hand in", "Found a team", "Found the team"),
    *("How it goes", "How it is held", "all held", "no more come by themselves", "slot ledger", "The ledger"),
    *(
        "Name on the board",
        "Stand on this one",
        "How to mend",
        "is no count",
        "A fault of ours",
        "a fault of ours",
    ),
    *(
        "To rank",
        "As everyone sees it",
        "told apart",
        "Teams beside one bracket",
        "taken back",
        "Point at the figure",
    ),
    *("has not its image's width", "cannot tell the two apart", "No team stands here", "Nothing stood here"),
    *("No curve stands here", "handed the same archive in", "the outer door", "damaged or away"),
]

IDENTIFIERS = re.compile(rf"\b(?:{'|'.join(OLD_IDENTIFIERS.split())})\b")
NAMES = re.compile("|".join(OLD_NAMES))
PHRASES = re.compile("|".join(rf"\b{phrase}\b" for phrase in OLD_PHRASES))


@pytest.mark.parametrize("term", STANDARD_TERMS)
def test_the_standard_term_is_found_by_a_search(term):
    whole_words = re.compile(rf"\b{term}\b", re.IGNORECASE)
    found = [path for path in code() if path.suffix == ".py" and whole_words.search(text_of(path))]
    assert found, f"grep -riw “{term}” finds no Python file"


@pytest.mark.parametrize("old", [IDENTIFIERS, NAMES, PHRASES], ids=["identifiers", "names", "phrases"])
def test_no_replaced_name_or_phrase_is_left(old):
    searched = [path for path in code() if old is not NAMES or path.relative_to(ROOT).parts[0] in PACKAGES]
    texts = [(path, text_of(path)) for path in searched]
    found = {f"{path.relative_to(ROOT)}: {match.group()}" for path, text in texts for match in old.finditer(text)}
    assert not found, "\n".join(sorted(found))


@pytest.mark.parametrize("old", OLD_FILES.split())
def test_no_replaced_file_is_left(old):
    assert not (ROOT / old).exists()


def test_a_replaced_name_would_be_found():
    assert IDENTIFIERS.search("submission.handed_in_by")
    assert not IDENTIFIERS.search("a_handed_in_thing")
    assert NAMES.search("    def place(self) -> int:")
    assert PHRASES.search("<button>Hand in</button>")


def code() -> list[Path]:
    """All committed texts but this file and the record of how the project came about."""
    return [path for path in committed_files() if path.name not in {"test_vocabulary.py", "LICENSE"}]
