"""Pull, merge, push: workbooks → head → workbooks, every step of it safe to be cut off.

::

    open → take in (ingest) → commit → render (export) → commit as pending → replace the file → mark as written

All workbooks are taken in before the first is written, so that each is written once and shows what all of them
brought. A commit is one transaction; a run that is cut off anywhere finds, when it is started again, either the
stamp of the pending export in the file or the old one, and goes on from there. Only this module knows the order.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from typing import TYPE_CHECKING

from crmbook.companion import Companion
from crmbook.errors import CrmbookError
from crmbook.file import read_bytes
from crmbook.options import Options
from crmbook.outcome import Report, State, Synced
from crmbook.store import Store, exists, locate, own_place
from crmbook.untouched import tell_again

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date
    from pathlib import Path

    from crmbook.reading import Opened

__all__ = ["Options", "Report", "State", "Synced", "sync_workbook", "sync_workbooks"]

_ATTEMPTS = 3
"""How often a workbook that changes while it is synced is read again."""
_LARGE = 24 << 20
"""Bytes of a workbook that is worth the start of a second process …"""
_READING = "crmbook.read.apart:serve"
"""… to read some of its sheets; one workbook at a time has one."""


def sync_workbook(path: Path, as_of: date, workspace: Path | None = None) -> Synced:
    """Sync one workbook with the store beside it, see `sync_workbooks`."""
    report = sync_workbooks([path], Options(as_of, workspace))
    return report.workbooks[0]


def sync_workbooks(paths: Sequence[Path], options: Options) -> Report:
    """Take in the edits of all workbooks, then bring each of them up to date in place.

    A workbook that cannot be read or written does not keep the others from being synced.

    Raises
    ------
    BusyError
        If somebody else is syncing the book, or the only workbook keeps changing.
    CrmbookError
        If the only workbook cannot be read or written; nothing was changed then.
    """
    told = tell_again(paths, options)
    if told is not None:
        return told
    opened, failures = _open_all(dict.fromkeys(path.absolute() for path in paths))
    synced: list[Synced] = []
    groups: dict[tuple[str | Path, str], list[Opened]] = {}
    for one in sorted(opened, key=lambda one: one.path):
        groups.setdefault((locate(one.path.parent, options.store), one.mark.book_id), []).append(one)
    for (place, _), group in groups.items():
        done, failed = _sync_book(place, group, options)
        synced += done
        failures += failed
    if len(paths) == 1 and failures:
        raise failures[0][1]
    order = {path.absolute(): number for number, path in enumerate(paths)}
    return Report(sorted(synced, key=lambda one: order.get(one.path, len(order))), failures)


def _open_all(paths: Iterable[Path]) -> tuple[list[Opened], list[tuple[Path, CrmbookError]]]:
    opened, failures = [], []
    companion: Companion | None = None
    for path in paths:
        try:
            data = read_bytes(path)
            mine = None
            if companion is None and len(data) >= _LARGE and Companion.is_of_use():
                mine = companion = Companion(_READING, data)
            from crmbook.reading import open_workbook  # not before it is known that something is new

            opened.append(open_workbook(path, data, mine))
        except CrmbookError as error:
            failures.append((path, error))
    return opened, failures


def _sync_book(
    place: str | Path, group: list[Opened], options: Options
) -> tuple[list[Synced], list[tuple[Path, CrmbookError]]]:
    """Sync the workbooks of one book under one lease."""
    from crmbook.session import Session  # its import takes longer than telling that nothing is new

    book_id = group[0].mark.book_id
    with ExitStack() as stack:
        if options.dry_run and not exists(place):  # a dry run leaves no store behind either
            place = stack.enter_context(tempfile.TemporaryDirectory())
        store = stack.enter_context(Store.open(place))
        lease = stack.enter_context(store.lease(book_id))
        folder = group[0].path.parent
        session = Session(store, lease, book_id, options, folder if place == own_place(folder) else None)
        return session.run(group, _ATTEMPTS)
