"""Forgetting a person while a watcher is at work on the folder, as a process of its own: nobody comes back, nothing ends."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.privacy.test_forget import NAME, PHONE, WORDS, _populate
from tests.privacy.traces import traces
from tests.sync.shop import DAY, Sheet, workspace
from tests.watch.programs import Watch, crmbook
from tests.watch.watching import until

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

_BUSY = 4
WHERE = ("--workspace", workspace(), "--as-of", DAY)


def names(folder: Path) -> set[str]:
    return {str(row["name"]) for row in Sheet(folder / "客户.xlsx").rows("clients", "name").values()}


@pytest.mark.slow
def test_a_watcher_brings_nobody_back_and_goes_on(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    folder = tmp_path / "town"
    folder.mkdir()
    _populate(folder)
    old = (folder / "王芳.xlsx").read_bytes()
    main, waiting = Sheet(folder / "客户.xlsx"), folder / "导入" / "等着.csv"
    with Watch(folder, tmp_path / "said.txt", "--workspace", workspace()) as watch:
        watch.until_said("客户.xlsx")
        waiting.write_text(f"名称,电话,说不清的\n{NAME},{PHONE},好\n张新客,13900000000,好\n", "utf-8")
        main.type("clients", 5, notes="忘记之前写的")
        done = _forget(folder)
        assert done.returncode in {0, 1}, done.stdout + done.stderr
        main.type("clients", 6, notes="忘记之后写的")
        (folder / "王芳.xlsx").write_bytes(old)  # a drive puts yesterday's file back
        (folder / "王芳-冲突.xlsx").write_bytes(old)
        until(lambda: NAME not in _texts(folder) and _is_synced(folder, "忘记之后写的"), lambda: watch.text)
        assert watch.process.poll() is None, watch.text
        assert watch.stop() in {0, 1, 3}, watch.text
        assert "Traceback" not in watch.text
    assert crmbook("sync", folder, *WHERE).returncode in {0, 1}
    assert NAME not in names(folder)
    assert {"忘记之前写的", "忘记之后写的"} <= {
        str(row["notes"]) for row in Sheet(folder / "王芳.xlsx").rows("clients", "notes").values()
    } | {str(row["notes"]) for row in main.rows("clients", "notes").values()}
    assert traces(folder, WORDS) == {}


def _forget(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command as people do, again where the watcher is syncing at that moment."""
    for _ in range(20):
        done = crmbook("forget", NAME, folder, "--yes", "--lang", "zh", *WHERE)
        assert "Traceback" not in done.stderr
        if done.returncode != _BUSY:
            break
        time.sleep(0.5)
    return done


def _texts(folder: Path) -> str:
    return " ".join(str(found) for found in traces(folder, [NAME]).values())


def _is_synced(folder: Path, text: str) -> bool:
    """Return whether what was typed last is in the store."""
    return any(name.endswith("store.db") for name in traces(folder, [text]))
