"""What a sync of one workbook would take in: its edits, the conflicts they make, or why it would be held.

The real sync judges and merges; a dry run of it changes neither the file nor the store.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from crmbook.base import HeldError, own_name
from crmbook.ingest import Plan
from crmbook.read import LoadedFile
from crmbook.revisions import compare_states, names_of
from crmbook.store import locate
from crmbook.sync.leased import LeasedBook
from crmbook.sync.lineage import open_store
from crmbook.sync.pulled import Pulled
from crmbook.sync.session import Session
from crmbook.sync.unstamped import open_any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from crmbook.base import Options
    from crmbook.revisions import Line
    from crmbook.store import ConflictRecord


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
    place, book_id = locate(path.parent, options.store), opened.stamp.book_id
    with ExitStack() as stack:
        options = replace(options, dry_run=True)
        try:
            store = open_store(stack, place, [opened], options)
        except HeldError as error:
            raise HeldError("sync.no-store", path=path, place=place) from error
        leased = LeasedBook(store, stack.enter_context(store.lease(book_id)), book_id, options)
        options = options.of_book(opened.stamp.lang, leased.days)
        folder = path.parent if place == locate(path.parent) else None
        session = Session(leased, options, folder)
        session.pull.refuse_another_store(opened)
        head = leased.head
        pulled = session.pull.ingest(opened)
    if not isinstance(pulled, Pulled):  # read before, in these very bytes
        held = pulled.record.plan if pulled.record.state == "held" else None
        return Incoming(plan=Plan.from_json(held) if held else None)
    lines = compare_states(pulled.copy.book, head.tables, pulled.intake.merged)
    return Incoming(lines, pulled.conflicts, pulled.intake.plan, names_of(pulled.copy.book, pulled.conflicts))
