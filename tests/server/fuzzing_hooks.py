"""What `schemathesis` is told by test_fuzzed_api.py: each request comes from another role; pieces of uploads.

An operation's first request is sent by every role in turn, whatever else its schema lets vary.
"""

import json
import os
from collections import defaultdict
from itertools import cycle
from pathlib import Path

import schemathesis

SECRETS = json.loads(os.environ["LID_SECRETS"])
ASKED = Path(os.environ["LID_ASKED"])  # a line for each request: operation, role, status
turns = defaultdict(lambda: cycle(SECRETS))
asking: dict[str, str] = {}


@schemathesis.hook
def before_call(context, case, kwargs) -> None:
    operation = case.operation.label
    role = asking[operation] = next(turns[operation])
    headers = {name: value for name, value in (case.headers or {}).items() if name != "Authorization"}
    case.headers = headers | ({"Authorization": f"Bearer {SECRETS[role]}"} if SECRETS[role] else {})


@schemathesis.hook
def after_call(context, case, response) -> None:
    operation = case.operation.label
    with ASKED.open("a") as lines:
        lines.write(f"{operation}\t{asking[operation]}\t{response.status_code}\n")


@schemathesis.check
def every_role(context, response, case) -> None:
    operation = case.operation.label
    if operation in begun:
        return
    begun.add(operation)
    for _ in range(len(SECRETS) - 1):
        case.validate_response(case.call(), excluded_checks=[every_role])


begun: set[str] = set()


@schemathesis.serializer("application/offset+octet-stream")
def piece(context, value) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
