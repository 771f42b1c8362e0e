"""Time log-ins that fail: with an unknown address, a wrong password, a closed account; prints a Markdown table.

They should differ by chance alone, or the time an answer takes would tell whether an address has an account.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "seven imperfect days"  # noqa: S105


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=200, help="log-ins of each kind (200)")
    tries = parser.parse_args().tries
    with tempfile.TemporaryDirectory(prefix="lid-") as folder:
        set_up(folder)
        medians = measure(tries)
    slowest, quickest = max(medians.values()), min(medians.values())
    print(f"{tries} log-ins of each kind, in turn; medians\n")
    print("| log-in with | milliseconds | to the quickest |\n|---|---|---|")
    for kind, seconds in medians.items():
        print(f"| {kind} | {1000 * seconds:.1f} | {seconds / quickest:.3f} |")
    print(f"\nThe bar is a difference below 10 %: {'held' if slowest < 1.1 * quickest else 'MISSED'}.")


def set_up(folder: str) -> None:
    """A database of our own with an open and a closed account, and no limits in the way."""
    os.environ.update(
        DJANGO_SETTINGS_MODULE="server.settings",
        DATA_DIR=folder,
        DATABASE_URL=f"sqlite:///{folder}/lid.sqlite3",
        CACHE_URL="locmemcache://",
        EMAIL_URL="dummymail://",
        LOG_LEVEL="ERROR",
        ALLOWED_HOSTS="testserver",
    )
    sys.path.insert(0, str(ROOT))
    import django  # noqa: PLC0415  (the environment names its settings only now)

    django.setup()
    from allauth.account.models import EmailAddress  # noqa: PLC0415
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    from server.accounts.models import User  # noqa: PLC0415

    settings.ACCOUNT_RATE_LIMITS = False
    call_command("migrate", verbosity=0)
    for name, active in (("open", True), ("closed", False)):
        user = User.objects.create_user(f"{name}@example.org", PASSWORD, name=name, is_active=active)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)


def measure(tries: int) -> dict[str, float]:
    """The median seconds of each kind of failing log-in."""
    from django.test import Client  # noqa: PLC0415

    kinds = {
        "an unknown address": ("nobody@example.org", PASSWORD),
        "a wrong password": ("open@example.org", "wrong"),
        "a closed account": ("closed@example.org", PASSWORD),
    }
    seconds: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(tries):
        for kind, (login, password) in kinds.items():
            client, began = Client(), time.perf_counter()
            answer = client.post("/account/login/", {"login": login, "password": password})
            seconds[kind].append(time.perf_counter() - began)
            assert answer.status_code == 200
    return {kind: statistics.median(taken) for kind, taken in seconds.items()}


if __name__ == "__main__":
    main()
