"""What a sync of one workbook would take in: its edits, the conflicts they make, or why it would be held.

The real sync judges and merges; a dry run of it changes neither the file nor the store.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pandas as pd

from crmbook.base import HeldError, as_coded, own_name, own_names
from crmbook.ingest import Plan
from crmbook.read import LoadedFile
from crmbook.revisions import compare_states, names_of
from crmbook.store import locate, private_location
from crmbook.sync.leased import LeasedBook
from crmbook.sync.lineage import open_store
from crmbook.sync.pulled import Pulled
from crmbook.sync.session import Outcome, Session
from crmbook.sync.unstamped import open_any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from crmbook.base import CrmbookError, Options
    from crmbook.read import Opened
    from crmbook.revisions import Line
    from crmbook.store import ConflictRecord
    from crmbook.sync.pulled import Unchanged

    Failures = Sequence[tuple[Path, CrmbookError]]


@dataclass(frozen=True, slots=True)
class Incoming:
    """What a workbook holds that the store does not.

    Attributes
    ----------
    lines
        The changes that its edits make to the head, what follows from them left out.
    plan
        Why nothing of it would be taken in before a person confirms.
    names
        What people call the tables and fields of its conflicts, see `crmbook.sync.outcome.Synced`.
    """

    lines: Sequence[Line] = ()
    conflicts: Sequence[ConflictRecord] = ()
    plan: Plan | None = None
    names: Mapping[tuple[str, str], str] = field(default_factory=dict)


def read_incoming(path: Path, options: Options) -> Incoming:
    """Return what a sync of the workbook at `path` would take in; neither it nor the store is changed.

    Raises
    ------
    CrmbookError
        What `crmbook.sync.pipeline.sync_workbooks` raises for it.
    """
    path = own_name(path.absolute())
    opened = open_any(LoadedFile.read(path), options)
    with _session([opened], options) as (session, leased):
        session.pull.refuse_another_store(opened)
        head = leased.head
        return _incoming(head.tables, session.pull.ingest(opened))


def read_all_incoming(paths: Sequence[Path], options: Options) -> tuple[dict[Path, Incoming], Failures]:
    """Return what a sync of several workbooks would take in from each, one after the other, and which ones fail.

    What one of them brings counts for those that come after it, as in a sync. Nothing is changed.
    """
    groups: dict[tuple[str | Path, str], list[Opened]] = {}
    found: dict[Path, Incoming] = {}
    outcome = Outcome()
    for path in own_names(paths):
        try:
            one = open_any(LoadedFile.read(path), options)
            groups.setdefault((locate(path.parent, options.store), one.stamp.book_id), []).append(one)
        except Exception as error:  # noqa: BLE001 - see `crmbook.base.unforeseen`
            outcome.failures.append((path, as_coded(error, private_location(path.parent), path)))
    for group in groups.values():
        try:
            with _session(group, options) as (session, _):
                for before, pulled in session.preview(group, outcome):
                    found[pulled.opened.path] = _incoming(before, pulled)
        except Exception as error:  # noqa: BLE001 - the store of one book keeps no other book from being looked at
            coded = as_coded(error, private_location(group[0].path.parent))
            outcome.failures += [(one.path, coded) for one in group if one.path not in found]
    return found, outcome.failures


@contextmanager
def _session(group: Sequence[Opened], options: Options) -> Iterator[tuple[Session, LeasedBook]]:
    """Begin the work on a book that changes nothing of it.

    Raises
    ------
    HeldError
        ``sync.no-store``.
    """
    path, book_id = group[0].path, group[0].stamp.book_id
    location = locate(path.parent, options.store)
    with ExitStack() as stack:
        options = replace(options, dry_run=True)
        try:
            store = open_store(stack, location, group, options)
        except HeldError as error:
            raise HeldError("sync.no-store", path=path, store=location) from error
        leased = LeasedBook(store, stack.enter_context(store.lease(book_id)), book_id, options)
        options = options.of_book(leased.zone_of(group[0]), leased.days)
        folder = path.parent if location == locate(path.parent) else None
        yield Session(leased, options, folder), leased


def _incoming(head: Mapping[str, pd.DataFrame], pulled: Pulled | Unchanged) -> Incoming:
    if not isinstance(pulled, Pulled):  # read before, in these very bytes
        held = pulled.record.plan if pulled.record.state == "held" else None
        return Incoming(plan=Plan.from_json(held) if held else None)
    intake, book = pulled.intake, pulled.copy.book
    lines = [_over_computed(line, intake.written) for line in compare_states(book, head, intake.merged)]
    return Incoming(lines, pulled.conflicts, intake.plan, names_of(book, pulled.conflicts))


def _over_computed(line: Line, written: Mapping[str, pd.DataFrame]) -> Line:
    """Return a change of a computed cell as its editor saw it: from the value that was there, not from a blank."""
    frame = written.get(line.table)
    is_known = frame is not None and line.row_id in frame.index and line.label in frame.columns
    if frame is None or not is_known or line.change != "changed" or line.old is not None:
        return line
    value = frame[line.label].loc[line.row_id]
    return line if pd.isna(value) else replace(line, old=value)
