"""What is said of a workbook after a sync."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from crmbook.cli.report import say_done
from crmbook.sync.outcome import Synced, SyncState


@pytest.mark.parametrize(
    ("lang", "told"),
    [("zh", "a.xlsx 正打开着，填写的内容已取入"), ("en", "a.xlsx is open; its edits were taken in")],
)
def test_nobody_is_named_who_has_a_workbook_open_where_no_lock_tells(capsys, lang, told):
    say_done(Synced(Path("a.xlsx"), date(2026, 3, 2), state=SyncState.WAITING), lang)
    said = " ".join(capsys.readouterr().out.split())
    assert told in said
    assert "锁文件" not in said
    assert "lock file" not in said
