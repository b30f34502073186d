"""Unchanged workbooks: reported again from the findings that the store keeps, without reading them.

Most runs of a sync over a folder find just this. It is found out without the modules that read, compute and write
workbooks, whose import alone takes longer; whatever speaks against it leaves the finding to the sync itself.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from crmbook.base import Issue, Override
from crmbook.build import read_stamp
from crmbook.read import LoadedFile
from crmbook.schema import example_workspace, find_workspace, recall_fingerprint, sources_digest
from crmbook.store import Store, exists, locate, private_location
from crmbook.sync.outcome import Report, SyncState, about
from crmbook.sync.quiet import note_quiet

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crmbook.base import Options
    from crmbook.build import Stamp
    from crmbook.store import BookRecord, ConflictRecord, WorkbookRecord
    from crmbook.sync.outcome import Synced


def stands(record: WorkbookRecord, digest: str, spelled: str, options: Options) -> bool:
    """Return whether a file with a digest and a name is the very one that was written or read last, for the same day."""
    return (
        record.state in {"current", "held"}  # not one that waits, nor one that was only built
        and record.digest == digest
        and record.as_of == options.as_of.isoformat()
        and record.path == spelled
        and not options.accept
        and not options.lists_duplicates
    )


def shows_all(record: WorkbookRecord, revision: int, conflicts: Sequence[ConflictRecord]) -> bool:
    """Return whether a workbook shows the newest state and every open conflict."""
    return record.written_revision == revision and list(record.listed) == [one.id for one in conflicts]


def stored_report(record: WorkbookRecord, synced: Synced, conflicts: Sequence[ConflictRecord]) -> Synced:
    """Return the report of an unchanged workbook from its stored findings; `synced` says what is true of any."""
    issues = [Issue.from_json(finding) for finding in record.findings]
    overrides = [Override.from_json(one) for one in record.overrides]
    mine = [one for one in conflicts if one.workbook_id == record.workbook_id]
    if (
        record.owner or record.where or record.role
    ):  # whether it still shows the rows is not known without reading it
        mine = [one.without_head() for one in mine]
    plan = None
    if record.plan is not None:
        from crmbook.ingest import (
            Plan,  # only a held workbook needs it, and it imports what compares tables
        )

        plan = Plan.from_json(record.plan)
    state = SyncState.HELD if record.state == "held" else SyncState.UNCHANGED
    return replace(synced, state=state, issues=issues, overrides=overrides, conflicts=mine, plan=plan)


def days_shown(store: Store, book_id: str) -> list[str]:
    """Return the as-of dates that the workbooks of a book show, as far as it is known."""
    return [record.as_of for record in store.workbooks(book_id)]


def missing_workbooks(records: Iterable[WorkbookRecord], folder: Path, root: Path | None) -> list[Path]:
    """Return where workbooks lay in a folder that are no longer there; nothing counts as deleted for that.

    Parameters
    ----------
    root
        The folder whose own store knows them, by their bare names.
    """
    known = [record for record in records if record.path and record.export and record.state != "archived"]
    paths = [(root or Path()) / record.path for record in known]
    return sorted(location for location in paths if location.parent == folder and not location.exists())


def report_unchanged(
    paths: Sequence[Path], options: Options, loaded: dict[Path, LoadedFile]
) -> Report | None:
    """Return the report of workbooks none of which brings anything new; None where one may.

    Parameters
    ----------
    loaded
        Gets the files that had to be read for that.
    """
    reported: list[Synced] = []
    ids: dict[Path, list[str]] = {}
    for path in dict.fromkeys(path.absolute() for path in paths):
        try:
            file = loaded[path] = LoadedFile.read(path)
            stamp = read_stamp(file.package)
            synced = _report(file, stamp, options) if stamp else None
        except Exception:  # noqa: BLE001 - whatever it is, the sync itself will say so
            return None
        if synced is None or stamp is None:
            return None
        reported.append(synced)
        ids.setdefault(path.parent, []).append(stamp.workbook_id)
    for folder, known in ids.items() if options.notes_quiet and not options.dry_run else ():
        note_quiet(folder, known)
    return Report(reported, [])


def _report(file: LoadedFile, stamp: Stamp, options: Options) -> Synced | None:
    path, folder = file.path, file.path.parent
    location = locate(folder, options.store)
    if not exists(location):
        return None
    spelled, root = (path.name, folder) if location == private_location(folder) else (str(path), None)
    with Store.open(location, create=False) as store:
        known = store.overview(stamp.book_id)
    record = next((one for one in known.workbooks if one.workbook_id == stamp.workbook_id), None)
    if known.book is None or record is None or record.state != "current" or record.pending is not None:
        return None
    options = options.of_book(known.book.zone, known.days)
    is_known = stands(record, file.digest, spelled, options)
    if not is_known or not shows_all(record, known.book.revision, known.conflicts):
        return None
    if any(one.workbook_id == record.workbook_id for one in known.conflicts):
        return None  # the names of what they are about are in the schema
    if any(one.untold is not None and (one is record or one.state == "archived") for one in known.workbooks):
        return None
    if missing_workbooks(known.workbooks, folder, root):
        return None
    if not _is_same_schema(path, stamp, known.book, options):
        return None
    return stored_report(record, about(path, options), known.conflicts)


def _is_same_schema(path: Path, stamp: Stamp, book: BookRecord, options: Options) -> bool:
    """Return whether the schema is known to be the one that the workbook was written with."""
    known = Path(book.workspace) if book.workspace else None
    workspace = find_workspace(path.parent, options.workspace, known) or example_workspace(stamp.example)
    return recall_fingerprint(sources_digest(stamp.template, stamp.lang, workspace)) == stamp.fingerprint
