"""A backup of everything, and everything back from it; hostile files change nothing."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from sqlalchemy import insert, select, text
from typer.testing import CliRunner

from bot.backup import Made, make
from bot.backup_file import Manifest
from bot.backup_keys import BackupError, Key, make_key, read_key
from bot.command_line import app
from bot.database import (
    deliveries,
    open_people,
    outbox,
    people,
    placeholders,
    turns,
    updates_handled,
)
from bot.restore import restore
from retrieval.database import open_database
from retrieval.errors import ArchiveInUse
from retrieval.lock import ArchiveLock
from retrieval.models import Query
from tests import migrated
from tests.archive import NOW, Contents, an_archive, assert_consistent
from tests.builders import an_article

QUESTIONS = ("harbour strike number 3", "desalination plant", "harbour 7")


def no_bar(_total: int) -> Callable[[int], None]:
    return lambda _count: None


def some_articles(first: int, last: int) -> Iterator[Any]:
    for number in range(first, last):
        yield an_article(
            url=f"https://paper.example/{number}",
            title=f"Harbour strike, day {number}",
            text=f"The harbour strike number {number} began on Monday. Dockers, {number * 7} of "
            f"them, joined it. The desalination plant of dock {number} stands still.",
        )


def found_in(home: Path) -> tuple[list[Any], Contents]:
    """What an archive answers and holds, once its vector index is rebuilt as a start does it."""
    with an_archive(home) as archive:
        archive.ingest.reconcile()
        archive.ingest.tell_stories()
        answers = [
            [(one.chunk_id, one.text) for one in archive.retriever.search(Query(question))]
            for question in QUESTIONS
        ]
        return answers, assert_consistent(archive)


def fill(home: Path) -> None:
    with an_archive(home) as archive:
        archive.ingest.add(some_articles(0, 12))
    engine = open_people(home / "people.db")
    with engine.begin() as connection:
        connection.execute(
            insert(people).values(user_id=55, name="Ana", role="member", invited_by=7, since=1)
        )
        connection.execute(insert(turns).values(conversation="55", role="user", text="How?", at=1))
    engine.dispose()
    (home / "webhook-secret").write_text("secret-of-the-webhook", encoding="ascii")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("filled") / "home"
    home.mkdir()
    fill(home)
    return home


@pytest.fixture
def home(filled: Path, tmp_path: Path) -> Path:
    shutil.copytree(filled, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Key:
    return make_key(tmp_path_factory.mktemp("keys") / "key")


@pytest.fixture(scope="module")
def plain(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup without a key."""
    return backed_up(filled, tmp_path_factory.mktemp("plain") / "b.bak").file


@pytest.fixture(scope="module")
def sealed(filled: Path, tmp_path_factory: pytest.TempPathFactory, key: Key) -> Path:
    """A backup with a key."""
    return backed_up(filled, tmp_path_factory.mktemp("sealed") / "b.bak", key).file


def backed_up(home: Path, target: Path, key: Key | None = None, *, force: bool = False) -> Made:
    return make(home, target, key, NOW, force=force, bar=no_bar)


def put_back(file: Path, home: Path, key: Key | None = None, *, force: bool = False) -> Manifest:
    return restore(file, home, key, NOW, force=force, bar=no_bar)


def names_in(folder: Path) -> set[str]:
    """But for the lock, which stays."""
    return {one.name for one in folder.iterdir()} - {"lock", "backup.lock"}


def test_after_everything_was_destroyed_a_restore_brings_back_answers_and_counts(
    home: Path, tmp_path: Path, key: Key
) -> None:
    before, held = found_in(home)
    made = backed_up(home, tmp_path / "b.bak", key)
    shutil.rmtree(home)
    manifest = put_back(tmp_path / "b.bak", home, key)
    after, holds = found_in(home)
    assert after == before
    assert any(before)
    assert holds == held
    assert manifest.counts == made.manifest.counts
    assert manifest.counts["corpus.db"]["articles"] == 12
    assert manifest.counts["people.db"]["people"] == 1
    assert (home / "webhook-secret").read_text(encoding="ascii") == "secret-of-the-webhook"
    modes = {one.name: one.stat().st_mode & 0o777 for one in home.iterdir() if one.is_file()}
    assert modes["webhook-secret"] == modes["people.db"] == 0o600


