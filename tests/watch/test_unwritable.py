"""A workbook that the system does not let a watcher replace: its edits are in, and somebody is told that it is not written."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crmbook.base import BusyError
from crmbook.store import Store, locate
from tests.sync.shop import Sheet
from tests.watch.programs import Clock, Watch, condition, crmbook, status
from tests.watch.servers import mail_server
from tests.watch.watching import Watching, synced_shop, until

if TYPE_CHECKING:
    from collections.abc import Iterator

OFFICE = "office@example.com"
BUSY = 4
"""Exit code of a sync that met another one."""


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    return synced_shop(tmp_path_factory.mktemp("model"))


def write_settings(folder: Path, port: int) -> None:
    (folder / "watch.yaml").write_text(
        f"digest: 0s\nmail: {{host: 127.0.0.1, port: {port}, security: none, from: crm@example.com}}\n"
        f"notices: [{{mail: {OFFICE}}}]\n",
        encoding="utf-8",
    )


@contextmanager
def forbidden(path: Path) -> Iterator[str]:
    """Keep this account from replacing a file: yields the code of the error that says so."""
    if os.geteuid() != 0:
        path.parent.chmod(0o555)
        yield "file.denied-folder"
        path.parent.chmod(0o755)
        return
    chattr = shutil.which("chattr")
    if chattr is None or subprocess.run([chattr, "+i", path], check=False, capture_output=True).returncode:
        pytest.skip("this file system has no mark of immutable files")
    try:
        yield "file.denied-file"
    finally:
        subprocess.run([chattr, "-i", path], check=True)


@contextmanager
def once_free(store: Store) -> Iterator[None]:
    """Hold the book as another sync does, as soon as nobody else does."""
    [book] = store.books()
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(store.lease(book.book_id))
                break
            except BusyError:
                time.sleep(0.05)
        yield


def sync_once_free(folder: Path) -> subprocess.CompletedProcess[str]:
    """Sync by hand; once more where the watcher is just trying the workbook again."""
    for _ in range(20):
        done = crmbook("sync", folder, "--lang", "en")
        if done.returncode != BUSY:
            break
        time.sleep(0.5)
    return done


@pytest.mark.slow
def test_what_can_never_be_replaced_is_told_and_mends_itself(model, tmp_path):
    folder = Path(shutil.copytree(model, tmp_path / "shared"))
    path, clock = folder / "a.xlsx", Clock(tmp_path)
    with mail_server() as inbox:
        write_settings(folder, inbox.port)
        Sheet(path).type("clients", 2, name="一")
        before = path.read_bytes()
        with Watch(folder, tmp_path / "said", clock=clock) as watch:
            with forbidden(path) as code:
                watch.until_said("a.xlsx: its edits were taken in, but the file cannot be written")
                assert "has it open" not in watch.text
                until(lambda: condition(folder, "a.xlsx") == "unwritten", lambda: status(folder))
                assert [need["code"] for need in status(folder)["needs"] if need["workbook"]] == [code]
                assert "taken in, not written" in crmbook("status", folder, "--lang", "en").stdout
                assert "已取入，写不回" in crmbook("status", folder, "--lang", "zh").stdout
                by_hand = sync_once_free(folder)
                assert by_hand.returncode == 2, by_hand.stderr
                assert inbox.mails == []
                clock.put_forward(700)
                until(lambda: inbox.to(OFFICE), lambda: watch.text)
                assert (
                    "改动已取入" in inbox.to(OFFICE)[0].get_content()
                    or "are taken in" in inbox.to(OFFICE)[0].get_content()
                )
                assert path.read_bytes() == before
            watch.until_said("a.xlsx: can be written again")
            until(lambda: condition(folder, "a.xlsx") == "current")
            assert "a.xlsx: its edits" in watch.text
    log = (folder / ".crmbook" / "watch" / "log" / "events.jsonl").read_text(encoding="utf-8")
    assert log.count('"watch.unwritten"') == 1
    assert log.count('"watch.writable"') == 1


def test_another_sync_in_between_tells_nothing_anew(model, tmp_path):
    folder = Path(shutil.copytree(model, tmp_path / "shared"))
    path = folder / "a.xlsx"
    Sheet(path).type("clients", 2, name="一")
    with forbidden(path), Watching(folder) as watching:
        watching.until(lambda: watching.said("the file cannot be written"))
        with Store.open(locate(folder)) as store, once_free(store):
            time.sleep(8)
        watching.until(lambda: watching.state("a.xlsx") == "unwritten")
        time.sleep(6)
        assert watching.said("the file cannot be written") == 1, watching.lines
        assert watching.said("will be tried again") == 0, watching.lines


@pytest.mark.slow
def test_without_a_watcher_status_says_what_keeps_a_workbook_from_being_written(model, tmp_path):
    folder = Path(shutil.copytree(model, tmp_path / "shared"))
    Sheet(folder / "a.xlsx").type("clients", 2, name="一")
    with forbidden(folder / "a.xlsx") as code:
        assert crmbook("sync", folder, "--lang", "en").returncode == 1
        assert condition(folder, "a.xlsx") == "unwritten"
        assert code in {need["code"] for need in status(folder)["needs"]}


def save_at_once(path: Path, name: str) -> None:
    """Type a name and save in one step, as office programs do: nobody reads half a file."""
    typed = path.with_name("~typed.tmp")
    shutil.copy2(path, typed)
    Sheet(typed).type("clients", 2, name=name)
    typed.replace(path)


def test_a_workbook_that_was_left_open_for_a_day_is_told_once(model, tmp_path):
    folder = Path(shutil.copytree(model, tmp_path / "shared"))
    (folder / ".~lock.a.xlsx#").write_text(",王芳,elsewhere,06.03.2024 08:00,file:///x;", encoding="utf-8")
    with mail_server() as inbox:
        write_settings(folder, inbox.port)
        with Watching(folder) as watching:
            save_at_once(folder / "a.xlsx", "一")
            watching.until(lambda: watching.state("a.xlsx") == "waiting")
            watching.wall.ahead = timedelta(hours=23)
            save_at_once(folder / "a.xlsx", "二")
            watching.until(lambda: watching.said("took in") == 2)
            assert inbox.mails == []
            watching.wall.ahead = timedelta(hours=25)
            for number, name in enumerate(("三", "四"), 3):
                save_at_once(folder / "a.xlsx", name)
                watching.until(lambda number=number: watching.said("took in") == number)
            watching.until(lambda: inbox.to(OFFICE))
    [mail] = inbox.to(OFFICE)
    assert "王芳 (elsewhere) has had it open for over a day" in mail.get_content()
