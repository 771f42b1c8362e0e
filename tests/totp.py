"""An authenticator app, as the tests hold it: the code that a secret makes now."""

import base64
import hashlib
import hmac
import struct
import time

STEP = 30  # seconds
ENOUGH = 4  # seconds that a code must still be good for


def code_now(secret: str) -> str:
    """RFC 6238 with SHA-1 and six digits, written anew; waits where the code is about to change."""
    left = STEP - time.time() % STEP
    if left < ENOUGH:
        time.sleep(left)
    return code_at(secret, time.time())


def code_at(secret: str, moment: float) -> str:
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(moment) // STEP), hashlib.sha1).digest()
    start = digest[-1] & 15
    (number,) = struct.unpack(">I", digest[start : start + 4])
    return f"{(number & 0x7FFFFFFF) % 10**6:06}"