def test_the_vector_index_is_left_out(plain: Path) -> None:
    with tarfile.open(plain) as opened:  # by a tar that knows nothing of Pauta
        assert opened.getnames() == ["manifest.json", "corpus.db", "people.db"]


def test_the_webhook_secret_is_in_an_encrypted_backup_alone(
    plain: Path, sealed: Path, key: Key, tmp_path: Path
) -> None:
    assert "webhook-secret" in put_back(sealed, tmp_path / "a", key).names
    assert "webhook-secret" not in put_back(plain, tmp_path / "b").names
    assert b"SQLite" not in sealed.read_bytes()


def test_only_the_owner_can_read_a_backup(plain: Path) -> None:
    assert plain.stat().st_mode & 0o777 == 0o600


class TestWhileOthersWrite:
    def test_a_backup_is_of_one_moment(self, home: Path, tmp_path: Path) -> None:
        stop = threading.Event()
        written: list[int] = []

        def write() -> None:
            with an_archive(home) as archive:
                for number in range(100, 400):
                    archive.ingest.add(some_articles(number, number + 1))
                    written.append(number)
                    if stop.is_set():
                        return

        writer = threading.Thread(target=write)
        writer.start()
        try:
            counts = []
            for number in range(3):
                seen = len(written)
                while len(written) < seen + 2:
                    stop.wait(0.005)
                made = backed_up(home, tmp_path / f"{number}.bak")
                counts.append((seen, made.manifest.counts["corpus.db"]["articles"], len(written)))
        finally:
            stop.set()
            writer.join()
        for number, (at_least, articles, at_most) in enumerate(counts):
            assert 12 + at_least <= articles <= 12 + at_most + 1
            restored = tmp_path / f"restored{number}"
            put_back(tmp_path / f"{number}.bak", restored)
            _, holds = found_in(restored)  # asserts that it is consistent
            assert len(holds.articles) == articles

    def test_who_holds_the_archive_goes_on(self, home: Path, tmp_path: Path) -> None:
        lock = ArchiveLock(home, "run", lasting=True)
        lock.acquire()
        try:
            assert backed_up(home, tmp_path / "b.bak").size > 0
            with pytest.raises(ArchiveInUse, match="pauta run"):
                put_back(tmp_path / "b.bak", home, force=True)
        finally:
            lock.release()


KILLED = """
import os, signal, sys
from pathlib import Path
from datetime import datetime, UTC
from bot.backup import make
from bot.restore import restore
what, home, file, calls = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
def bar(_total):
    def count(_bytes):
        global calls
        calls -= 1
        if calls < 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return count
if what == "backup":
    make(home, file, None, datetime.now(UTC), force=True, bar=bar)
else:
    restore(file, home, None, datetime.now(UTC), bar=bar)
"""


def killed(what: str, home: Path, file: Path, calls: int) -> None:
    command = [sys.executable, "-c", KILLED, what, str(home), str(file), str(calls)]
    done = subprocess.run(command, check=False, timeout=30)
    assert done.returncode == -signal.SIGKILL


class TestKilled:
    @pytest.mark.parametrize("calls", [0, 3, 5], ids=["copying", "summing up", "packing"])
    def test_a_backup_leaves_the_former_one_and_can_be_begun_anew(
        self, home: Path, tmp_path: Path, calls: int
    ) -> None:
        file = tmp_path / "b.bak"
        file.write_bytes(b"the former one")
        killed("backup", home, file, calls)
        assert file.read_bytes() == b"the former one"
        made = backed_up(home, file, force=True)
        assert made.manifest.counts["corpus.db"]["articles"] == 12
        assert names_in(tmp_path) == {"home", "b.bak"}
        assert "backing-up" not in names_in(home)

    def test_a_restore_leaves_an_empty_home_and_can_be_begun_anew(
        self, plain: Path, tmp_path: Path
    ) -> None:
        home = tmp_path / "new"
        killed("restore", home, plain, 1)
        assert names_in(home) == {"restoring", "lock.holder"}
        put_back(plain, home)
        assert names_in(home) == {"corpus.db", "people.db"}


