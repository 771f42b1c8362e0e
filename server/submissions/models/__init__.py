"""Submissions, their uploads and slots, the teams' entries on boards, and evaluations."""

from server.submissions.models.entry import PSEUDONYM_LENGTH, Entry, EntryVersion
from server.submissions.models.evaluation import DESCRIPTIONS, TRANSITIONS, Evaluation, EvaluationEvent, State
from server.submissions.models.host import WorkerHost
from server.submissions.models.resumable_upload import ResumableUpload
from server.submissions.models.slot import Slot, SlotGrant
from server.submissions.models.submission import Submission

__all__ = [
    "DESCRIPTIONS",
    "PSEUDONYM_LENGTH",
    "TRANSITIONS",
    "Entry",
    "EntryVersion",
    "Evaluation",
    "EvaluationEvent",
    "ResumableUpload",
    "Slot",
    "SlotGrant",
    "State",
    "Submission",
    "WorkerHost",
]
