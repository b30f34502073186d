"""A folder at a glance: the condition of each workbook, and whether a watcher lives.

Made from what is there at this moment: the workbooks and their locks, the store, and what the watcher put down last. The
store alone is enough where no watcher ever ran. Nothing is changed by looking.
"""

from __future__ import annotations

import socket
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Literal

from crmbook.base import (
    Issue,
    Severity,
    as_coded,
    boot,
    denial,
    digest,
    live_lock,
    lives,
    own_name,
    read_bytes,
    steady,
    written_down,
)
from crmbook.build import read_stamp
from crmbook.ooxml import Package
from crmbook.store import Store, home_of, private_location, workbook_at
from crmbook.sync import is_ours, quiet_moments, shows_all
from crmbook.watch.names import FileKind, kind_of
from crmbook.watch.status import FAILED, UNWRITTEN, Said, read_status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from crmbook.base import CrmbookError
    from crmbook.build import Stamp
    from crmbook.store import BookRecord, ConflictRecord, WorkbookRecord
    from crmbook.watch.status import WatcherStatus, WorkbookStatus

_SILENT: Final = timedelta(minutes=10)
"""How long a watcher may be busy without putting down the state of the folder."""


class Condition(StrEnum):
    """The state of a workbook."""

    CURRENT = "current"  # it shows the newest state
    BUILT = "built"  # it does so, and was never synced
    CHANGED = "changed"  # it was saved since the last sync
    BEHIND = "behind"  # there is something newer that it does not show yet
    WAITING = "waiting"  # its edits are in; it is written once it is closed
    UNWRITTEN = "unwritten"  # its edits are in; this account may not replace its file
    HELD = "held"  # a person has to confirm first
    FAILED = "failed"  # it could not be read or written
    NEW = "new"  # the store does not know it yet
    MISSING = "missing"  # the store knows it, but it is not in the folder


Life = Literal["none", "watching", "silent", "standby", "stopped", "lost"]
"""No watcher ever ran; it lives; it lives but says nothing; it waits for another; it ended by itself; it is gone."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One workbook. Moments are texts, ISO 8601.

    Attributes
    ----------
    holder
        Whose copy it is.
    synced
        When it was synced last; a mere day where no more is known.
    since
        Since when it waits, is held or fails, as far as a watcher noticed.
    open_by
        Who has it open.
    overrides
        How many values are in it that were typed over formulas.
    plan
        Id of what a person has to confirm.
    issues
        What its last sync found.
    """

    name: str
    condition: Condition
    holder: str = ""
    book: str = ""
    synced: str = ""
    since: str = ""
    open_by: str = ""
    errors: int = 0
    warnings: int = 0
    conflicts: int = 0
    overrides: int = 0
    plan: str = ""
    problem: Said | None = None
    issues: Sequence[Issue] = ()


@dataclass(frozen=True, slots=True)
class Overview:
    """A folder.

    Attributes
    ----------
    location
        Where its store lies.
    revisions
        The newest revision of each book, by its id.
    elsewhere
        How many workbooks of these books lie in other folders.
    conflicts
        How many conflicts are open that none of the workbooks brought: those of what was taken back, and of copies that
        are away.
    life, status
        Whether a watcher lives, and what it put down last.
    """

    folder: Path
    location: str | Path
    revisions: Mapping[str, int]
    workbooks: Sequence[Seen]
    elsewhere: int
    conflicts: int
    life: Life
    status: WatcherStatus | None


@dataclass(frozen=True, slots=True)
class _BookWorkbooks:
    """What the store knows of one book, and the moment of the last revision that each workbook brought."""

    book: BookRecord
    records: Mapping[str, WorkbookRecord]
    conflicts: Sequence[ConflictRecord]
    brought: Mapping[str, str]


