"""Which locations a store knows workbooks at: what lies there is ours, also where nobody can read what it holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from crmbook.base import CrmbookError
from crmbook.store.location import exists, private_location
from crmbook.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmbook.store.records import WorkbookRecord


def home_of(path: Path, location: str | Path) -> Path | None:
    """Return the folder whose own store lies at `location`, where that is the file's: workbooks go by bare names there."""
    return path.parent if location == private_location(path.parent) else None


def workbook_at(path: Path, records: Iterable[WorkbookRecord], home: Path | None) -> WorkbookRecord | None:
    """Return the workbook that lay at a path when it was synced last."""
    known = [one for one in records if one.path and one.state != "archived"]
    return next((one for one in known if (home or Path()) / one.path == path), None)


def remembers(path: Path, location: str | Path) -> bool:
    """Return whether the store at `location` knows a workbook at a path; one that cannot be asked does not."""
    try:
        if not exists(location):
            return False
        with Store.open(location, create=False) as store:
            home = home_of(path, location)
            return any(workbook_at(path, store.workbooks(one.book_id), home) for one in store.books())
    except CrmbookError:
        return False
