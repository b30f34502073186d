"""What a watcher takes up of a folder is what a sync of the folder takes up; tried with the real process."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import openpyxl
import pytest

from crmbook.build.identity import read_stamp
from crmbook.ooxml import Package
from tests.sync.shop import Sheet
from tests.sync.test_unstamped import rob
from tests.watch.programs import Watch, begun, crmbook
from tests.watch.watching import until

NAME = b"\xbf\xcd\xbb\xa7.xlsx"
"""客户 as Windows in China spells it, which is no text here."""


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    return begun(tmp_path_factory.mktemp("model"))


@pytest.fixture
def folder(model, tmp_path) -> Path:
    return Path(shutil.copytree(model, tmp_path / "shared"))


def is_stamped(path: Path) -> bool:
    return read_stamp(Package.open(path)) is not None


@pytest.mark.slow
@pytest.mark.parametrize("is_begun", [True, False], ids=["while it watches", "before it watches"])
def test_a_renamed_workbook_that_lost_its_stamp_is_taken_up(folder, tmp_path, is_begun):
    old, new = folder / "a.xlsx", folder / "王芳的.xlsx"
    beside = tmp_path / "a.xlsx"
    shutil.copy(old, beside)
    Sheet(beside).type("clients", 2, name="改名")
    rob(beside, names=True)
    assert not is_stamped(beside)
    foreign = openpyxl.Workbook()
    foreign.active.append(["Row id", "金额"])
    foreign.save(folder / "别人的.xlsx")
    held = (folder / "别人的.xlsx").read_bytes()

    def rename() -> None:
        old.unlink()
        beside.rename(new)

    if not is_begun:
        rename()
    with Watch(folder, tmp_path / "said") as watch:
        if is_begun:
            watch.until_said("Watching")
            rename()
        until(lambda: is_stamped(new), lambda: watch.text)
        watch.until_said("王芳的.xlsx: The workbook had lost its stamp")
        assert watch.stop() == 0
        assert "别人的" not in watch.text
    assert (folder / "别人的.xlsx").read_bytes() == held


@pytest.mark.slow
def test_a_workbook_whose_name_cannot_be_written_down_is_named(folder, tmp_path):
    beside, shown = tmp_path / os.fsdecode(NAME), NAME.decode("utf-8", "backslashreplace")
    shutil.copy(folder / "a.xlsx", beside)
    with Watch(folder, tmp_path / "said") as watch:
        watch.until_said("Watching")
        beside.rename(folder / beside.name)
        watch.until_said(f"{shown}: cannot be synced", "in an encoding that this system does not use")
        Sheet(folder / "a.xlsx").type("clients", 2, name="改名")
        watch.until_said("took in")
        assert watch.stop() == 0
    assert "stumbled" not in watch.text
    assert watch.text.count(shown) == 2
    by_hand = crmbook("sync", folder, "--lang", "en")
    assert shown in by_hand.stdout + by_hand.stderr
    status = crmbook("status", folder, "--lang", "en")
    assert status.returncode in {0, 1}, status.stderr
    assert shown in status.stdout
