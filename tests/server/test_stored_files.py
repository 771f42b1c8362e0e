"""Files of rows: damaged ones are found and told of, those on volumes that are not seen here are no losses."""

import io
import tarfile
from zipfile import ZipFile

import pytest
from django.core.management import CommandError, call_command

from server.desk import backup, restore
from server.desk.causes import causes_now
from server.desk.models import FileCheck
from server.desk.sections import sections
from server.outbox.models import OutboxEmail
from server.outbox.services import enqueue_email, hold_emails, send_alerts, send_due
from server.submissions import tasks
from server.submissions.models import Submission
from server.tracks.models import GroundTruth

pytestmark = pytest.mark.django_db


@pytest.fixture
def scored(submitted, alice) -> Submission:
    submission = submitted(alice)
    assert tasks.score_next()
    return submission


def flip_a_byte(path) -> None:
    """Where its bytes count: in a zip's first file, as the words around it may be anything."""
    content, mode = bytearray(path.read_bytes()), path.stat().st_mode
    middle = len(content) // 2
    if path.suffix == ".npz":
        with ZipFile(path) as archive, archive.open(archive.infolist()[0]) as member:
            middle = member._orig_compress_start + 5
    content[middle] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)
    path.chmod(mode)


def swept(code: int, capsys) -> str:
    if code:
        with pytest.raises(SystemExit) as end:
            call_command("sweep", "--hashes")
        assert end.value.code == code
    else:
        call_command("sweep", "--hashes")
    return capsys.readouterr().out


def told() -> str:
    return "".join(cause.text for cause in causes_now() if cause.key == "files")


@pytest.mark.parametrize("kind", ["archive", "pack", "statistics"])
def test_a_flipped_byte_is_found_and_told_of_until_it_is_restored(scored, kind, capsys):
    assert "3 files" in swept(0, capsys)
    path = {
        "archive": scored.archive_path,
        "pack": GroundTruth.objects.get().pack_path,
        "statistics": scored.evaluations.get().statistics_path,
    }[kind]
    good = path.read_bytes()
    flip_a_byte(path)
    assert path.name in swept(1, capsys)
    assert path.name in told()
    path.chmod(0o600)
    path.write_bytes(good)
    assert "damaged" not in swept(0, capsys)
    assert told() == ""


def test_files_on_a_volume_that_is_not_mounted_here_are_no_losses(scored, settings, tmp_path, capsys):
    settings.GROUND_TRUTH_DIR = tmp_path / "not mounted"
    said = swept(0, capsys)
    assert f"Not looked at: GROUND_TRUTH_DIR ({settings.GROUND_TRUTH_DIR}) is empty here, 1 files" in said
    assert told() == ""
    settings.GROUND_TRUTH_DIR.mkdir()
    (settings.GROUND_TRUTH_DIR / "another.txt").touch()
    assert "is missing" in swept(1, capsys)


def test_what_a_row_gave_up_while_files_were_read_is_no_loss(scored, monkeypatch):
    from server.desk import stored_files  # noqa: PLC0415

    listed = list(stored_files.stored_files())
    scored.archive_path.unlink()
    (scored.archive_path.parent / "another.zip").touch()
    assert stored_files.missing_files().missing
    monkeypatch.setattr(stored_files, "stored_files", lambda: iter([]))
    assert stored_files._look(listed, hashes=True).losses == []


def test_a_backup_that_breaks_off_leaves_nothing_that_looks_like_one(scored, tmp_path, monkeypatch):
    monkeypatch.setattr(backup, "write_files", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        backup.back_up(tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_backup_holds_all_that_is_kept_and_nothing_in_progress(scored, settings, folders):
    (settings.ARCHIVES_DIR / "incoming").mkdir(exist_ok=True)
    (settings.ARCHIVES_DIR / "incoming" / "a.part").touch()
    (settings.ARCHIVES_DIR / "b.part").touch()
    (settings.WORK_DIR).mkdir(exist_ok=True)
    (settings.WORK_DIR / "c").touch()
    (folders / "secret_key").write_text("key")
    written = io.BytesIO()
    backup.write_files(written)
    written.seek(0)
    with tarfile.open(fileobj=written) as tar:
        names = tar.getnames()
    pack = GroundTruth.objects.get()
    evaluation = scored.evaluations.get()
    assert {
        f"archives/{scored.archive_name}",
        f"statistics/{evaluation.pk}.npz",
        f"ground_truth/{pack.pack_path.name}",
        f"public/{pack.manifest_path.name}",
        "secret_key",
    } <= set(names)
    assert not any(name.endswith(".part") or name.startswith("work") for name in names)


@pytest.mark.parametrize(
    "name", ["../out", "archives/../../out", "/etc/passwd", "work/x", "archives", "lid.sqlite3"]
)
def test_a_tar_that_we_did_not_write_writes_nowhere(name, tmp_path):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        member = tarfile.TarInfo(name)
        member.size = 1
        tar.addfile(member, io.BytesIO(b"x"))
    stream.seek(0)
    with pytest.raises(CommandError, match="not made by"):
        restore.read_files(stream)
    assert not (tmp_path / "out").exists()


def test_a_damaged_backup_is_refused_before_anything_is_written(scored, tmp_path):
    written = backup.back_up(tmp_path)
    flip_a_byte(written / backup.FILES)
    with pytest.raises(CommandError, match=r"files\.tar is damaged"):
        call_command("restore", "--check", str(written))
    (written / backup.DATABASE).unlink()
    with pytest.raises(CommandError, match=r"database\.dump is missing"):
        call_command("restore", str(written))


def test_a_restore_mixes_with_no_other_server(scored, tmp_path):
    written = backup.back_up(tmp_path)
    with pytest.raises(CommandError, match="ARCHIVES_DIR is not empty"):
        call_command("restore", str(written))


@pytest.mark.parametrize(("way", "sent"), [("release", 2), ("drop", 1)])
def test_mails_are_held_until_an_organiser_decides(client, organiser, alice, mailoutbox, way, sent):
    hold_emails("A backup was restored.")
    enqueue_email(alice, "scored", "a", "It was scored", "Well done.")
    assert (send_due(), send_alerts()) == (0, 0)
    assert "held" in [section.slug for section in sections()]
    client.force_login(organiser)
    page = client.post(f"/organisers/{way}-emails/", follow=True).content.decode()
    assert "1 e-mail that waited" in page
    enqueue_email(alice, "scored", "b", "It was scored", "Well done.")
    assert send_due() == sent
    assert len(mailoutbox) == sent
    assert "are not held" in client.post(f"/organisers/{way}-emails/", follow=True).content.decode()


def test_the_hold_ends_by_command(capsys, alice):
    call_command("release_emails")
    hold_emails("A backup was restored.")
    enqueue_email(alice, "scored", "a", "It was scored", "Well done.")
    call_command("release_emails", "--drop")
    assert "E-mails that waited: 1, not sent." in capsys.readouterr().out
    assert not OutboxEmail.objects.due().exists()
    assert not FileCheck.objects.exists()