class TestABackupIsNotMade:
    def test_over_a_file_without_force(self, home: Path, tmp_path: Path) -> None:
        (tmp_path / "b.bak").write_text("mine")
        with pytest.raises(BackupError, match="--force"):
            backed_up(home, tmp_path / "b.bak")
        assert (tmp_path / "b.bak").read_text() == "mine"
        backed_up(home, tmp_path / "b.bak", force=True)
        assert (tmp_path / "b.bak").read_bytes() != b"mine"

    def test_without_an_archive(self, tmp_path: Path) -> None:
        with pytest.raises(BackupError, match="nothing to back up"):
            backed_up(tmp_path, tmp_path / "b.bak")

    @pytest.mark.parametrize("where", ["nowhere/b.bak", "."])
    def test_into_what_is_no_folder_or_no_file(
        self, home: Path, tmp_path: Path, where: str
    ) -> None:
        with pytest.raises(BackupError, match="folder"):
            backed_up(home, tmp_path / where)

    def test_beside_another_one(self, home: Path, tmp_path: Path) -> None:
        with FileLock(home / "backup.lock"), pytest.raises(BackupError, match="under way"):
            backed_up(home, tmp_path / "b.bak")

    def test_on_a_full_disk(
        self, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        full = shutil._ntuple_diskusage(100, 99, 1)
        monkeypatch.setattr(shutil, "disk_usage", lambda _folder: full)
        with pytest.raises(BackupError, match="MB left"):
            backed_up(home, tmp_path / "b.bak")
        assert names_in(tmp_path) == {"home"}

    def test_of_a_damaged_database(self, home: Path, tmp_path: Path) -> None:
        with closing(sqlite3.connect(home / "corpus.db")) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with (home / "corpus.db").open("r+b") as file:
            file.seek(8192)
            file.write(os.urandom(40_000))
        with pytest.raises(BackupError, match=r"damaged|cannot be read|no archive"):
            backed_up(home, tmp_path / "b.bak")
        assert names_in(tmp_path) == {"home"}

    def test_when_it_fails_while_it_is_written(
        self, home: Path, tmp_path: Path, key: Key, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("bot.backup_file._tarred", full)
        for given in (None, key):
            with pytest.raises(OSError, match="No space"):
                backed_up(home, tmp_path / "b.bak", given)
        assert names_in(tmp_path) == {"home"}


class TestARestore:
    def test_refuses_a_home_that_is_not_empty(self, plain: Path, home: Path) -> None:
        before = (home / "corpus.db").read_bytes()
        with pytest.raises(BackupError, match="not empty"):
            put_back(plain, home)
        assert (home / "corpus.db").read_bytes() == before

    def test_moves_it_aside_when_told_to(self, plain: Path, home: Path) -> None:
        before = (home / "people.db").read_bytes()
        put_back(plain, home, force=True)
        (aside,) = [one for one in home.iterdir() if one.name.startswith("replaced-")]
        assert (aside / "people.db").read_bytes() == before
        assert "chroma" in names_in(aside)
        found_in(home)

    def test_sends_nothing_that_may_have_been_sent(self, home: Path, tmp_path: Path) -> None:
        engine = open_people(home / "people.db")
        with engine.begin() as connection:
            row = {"key": "k", "kind": "digest", "conversation": "55", "about": 1, "due_at": 1,
                   "composed_at": 1, "delivery": "{}"}  # fmt: skip
            connection.execute(insert(deliveries).values(id=1, **row))
            for part, state in enumerate(("sent", "waiting", "sending")):
                part_row = {"part": part, "state": state, "chat_id": 55, "attempts": 0}
                connection.execute(insert(outbox).values(delivery_id=1, not_before=0, **part_row))
            update = {"update_id": 5, "at": 1, "state": "waiting", "tries": 0, "body": "{}"}
            connection.execute(insert(updates_handled).values(update))
            message = {"chat_id": 55, "message_id": 9, "language": "en"}
            connection.execute(insert(placeholders).values(message))
        engine.dispose()
        backed_up(home, tmp_path / "b.bak")
        put_back(tmp_path / "b.bak", tmp_path / "new")
        engine = open_people(tmp_path / "new" / "people.db")
        with engine.connect() as connection:
            states = connection.scalars(select(outbox.c.state).order_by(outbox.c.part)).all()
            assert states == ["sent", "unknown", "unknown"]
            assert connection.scalars(select(updates_handled.c.body)).all() == [None]
            assert connection.execute(select(placeholders)).all() == []
        engine.dispose()

    def test_brings_an_older_schema_up_to_date(self, home: Path, tmp_path: Path) -> None:
        known = open_people(home / "people.db")
        with known.connect() as connection:
            ana = dict(connection.execute(select(people)).mappings().one())
        known.dispose()
        for file in home.glob("people.db*"):
            file.unlink()
        with migrated.by_alembic():
            old = open_database(home / "people.db", "bot.migrations", "0008")
        with old.begin() as connection:
            connection.execute(insert(people).values(ana))
        old.dispose()
        backed_up(home, tmp_path / "b.bak")
        put_back(tmp_path / "b.bak", tmp_path / "new")
        engine = open_people(tmp_path / "new" / "people.db")
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM outbox")) == 0
            assert connection.scalars(select(people.c.name)).all() == ["Ana"]
        engine.dispose()

    def test_refuses_a_newer_schema(self, home: Path, tmp_path: Path) -> None:
        with closing(sqlite3.connect(home / "people.db", isolation_level=None)) as database:
            database.execute("UPDATE alembic_version SET version_num = '9000'")
        backed_up(home, tmp_path / "b.bak")
        with pytest.raises(BackupError, match=r"newer Pauta .* Upgrade"):
            put_back(tmp_path / "b.bak", tmp_path / "new")
        assert names_in(tmp_path / "new") == set()


def tar(*members: tuple[str, bytes], last: bytes = tarfile.REGTYPE) -> bytes:
    """`last` is the kind of the last member."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as out:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size, info.linkname = len(content), "/etc/passwd"
            info.type = last if name == members[-1][0] else tarfile.REGTYPE
            out.addfile(info, io.BytesIO(content))
    return written.getvalue()


def manifest_of(content: bytes, **changed: Any) -> bytes:
    sha = changed.pop("sha256", hashlib.sha256(content).hexdigest())
    size = changed.pop("size", len(content))
    name = changed.pop("name", "corpus.db")
    found = {
        "format": 1,
        "pauta": "0.1.0",
        "made_at": NOW.isoformat(),
        "schemas": {},
        "members": [{"name": name, "size": size, "sha256": sha}],
        "counts": {},
        **changed,
    }
    return json.dumps(found).encode()


DATA = b"x" * 600
HOSTILE: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "a text": lambda: b"hello " * 500,
    "another tar": lambda: tar(("readme.txt", b"hello")),
    "no gzip inside age's words": lambda: b"age-encryption.org/v2\n" * 9,
    "a manifest that is no JSON": lambda: tar(("manifest.json", b"{")),
    "a manifest of another thing": lambda: tar(("manifest.json", b"[1]")),
    "a huge manifest": lambda: tar(("manifest.json", b" " * 2_000_000)),
    "a newer format": lambda: tar(("manifest.json", manifest_of(DATA, format=2))),
    "a path out of the folder": lambda: tar(
        ("manifest.json", manifest_of(DATA, name="../evil")), ("../evil", DATA)
    ),
    "a path that the manifest hides": lambda: tar(
        ("manifest.json", manifest_of(DATA)), ("../evil", DATA)
    ),
    "an absolute path": lambda: tar(("manifest.json", manifest_of(DATA)), ("/tmp/evil", DATA)),
    "a link": lambda: tar(
        ("manifest.json", manifest_of(b"")), ("corpus.db", b""), last=tarfile.SYMTYPE
    ),
    "another sum": lambda: tar(
        ("manifest.json", manifest_of(DATA, sha256="0" * 64)), ("corpus.db", DATA)
    ),
    "another size": lambda: tar(("manifest.json", manifest_of(DATA, size=5)), ("corpus.db", DATA)),
    "a bomb": lambda: tar(("manifest.json", manifest_of(DATA, size=1 << 40)), ("corpus.db", DATA)),
    "a bomb in gzip": lambda: gzip.compress(bytes(30_000_000)),
    "no database": lambda: tar(("manifest.json", manifest_of(DATA)), ("corpus.db", DATA)),
    "one member more": lambda: tar(
        ("manifest.json", manifest_of(DATA)), ("corpus.db", DATA), ("people.db", DATA)
    ),
}


def changed_at(file: Path, share: float) -> bytes:
    content = bytearray(file.read_bytes())
    content[int(len(content) * share)] ^= 0xFF
    return bytes(content)


class TestAHostileFile:
    @pytest.mark.parametrize("what", list(HOSTILE))
    def test_is_refused_and_changes_nothing(self, what: str, tmp_path: Path) -> None:
        (tmp_path / "b.bak").write_bytes(HOSTILE[what]())
        with pytest.raises(BackupError):
            put_back(tmp_path / "b.bak", tmp_path / "new")
        assert names_in(tmp_path / "new") == set()
        assert names_in(tmp_path) == {"b.bak", "new"}

    @pytest.mark.parametrize("share", [0.001, 0.1, 0.5, 0.9, 0.999])
    def test_that_is_cut_is_refused(
        self, share: float, plain: Path, sealed: Path, key: Key, tmp_path: Path
    ) -> None:
        for whole, given in ((plain, None), (sealed, key)):
            content = whole.read_bytes()
            (tmp_path / "b.bak").write_bytes(content[: max(25, int(len(content) * share))])
            with pytest.raises(BackupError):
                put_back(tmp_path / "b.bak", tmp_path / "new", given)
            assert names_in(tmp_path / "new") == set()

    @pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.99])
    def test_that_is_sealed_and_was_changed_is_refused(
        self, share: float, sealed: Path, key: Key, tmp_path: Path
    ) -> None:
        (tmp_path / "b.bak").write_bytes(changed_at(sealed, share))
        with pytest.raises(BackupError):
            put_back(tmp_path / "b.bak", tmp_path / "new", key)
        assert names_in(tmp_path / "new") == set()

    @pytest.mark.parametrize("share", [0.0, 0.15, 0.2, 0.35, 0.5, 0.7, 0.999])
    def test_that_is_plain_and_was_changed_is_refused_or_still_says_the_same(
        self, share: float, plain: Path, tmp_path: Path
    ) -> None:
        """In a run of zeros, two packings of it are equal."""
        (tmp_path / "b.bak").write_bytes(changed_at(plain, share))
        try:
            put_back(tmp_path / "b.bak", tmp_path / "new")
        except BackupError:
            assert names_in(tmp_path / "new") == set()
            return
        put_back(plain, tmp_path / "other")
        new, other = (tmp_path / name / "corpus.db" for name in ("new", "other"))
        assert new.read_bytes() == other.read_bytes()

    def test_with_the_wrong_key_or_none_or_its_public_half_says_so(
        self, sealed: Path, key: Key, tmp_path: Path
    ) -> None:
        new, other = tmp_path / "new", make_key(tmp_path / "other")
        (tmp_path / "public").write_text(f"{key.recipient}\n")
        for given, words in (
            (other, "with this key"),
            (None, "--key-file"),
            (read_key(tmp_path / "public"), "public half"),
        ):
            with pytest.raises(BackupError, match=words):
                put_back(sealed, new, given)
            assert names_in(new) == set()


class TestAKey:
    def test_is_read_back_and_never_overwritten(self, tmp_path: Path) -> None:
        made = make_key(tmp_path / "key")
        assert str(read_key(tmp_path / "key").recipient) == str(made.recipient)
        assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
        with pytest.raises(BackupError, match="never overwritten"):
            make_key(tmp_path / "key")

    def test_is_not_shown(self, tmp_path: Path) -> None:
        assert "SECRET" not in repr(make_key(tmp_path / "key"))

    @pytest.mark.parametrize("content", ["", "hello", "AGE-SECRET-KEY-1ABC", "age1abc", "\x00\xff"])
    def test_that_is_none_is_refused_with_what_to_do(self, content: str, tmp_path: Path) -> None:
        (tmp_path / "key").write_text(content)
        with pytest.raises(BackupError, match="pauta backup-key") as refused:
            read_key(tmp_path / "key")
        assert "ABC" not in str(refused.value)


def test_the_commands_do_it_all(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, new = CliRunner(), tmp_path / "new"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PAUTA_HOME", str(home))
    assert run.invoke(app, ["backup-key", "k"]).stdout.startswith("age1")
    done = run.invoke(app, ["backup", "b.bak", "--key-file", "k"])
    assert done.exit_code == 0, done.output
    assert "12 articles" in done.stderr
    assert "encrypted" in done.stderr
    monkeypatch.setenv("PAUTA_HOME", str(new))
    done = run.invoke(app, ["restore", "b.bak", "--key-file", "k"])
    assert done.exit_code == 0, done.output
    assert "Restored 12 articles" in done.stderr
    assert "12 passages can be found again" in done.stderr
    assert names_in(new) == {"corpus.db", "people.db", "webhook-secret", "chroma"}
