"""Where a file that comes in stems from: which workbook it is or is a copy of, and what the store knows of its export.

A file carries the id of its workbook and the number of an export. Whether it is that workbook or a copy, where the
workbook lay says; what it is compared with is the image of that export: of what the workbook can show, and no more.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from crmbook.base import OWN, HeldError, digest, is_open
from crmbook.ingest import Base, following
from crmbook.merge import with_seen_rows
from crmbook.migrate import migrate_state, upgrade_image
from crmbook.read import UNSTAMPED
from crmbook.schema import LISTS
from crmbook.store import Image, Store, WorkbookRecord
from crmbook.sync.copies import CopyKind, copy_id, is_copy, role_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import ExitStack

    import pandas as pd

    from crmbook.base import Options
    from crmbook.build import Stamp
    from crmbook.migrate import Migration
    from crmbook.read import Opened, WorkingCopy
    from crmbook.sync.leased import LeasedBook

    Tables = Mapping[str, pd.DataFrame]


def open_store(stack: ExitStack, location: str | Path, group: Sequence[Opened], options: Options) -> Store:
    """Open the store of some workbooks; one is begun only by workbooks that no store has written yet.

    A dry run leaves no store behind: where there is none, it has one for itself.

    Raises
    ------
    HeldError
        ``store.missing`` if there is none, and the workbooks were synced with one.
    """
    begins = options.adopt_store or any(not one.stamp.store for one in group)
    try:
        return stack.enter_context(Store.open(location, create=begins and not options.dry_run))
    except HeldError:
        if not begins:
            raise
    return stack.enter_context(Store.open(stack.enter_context(tempfile.TemporaryDirectory())))


@dataclass(frozen=True, slots=True)
class Lineage:
    """What the store of a book knows of where files stem from.

    Attributes
    ----------
    folder
        The folder whose own store it is: its workbooks are remembered by name.
    """

    leased: LeasedBook
    options: Options
    folder: Path | None

    def role(self, opened: Opened, record: WorkbookRecord | None) -> CopyKind:
        """Return what a file is: the workbook whose id it carries, or a copy of it."""
        if record is None or not record.path:
            return CopyKind.WORKBOOK
        return role_of(opened, self.home(record))

    def home(self, record: WorkbookRecord) -> Path:
        """Return where a workbook lay when it was synced last."""
        return (self.folder or Path()) / record.path

    def spelled(self, path: Path) -> str:
        """Return how the store remembers a file's path."""
        return path.name if path.parent == self.folder else str(path)

    def is_from_elsewhere(self, opened: Opened) -> bool:
        """Return whether another store wrote a file last, and nothing of that export was taken in here yet."""
        stamp = opened.stamp
        if stamp.store in {"", UNSTAMPED, self.leased.store.id}:
            return False
        record = self.leased.workbooks.get(stamp.workbook_id)
        return record is None or self._image(opened, record, self.role(opened, record)) is None

    def base(self, opened: Opened, record: WorkbookRecord | None, role: CopyKind) -> Base:
        """Return what a file is compared with."""
        stamp = opened.stamp
        image = None
        if record is not None:
            image = self._image(opened, record, role)
        is_old = role is not CopyKind.WORKBOOK or (record is not None and stamp.export != record.export)
        written = self._last_written(stamp) if stamp.store == UNSTAMPED else None
        is_own_past = is_old and role is CopyKind.WORKBOOK
        is_lent = role is not CopyKind.WORKBOOK and self._own_image(opened, role, self.number(stamp)) is None
        return Base(
            image, is_old, written, is_own_past, is_lent, is_open=is_open(opened.path), approved=self.options.accept,
            conflicts=self.leased.store.conflicts(self.leased.book_id, open_only=False),
            former=following(self._former_values, self.leased.head.tables), is_first=not self.leased.was_synced,
        )  # fmt: skip

    def _former_values(self, table: str, label: str) -> Mapping[str, str]:
        """Return what cells of a column held before; nothing in a book that the store is only about to enter."""
        if not self.leased.is_stored:
            return {}
        return self.leased.store.former_values(self.leased.book_id, table, label)

    def _last_written(self, stamp: Stamp) -> Mapping[str, pd.DataFrame]:
        """Return what was last written into the overridable cells of a workbook without a stamp, or of any other."""
        records = self.leased.workbooks.values()
        for record in sorted(records, key=lambda one: one.workbook_id != stamp.workbook_id):
            image = self.leased.store.image(self.leased.book_id, record.workbook_id, record.export)
            if image is not None:
                return image.written
        return {}

    def _image(self, opened: Opened, record: WorkbookRecord, role: CopyKind) -> Image | None:
        """Return what the store knows of a file; of a copy what it was taken in with before, else its workbook's."""
        stamp, number = opened.stamp, self.number(opened.stamp)
        # Of another store's export only what was taken from it is known, and that until the file is written.
        known = number == stamp.export or (role is CopyKind.WORKBOOK and record.state == "waiting")
        whole = self.leased.store.image(self.leased.book_id, stamp.workbook_id, number) if known else None
        if role is CopyKind.WORKBOOK:
            return whole
        own = self._own_image(opened, role, number)
        if own is None:
            return whole
        if role is CopyKind.CONFLICT_COPY and self._copy_image(opened, role, number) is not None:
            return own
        # Whoever goes on in it saw what it held the last time; what its workbook showed is nothing new.
        return replace(own, seen=(own.frames, *([whole.frames] if whole else ())))

    def _own_image(self, opened: Opened, role: CopyKind, number: int) -> Image | None:
        """Return what was taken in from a copy itself, which could not be moved away or stamped then."""
        own = self._copy_image(opened, role, number)
        if own is None and role is CopyKind.CONFLICT_COPY:
            return self._image_of_namesake(opened, number)
        return own

    def _copy_image(self, opened: Opened, role: CopyKind, number: int) -> Image | None:
        return self.leased.store.image(self.leased.book_id, self._copy_id(opened, role), number)

    def _image_of_namesake(self, opened: Opened, number: int) -> Image | None:
        """Return what was taken last from a drive's copy of this name and export: the drive brought it again, edited."""
        name, role = self.spelled(opened.path), CopyKind.CONFLICT_COPY
        before = [
            self.leased.store.image(self.leased.book_id, record.workbook_id, number)
            for record in self.leased.workbooks.values()
            if record.path == name
            and record.digest
            and record.workbook_id == copy_id(replace(opened, digest=record.digest), role, name)
        ]
        return max((image for image in before if image), key=lambda image: image.revision, default=None)

    def twins(self, stamp: Stamp, upgrade: Migration | None) -> dict[str, pd.DataFrame]:
        """Return the new rows that copies of an export brought in: the same ones may be in other files made of it.

        Parameters
        ----------
        stamp
            The stamp as it is in the file, of a copy its workbook's.
        """
        found: dict[str, pd.DataFrame] = {}
        for record in self.leased.workbooks.values():
            image = None
            if is_copy(record, stamp):
                image = self.leased.store.image(self.leased.book_id, record.workbook_id, self.number(stamp))
            if image is None or not image.journal:
                continue
            frames = upgrade_image(image, upgrade).frames
            for name, rows in image.journal.items():
                if name in frames:
                    brought = frames[name][frames[name].index.isin(list(rows))]
                    found[name] = with_seen_rows(found.get(name, brought), [brought], brought.index)
        return found

    def number(self, stamp: Stamp) -> int:
        """Return the number under which is kept what an export brings; below zero where another store gave it."""
        if stamp.store in {"", self.leased.store.id}:
            return stamp.export
        return -1 - int(digest(f"{stamp.store}\n{stamp.export}".encode())[:7], 16)

    def _copy_id(self, opened: Opened, role: CopyKind) -> str:
        return copy_id(opened, role, self.spelled(opened.path))

    def as_shown(self, copy: WorkingCopy, image: Image, upgrade: Migration | None, head: Tables) -> Image:
        """Return an image as the file is held against it: what the workbook can show, by the schema of today.

        Beside what it shows is what it hides, as that was then: a row that goes from a copy goes as a whole, and
        has moved on only where something in it changed since, seen or unseen.

        Parameters
        ----------
        upgrade
            The way of the whole book from the schema that the file was written with, None where it is that of today.
        head
            The state, which says what columns there are.
        """
        image = upgrade_image(image, upgrade)
        frames = _shown(copy, image.frames)
        hidden = {name: _hidden(copy, name, frame, head) for name, frame in frames.items()}
        if any(hidden.values()):
            then = self.state_then(image, upgrade)
            for name, labels in hidden.items():
                known = [label for label in labels if name in then and label in then[name].columns]
                frames[name] = frames[name].join(then[name][known]) if known else frames[name]
        return replace(
            image, frames=frames, seen=tuple(_shown(copy, state) for state in image.seen),
            written=_shown(copy, image.written),
        )  # fmt: skip

    def state_then(self, image: Image, upgrade: Migration | None) -> dict[str, pd.DataFrame]:
        """Return the state that an export was made of, by the schema of today; rows that it brought as it brought them.

        What others did after that, its editor has not seen, though it was taken in before what she brought.
        """
        then = dict(self.leased.store.state_at(self.leased.book_id, image.exported))
        if image.revision != image.exported:
            for name, frame in self.leased.store.state_at(self.leased.book_id, image.revision).items():
                then[name] = with_seen_rows(then[name], [frame], frame.index) if name in then else frame
        return migrate_state(upgrade, then) if upgrade else then

    def hidden(self, image: Image, upgrade: Migration | None) -> Callable[[str], pd.DataFrame | None]:
        """Return what gives a table as it was when an export was made, for tables that the workbook does not show."""
        state = cache(lambda: self.state_then(image, upgrade))
        return lambda name: state().get(name)

    def identified(
        self, opened: Opened, role: CopyKind, record: WorkbookRecord | None
    ) -> tuple[Opened, WorkbookRecord]:
        """Return the file with its record: a copy gets an id of its own, an unknown workbook is entered."""
        stamp = opened.stamp
        if role is not CopyKind.WORKBOOK:
            stamp = replace(stamp, workbook_id=self._copy_id(opened, role))
            if record is not None:  # a copy is for what its workbook is for, whatever its stamp says by now
                stamp = replace(stamp, owner=record.owner, where=record.where, role=record.role)
            opened = replace(opened, stamp=stamp)
            record = self.leased.workbooks.get(stamp.workbook_id)
        if record is None:
            record = WorkbookRecord(
                stamp.workbook_id, holder=stamp.holder, owner=stamp.owner, where=stamp.where, role=stamp.role,
                lang=stamp.lang, export=stamp.export,
            )  # fmt: skip
        # Until its file is written it waits: a run that ends before that leaves a file which shows less than it should.
        state = "archived" if role is CopyKind.CONFLICT_COPY else "waiting"
        content = (
            opened.digest if role is CopyKind.CONFLICT_COPY else ""
        )  # by which one that comes again is known
        return opened, replace(record, path=self.spelled(opened.path), digest=content, state=state, plan=None)


def _shown(copy: WorkingCopy, frames: Tables) -> dict[str, pd.DataFrame]:
    """Return the tables and columns that a workbook can show; of people's own columns those that it has."""
    shown: dict[str, pd.DataFrame] = {}
    for name, frame in frames.items():
        if name in copy.view.tables:
            labels = copy.view.tables[name].fields.keys() | _own(copy, name)
            kept = [label for label in frame.columns if label in labels]
            shown[name] = frame[kept] if len(kept) < len(frame.columns) else frame
        elif name == LISTS:
            shown[name] = frame
    return shown


def _hidden(copy: WorkingCopy, name: str, frame: pd.DataFrame, head: Tables) -> list[str]:
    """Return the columns of a table that there are, and that are neither in the image nor in the workbook."""
    if name not in head or name not in copy.view.tables:
        return []
    present = copy.view.tables[name].fields.keys() | _own(copy, name) | set(frame.columns)
    return [label for label in head[name].columns if label not in present]


def _own(copy: WorkingCopy, name: str) -> set[str]:
    found = copy.snapshot.tables.get(name)
    return {OWN + header for header in found.custom} if found else set()
