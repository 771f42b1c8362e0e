"""Paper packs: an organiser has one made, downloads it, deletes it; a worker makes it and deletes old ones."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from server import leases
from server.accounts.models import User
from server.acts import check_fingerprint
from server.audit.services import record
from server.error_views import DATABASE_UNAVAILABLE
from server.files import keep, sha256_of, work_folder
from server.leases import LeaseKeeper, LeaseLost, WorkerStopping, work_name
from server.results.exceptions import CannotBeShown, NoPack, NoPhaseChosen, NotDeletable
from server.results.models import TRIES, PaperPack
from server.results.pack import write_pack
from server.tracks.models import Phase

log = logging.getLogger(__name__)
PAUSE = timedelta(minutes=1)
State = PaperPack.State
DELETABLE = (State.READY, State.FAILED)  # and not one that is still being made


def check_pack(phases: Sequence[Phase]) -> str:
    """Return in words what asking for a pack would do. Raises ActRefused."""
    if not phases:
        raise NoPhaseChosen
    for phase in phases:
        if phase.track.scorer_error:
            raise CannotBeShown(phase)
    names = ", ".join(map(str, phases))
    return f"A worker makes a zip about {names}, with the addresses of all members, for organisers only."


@transaction.atomic
def request_pack(phases: Sequence[Phase], *, by: User, seen: str | None = None) -> PaperPack:
    """Have a worker make a pack; one that waits for the same phases is returned instead. Raises ActRefused."""
    check_fingerprint(seen, check_pack(phases))
    keys = sorted(phase.pk for phase in phases)
    for waiting in PaperPack.objects.filter(state=State.WAITING):
        if sorted(waiting.phases.values_list("pk", flat=True)) == keys:
            return waiting
    pack = PaperPack.objects.create(created_by=by)
    pack.phases.set(phases)
    changes = {"phases": ["", ", ".join(map(str, phases))]}
    record(by=by, what="requested a paper pack", subject=pack, changes=changes)
    return pack


@transaction.atomic
def download_pack(pack: PaperPack, *, by: User) -> Path:
    """Record that the pack is downloaded, and return its file. Raises NoPack."""
    if pack.state != State.READY or not pack.path.is_file():
        raise NoPack(State(pack.state).label if pack.state != State.READY else "lost")
    record(by=by, what="downloaded a paper pack", subject=pack, changes={"sha256": ["", pack.sha256]})
    return pack.path


def file_name(pack: PaperPack) -> str:
    return f"lid-paper-pack-{pack.created_at:%Y-%m-%d-%H%M}.zip"


def days_kept() -> int:
    return round(settings.PAPER_PACK_KEPT / timedelta(days=1))


def preview_delete_pack(pack: PaperPack) -> str:
    """Return what is deleted. Raises NotDeletable."""
    if pack.state not in DELETABLE:
        raise NotDeletable
    return f"{pack}, made for {', '.join(map(str, pack.phases.select_related('track')))}"


def delete_as_organiser(pack: PaperPack, *, by: User, seen: str | None = None) -> None:
    """Delete a pack before its days are over. Raises NotDeletable or PreviewOutdated."""
    check_fingerprint(seen, preview_delete_pack(pack))
    if not delete_pack(pack, by=by):
        raise NotDeletable


def delete_pack(pack: PaperPack, *, by: User | None) -> bool:
    """Delete the file, and record it; False where that was done already. By None: its days are over."""
    with transaction.atomic():
        deleted = PaperPack.objects.filter(pk=pack.pk, state__in=DELETABLE)
        if not deleted.update(state=State.DELETED):
            return False
        record(by=by, what="deleted a paper pack", subject=pack)
        transaction.on_commit(partial(_unlink, pack), robust=True)
    return True


def delete_all_packs(*, by: User) -> None:
    """Delete every pack, as all name people; those that wait are begun anew by what is stored then."""
    for pack in PaperPack.objects.filter(state__in=DELETABLE):
        delete_pack(pack, by=by)
    PaperPack.objects.filter(state=State.WAITING).update(fence=F("fence") + 1, lease_until=None)


def _unlink(pack: PaperPack) -> None:
    for path in settings.PAPER_PACKS_DIR.glob(f"{pack.pk}-*.zip"):
        path.unlink(missing_ok=True)


def delete_old_packs() -> int:
    """Delete the packs whose days are over, and files that no ready pack has; return how many packs."""
    deleted = sum(delete_pack(pack, by=None) for pack in PaperPack.objects.to_delete())
    found = list(settings.PAPER_PACKS_DIR.glob("*.zip"))  # read before the rows: a worker may add one
    kept = {pack.path for pack in PaperPack.objects.filter(state__in=[State.READY, State.WAITING])}
    for path in found:
        if path not in kept:
            path.unlink(missing_ok=True)
    return deleted


def make_next() -> bool:
    """Make the pack that waits longest; False where none waits."""
    rows, to_make = PaperPack.objects.all(), PaperPack.objects.to_make()
    to_make.filter(tries__gte=TRIES).update(state=State.FAILED, last_error="The workers that made it were lost.")
    tries = F("tries") + 1
    claims = (leases.claim(rows, waiting, tries=tries) for waiting in to_make.order_by("created_at"))
    claimed = next(filter(None, claims), None)
    if claimed:
        _make(claimed)
    return claimed is not None


def _make(pack: PaperPack) -> None:
    try:
        with work_folder(work_name(pack)) as folder:
            _write(pack, folder / "pack.zip")
    except LeaseLost:
        log.warning("%s was claimed by another worker", work_name(pack))
    except WorkerStopping:
        leases.release(pack, tries=F("tries") - 1)
    except DATABASE_UNAVAILABLE:
        raise
    except Exception as error:  # outermost handler: a server error is recorded, and other work goes on
        log.error("%s could not be made", work_name(pack), exc_info=error)
        text = f"{type(error).__name__}: {error}".replace("\0", "")
        state = State.FAILED if pack.tries >= TRIES else State.WAITING
        leases.release(pack, state=state, last_error=text, not_before=Now() + PAUSE)


def _write(pack: PaperPack, made: Path) -> None:
    keeper = LeaseKeeper(pack)
    phases = pack.phases.select_related("track").order_by("track", "opens_at", "pk")
    write_pack(made, list(phases), keeper.tick)
    facts = {"size": made.stat().st_size, "sha256": sha256_of(made, keeper.tick), "last_error": ""}
    keeper.renew()
    keep(made, pack.path)
    delete_at = timezone.now() + settings.PAPER_PACK_KEPT
    if not leases.release(pack, state=State.READY, made_at=Now(), delete_at=delete_at, **facts):
        raise LeaseLost
