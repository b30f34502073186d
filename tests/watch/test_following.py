"""What is bound when a watcher begins may be another thing later: settings, and the folder that stands at its path."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crmbook.watch.status import home
from tests.sync.shop import Sheet
from tests.watch.programs import Watch, begun, condition
from tests.watch.servers import mail_server
from tests.watch.watching import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.watch.servers import Inbox

OFFICE = "office@example.com"


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    """A workbook, and another hand's copy of it that quarrels with it about one cell."""
    return begun(tmp_path_factory.mktemp("model"))


@pytest.fixture
def folder(model, tmp_path) -> Path:
    return Path(shutil.copytree(model, tmp_path / "drive"))


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with mail_server() as inbox:
        yield inbox


def write_settings(folder: Path, inbox: Inbox, name: str = "notices") -> None:
    (folder / "watch.yaml").write_text(
        f"digest: 0s\nmail: {{host: 127.0.0.1, port: {inbox.port}, security: none, from: crm@example.com}}\n"
        f"{name}: [{{mail: {OFFICE}}}]\n",
        encoding="utf-8",
    )


def quarrel(folder: Path, name: str) -> None:
    """Bring a conflict about: somebody types in the workbook, and another in a drive's copy of the same export."""
    copy = folder / f"a-冲突{name}.xlsx"
    shutil.copy(folder / "a.xlsx", folder / "copying")
    Sheet(folder / "copying").type("clients", 3, phone=f"1390000{name}")
    Sheet(folder / "a.xlsx").type("clients", 3, phone=f"1370000{name}")
    (folder / "copying").rename(copy)


@pytest.mark.slow
def test_a_mistake_in_the_settings_keeps_nobody_from_syncing(folder, inbox, tmp_path):
    write_settings(folder, inbox, name="notice")
    with Watch(folder, tmp_path / "said") as watch:
        watch.until_said("Watching", "watch.yaml:3", "no notices go out until it is put right")
        Sheet(folder / "a.xlsx").type("clients", 2, name="一")
        watch.until_said("a.xlsx: took in")
        log = (home(folder) / "log" / "events.jsonl").read_text(encoding="utf-8")
        assert '"watch.settings-none"' in log
        write_settings(folder, inbox)
        watch.until_said("Notices go out by the new settings")
        quarrel(folder, "0001")
        until(lambda: inbox.to(OFFICE), lambda: watch.text)
        write_settings(folder, inbox, name="notice")
        watch.until_said("notices go out by the settings from before")
        quarrel(folder, "0002")
        until(lambda: len(inbox.to(OFFICE)) == 2, lambda: watch.text)
        assert watch.stop() == 0
    assert "Traceback" not in watch.text


@pytest.mark.slow
def test_a_drive_that_is_mounted_later_gets_its_notices_and_the_bare_place_nothing(folder, inbox, tmp_path):
    """A mount is seen as what it is to a path: another folder stands there."""
    place, bare = tmp_path / "place", tmp_path / "bare"
    place.mkdir()
    write_settings(folder, inbox)
    with Watch(place, tmp_path / "said") as watch:
        watch.until_said("Watching")
        place.rename(bare)
        folder.rename(place)
        until(lambda: condition(place, "a.xlsx") == "current", lambda: watch.text)
        quarrel(place, "0001")
        until(lambda: inbox.to(OFFICE), lambda: watch.text)
        place.rename(folder)  # and away again
        bare.rename(place)
        watch.until_said("is gone")
        place.rename(bare)
        folder.rename(place)
        watch.until_said("is back")
        quarrel(place, "0002")
        until(lambda: len(inbox.to(OFFICE)) == 2, lambda: watch.text)
        assert watch.stop() == 0
    assert list(bare.iterdir()) == []
    log = (home(place) / "log" / "events.jsonl").read_text(encoding="utf-8")
    assert '"notice.sent"' in log
