"""What `schemathesis` is told by test_fuzzed_api.py: a role for each request in turn, and pieces of uploads."""

import json
import os
from itertools import cycle

import schemathesis

SECRETS = cycle(json.loads(os.environ["LID_SECRETS"]))


@schemathesis.hook
def before_call(context, case, kwargs) -> None:
    if secret := next(SECRETS):
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {secret}"}


@schemathesis.serializer("application/offset+octet-stream")
def piece(context, value) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