def look_over(folder: Path, location: str | Path) -> Overview:
    """Return the state of a folder whose store lies at `location`.

    Raises
    ------
    CrmbookError
        If the store cannot be read.
    """
    folder = folder.resolve()
    status = read_status(folder)
    noted = {one.name: one for one in status.workbooks} if status else {}
    with Store.open(location) as store:
        books = {book.book_id: _take_down(store, book) for book in store.books()}
    found: dict[tuple[str, str], Path] = {}
    seen: list[Seen] = []
    for path in sorted(folder.iterdir()):
        if kind_of(path.name) is FileKind.WORKBOOK and path.is_file() and own_name(path) == path:
            seen += _look_at(path, location, books, found, noted.get(written_down(path.name)))
    known = [(catalog, record) for catalog in books.values() for record in catalog.records.values()]
    bare = location == private_location(folder)
    here = [one for one in known if bare or (folder / one[1].path).parent.resolve() == folder]
    seen += [
        _away(record, catalog, folder)
        for catalog, record in here
        if record.path
        and record.state != "archived"
        and (catalog.book.book_id, record.workbook_id) not in found
        and not (folder / record.path).exists()  # another workbook took its name, which is listed above
    ]
    revisions = {book_id: catalog.book.revision for book_id, catalog in books.items()}
    opened = sum(len(catalog.conflicts) for catalog in books.values())
    others = opened - sum(one.conflicts for one in seen)
    return Overview(folder, location, revisions, seen, len(known) - len(here), others, _life(status), status)


def _away(record: WorkbookRecord, catalog: _BookWorkbooks, folder: Path) -> Seen:
    """Return what is known of a workbook that is not in the folder."""
    known = (moments.get(record.workbook_id, "") for moments in (catalog.brought, quiet_moments(folder)))
    synced = _synced(record, None, *known)
    return Seen(record.path, Condition.MISSING, record.holder, catalog.book.book_id, synced)


def _take_down(store: Store, book: BookRecord) -> _BookWorkbooks:
    records = {record.workbook_id: record for record in store.workbooks(book.book_id)}
    brought = {one.workbook_id: one.at for one in store.revisions(book.book_id)}
    return _BookWorkbooks(book, records, store.conflicts(book.book_id), brought)


def _look_at(
    path: Path,
    location: str | Path,
    books: Mapping[str, _BookWorkbooks],
    found: dict[tuple[str, str], Path],
    noted: WorkbookStatus | None,
) -> Iterable[Seen]:
    """Yield what is to be seen of a file, if it is a workbook of ours, and enter it in `found`."""
    lock = live_lock(path)
    seen = Seen(written_down(path.name), Condition.NEW, open_by=lock.holder if lock else "")
    try:
        data = read_bytes(path)
        stamp = read_stamp(Package.open(data)) or _recognised(path, data, location)
    except Exception as error:  # noqa: BLE001 - one damaged workbook hides no other
        if is_ours(path, location):
            home = home_of(path, location)
            for book_id, known in books.items():
                lain = workbook_at(path, known.records.values(), home)
                found |= {(book_id, lain.workbook_id): path} if lain else {}
            problem = _told(as_coded(error, private_location(path.parent), path))
            yield replace(seen, condition=Condition.FAILED, problem=problem)
        return
    if stamp is None:
        return
    catalog = books.get(stamp.book_id)
    record = catalog.records.get(stamp.workbook_id) if catalog else None
    if catalog is None or record is None or _is_copy(path, record):
        yield replace(seen, holder=stamp.holder, book=stamp.book_id)
        return
    found[stamp.book_id, stamp.workbook_id] = path
    yield _see(path, replace(seen, holder=record.holder), record, catalog, digest(data), noted)


def _recognised(path: Path, data: bytes, location: str | Path) -> Stamp | None:
    """Return the stamp that a sync would give to a workbook which lost its own; None for somebody else's file."""
    # Few folders hold such a file, and the import takes long.
    from crmbook.sync import is_recognised, recognise

    opened = recognise(path, data, location) if is_recognised(path, data, location) else None
    return opened.stamp if opened else None


def _told(error: CrmbookError) -> Said:
    """Return an error as what another process may read."""
    plain = (str, int, float, bool)
    params = {name: value if isinstance(value, plain) else str(value) for name, value in error.params.items()}
    return Said(error.code, params)


