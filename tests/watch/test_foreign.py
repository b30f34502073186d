"""Files of the right name that were never crmbook's: nobody is told of them, whatever is wrong with them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.sync.shop import Sheet
from tests.watch.programs import Watch, crmbook, status
from tests.watch.watching import synced_shop, until

FOREIGN = {
    "旧格式.xlsx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000),  # an old .xls, or an encrypted workbook
    "空.xlsx": b"",
    "半截.xlsx": b"PK\x03\x04 nothing",
    "文字.xlsm": "不是工作簿".encode(),
}


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    return synced_shop(tmp_path_factory.mktemp("model"))


@pytest.fixture
def folder(model, tmp_path) -> Path:
    folder = Path(shutil.copytree(model, tmp_path / "shared"))
    for name, data in FOREIGN.items():
        (folder / name).write_bytes(data)
    return folder


@pytest.mark.slow
def test_a_watcher_is_silent_about_what_was_never_ours(folder, tmp_path):
    with Watch(folder, tmp_path / "said") as watch:
        watch.until_said("Watching")
        (folder / "再来.xlsx").write_bytes(b"")
        Sheet(folder / "a.xlsx").type("clients", 2, name="一")
        watch.until_said("a.xlsx: took in")
        (folder / "a.xlsx").write_bytes(FOREIGN["旧格式.xlsx"])  # what the store knows by its name is told
        watch.until_said("a.xlsx: cannot be synced")
        until(lambda: status(folder)["workbooks"][0]["condition"] == "failed")
        assert [one["name"] for one in status(folder)["workbooks"]] == ["a.xlsx"]
        assert not [name for name in (*FOREIGN, "再来.xlsx") if name in watch.text]


@pytest.mark.slow
def test_a_round_is_clean_whatever_foreign_files_lie_there(folder):
    for words in (["sync", folder], ["watch", folder, "--once"], ["status", folder]):
        done = crmbook(*words, "--lang", "en")
        assert (done.returncode, [name for name in FOREIGN if name in done.stdout]) == (0, []), done.stdout
    (folder / "a.xlsx").write_bytes(b"")
    for words, code in ((["sync", folder], 2), (["watch", folder, "--once"], 2), (["status", folder], 1)):
        done = crmbook(*words, "--lang", "en")
        assert (done.returncode, "a.xlsx" in done.stdout + done.stderr) == (code, True), done.stdout


@pytest.mark.slow
def test_a_foreign_file_that_is_asked_for_by_name_is_told(folder):
    done = crmbook("sync", folder / "空.xlsx", "--lang", "en")
    assert (done.returncode, "空.xlsx" in done.stdout + done.stderr) == (2, True)
