"""Which places a store knows workbooks at: what lies there is ours, also where nobody can read what it holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from crmbook.base import CrmbookError
from crmbook.store.place import exists, own_place
from crmbook.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmbook.store.records import WorkbookRecord


def home_of(path: Path, place: str | Path) -> Path | None:
    """Return the folder whose own store lies at `place`, where that is the file's: workbooks go by bare names there."""
    return path.parent if place == own_place(path.parent) else None


def workbook_at(path: Path, records: Iterable[WorkbookRecord], home: Path | None) -> WorkbookRecord | None:
    """Return the workbook that lay at a path when it was synced last."""
    known = [one for one in records if one.path and one.state != "archived"]
    return next((one for one in known if (home or Path()) / one.path == path), None)


def remembers(path: Path, place: str | Path) -> bool:
    """Return whether the store at `place` knows a workbook at a path; one that cannot be asked does not."""
    try:
        if not exists(place):
            return False
        with Store.open(place, create=False) as store:
            home = home_of(path, place)
            return any(workbook_at(path, store.workbooks(one.book_id), home) for one in store.books())
    except CrmbookError:
        return False