def _is_copy(path: Path, record: WorkbookRecord) -> bool:
    """Return whether a file carries the id of a workbook that lies elsewhere; one that was renamed does not."""
    lies = path.parent / record.path
    return bool(record.path) and lies.exists() and not lies.samefile(path)


def _see(  # noqa: PLR0913, PLR0917 - all that is known of one workbook
    path: Path,
    seen: Seen,
    record: WorkbookRecord,
    catalog: _BookWorkbooks,
    text: str,
    noted: WorkbookStatus | None,
) -> Seen:
    """Return what is to be seen of a workbook that the store knows."""
    issues = [Issue.from_json(finding) for finding in record.findings]
    levels = Counter(str(issue.severity) for issue in issues)
    condition, problem = _condition(record, catalog, text, noted, is_open=bool(seen.open_by))
    if condition is Condition.BEHIND and (denied := denial(path)) is not None:
        condition, problem = Condition.UNWRITTEN, _told(denied)
    known = (moments.get(record.workbook_id, "") for moments in (catalog.brought, quiet_moments(path.parent)))
    return replace(
        seen,
        condition=condition,
        problem=problem,
        book=catalog.book.book_id,
        synced=_synced(record, noted, *known),
        since=noted.since if noted and noted.state == str(condition) else "",
        errors=levels[str(Severity.ERROR)],
        warnings=levels[str(Severity.WARNING)],
        conflicts=sum(one.workbook_id == record.workbook_id for one in catalog.conflicts),
        overrides=len(record.overrides),
        issues=issues,
        plan=str(record.plan["id"]) if record.plan and condition is Condition.HELD else "",
    )


def _condition(
    record: WorkbookRecord, catalog: _BookWorkbooks, text: str, noted: WorkbookStatus | None, *, is_open: bool
) -> tuple[Condition, Said | None]:
    is_same = record.digest == text
    is_done = is_same and record.state == "current"
    if noted and noted.state in {FAILED, UNWRITTEN} and noted.error and not is_done:
        return Condition(noted.state), noted.error
    if record.state == "held":
        return Condition.HELD, None
    if (
        record.state == "waiting"
    ):  # nobody knows what was read of it last: whoever closes it has it synced anyway
        return Condition.WAITING if is_open else Condition.BEHIND, None
    if not is_same:
        return Condition.CHANGED, None
    if not shows_all(record, catalog.book.revision, catalog.conflicts):
        return Condition.BEHIND, None
    return Condition.CURRENT if record.was_synced else Condition.BUILT, None


def _synced(record: WorkbookRecord, noted: WorkbookStatus | None, *known: str) -> str:
    """Return when a workbook was synced last; of one that an earlier version synced maybe only its as-of date is known."""
    if not record.was_synced:
        return ""
    moments = [text for text in (record.synced, *known, noted.synced if noted else "") if text]
    latest = max((datetime.fromisoformat(text) for text in moments), default=None)
    if record.synced and latest is not None:
        return latest.astimezone().isoformat(timespec="seconds")
    if latest is None or latest.astimezone().date().isoformat() < record.as_of <= _now().date().isoformat():
        return record.as_of
    return latest.isoformat(timespec="seconds")


def _now() -> datetime:
    return datetime.now(UTC).astimezone()


def _life(status: WatcherStatus | None) -> Life:
    """Return how the watcher that put down `status` fares."""
    if status is None:
        return "none"
    if status.role == "stopped":
        return "stopped"
    is_quiet = _silence(status) > _SILENT
    if status.host != socket.gethostname():
        return "lost" if is_quiet else _role(status)
    if not lives(status.pid, status.start):
        return "lost"
    return "silent" if is_quiet else _role(status)


def _silence(status: WatcherStatus) -> timedelta:
    """Return how long ago the last beat was: by the steady clock, if this machine has run on since."""
    if status.host == socket.gethostname() and status.boot and status.boot == boot():
        return timedelta(seconds=steady() - status.at)
    return _now() - datetime.fromisoformat(status.beat)


def _role(status: WatcherStatus) -> Life:
    return "standby" if status.role == "standby" else "watching"
