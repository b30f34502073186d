"""Pull, merge, push: workbooks → head → workbooks, every step of it safe to be cut off.

::

    open → take in (ingest) → commit → render (export) → commit as pending → replace the file → mark as written

All workbooks are taken in before the first is written, so that each is written once and shows what all of them
brought. A commit is one transaction; a run that is cut off anywhere finds, when it is started again, either the
stamp of the pending export in the file or the old one, and goes on from there. `crmbook.sync.session`,
`pull` and `push` carry these steps out for the workbooks of one book.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from crmbook.base import Companion, CrmbookError, HeldError, Options, as_coded, own_names
from crmbook.read import LoadedFile
from crmbook.store import Store, locate, private_location
from crmbook.sync.outcome import Report, Synced, SyncState
from crmbook.sync.unchanged import report_unchanged

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from crmbook.read import Opened
    from crmbook.sync.session import Outcome

__all__ = ["Options", "Report", "SyncState", "Synced", "acknowledge", "sync_workbook", "sync_workbooks"]

_ATTEMPTS = 3
"""How often a workbook that changes while it is synced is read again."""
_LARGE = 24 << 20
"""Bytes of a workbook that is worth the start of a second process …"""
_READING = "crmbook.read.apart:serve"
"""… to read some of its sheets; one workbook at a time has one."""


def sync_workbook(path: Path, as_of: date, workspace: Path | None = None) -> Synced:
    """Sync one workbook with the store beside it, see `sync_workbooks`."""
    report = sync_workbooks([path], Options(as_of, workspace))
    for _, error in report.failures:
        raise error
    return report.workbooks[0]


def sync_workbooks(paths: Sequence[Path], options: Options) -> Report:
    """Take in the edits of all workbooks, then bring each of them up to date in place.

    Whatever goes wrong with one workbook is its failure in the report, and keeps no other from being synced.

    Raises
    ------
    HeldError
        If the only workbook was last synced with another store than the one at hand, or the one at hand is new.
    CrmbookError
        What kept every workbook from being synced, where that is one cause for all, and nothing was changed:
        somebody else is syncing the book, the only workbook cannot be read …
    """
    paths = own_names(paths)
    loaded: dict[Path, LoadedFile] = {}
    unchanged = None if options.retired else report_unchanged(paths, options, loaded)
    if unchanged is not None:
        return unchanged
    opened, failures = _open_all(paths, options, loaded)
    synced, unwritten, missing, gone_reported, retired, untold, gone = [], [], [], [], [], [], []
    has_accepted = not options.accept
    for (location, book_id), group in _by_book(opened, options).items():
        outcome = _sync_book(location, group, options)
        synced += outcome.synced
        failures += outcome.failures
        unwritten += outcome.unwritten
        missing += [path for path in outcome.missing if path not in missing]
        gone_reported += outcome.told_gone
        retired += outcome.retired
        untold += [(location, book_id, outcome.untold)] if outcome.untold else []
        gone += [(location, book_id, outcome.gone)] if outcome.gone else []
        has_accepted |= outcome.has_accepted
    unknown = sorted(options.retired - {path.name for path in retired})
    failures += [(paths[0].with_name(name), CrmbookError("sync.not-gone", name=name)) for name in unknown]
    if not has_accepted and not failures:  # what failed may be what waits
        failures.append((paths[0], _no_such_plan(options.accept, synced)))
    order = {path: number for number, path in enumerate(paths)}
    synced.sort(key=lambda one: order.get(one.path, len(order)))
    dry_run = options.dry_run
    report = Report(synced, failures, unwritten, missing, dry_run, retired, gone_reported, untold, gone)
    if len({error for _, error in failures}) == 1 and not synced and not report.has_changed:
        raise failures[0][1]
    if not options.acknowledges:
        acknowledge(report, options)
    return report


def _by_book(opened: Iterable[Opened], options: Options) -> dict[tuple[str | Path, str], list[Opened]]:
    """Return workbooks by the location of their store and the id of their book."""
    groups: dict[tuple[str | Path, str], list[Opened]] = {}
    for one in sorted(opened, key=lambda one: one.path):
        groups.setdefault((locate(one.path.parent, options.store), one.stamp.book_id), []).append(one)
    return groups


def acknowledge(report: Report, options: Options) -> None:
    """Note that a person has read what only this report says; where that fails, it is reported again."""
    reported = {(location, book_id): ids for location, book_id, ids in report.untold}
    gone = {(location, book_id): records for location, book_id, records in report.gone}
    for location, book_id in dict.fromkeys([*reported, *gone]):
        from crmbook.sync.leased import LeasedBook  # see `_sync_book`

        with suppress(CrmbookError), ExitStack() as stack:
            store = stack.enter_context(Store.open(location, create=False))
            lease = stack.enter_context(store.lease(book_id, led=options.led.get(book_id)))
            leased = LeasedBook(store, lease, book_id, options)
            known = leased.workbooks
            for record in [known[one] for one in reported.get((location, book_id), ()) if one in known]:
                leased.note(replace(record, untold=None))
            for record in gone.get((location, book_id), ()):
                if known.get(record.workbook_id) == record:  # one that has come back since is not gone
                    leased.note(replace(record, state="gone"))


def _no_such_plan(wanted: str, synced: Sequence[Synced]) -> CrmbookError:
    """Return the error of a plan that waits in none of the workbooks, with those that do."""
    waiting = tuple(f"{one.plan.id} ({one.path.name})" for one in synced if one.plan is not None)
    return CrmbookError("sync.unknown-plan" if waiting else "sync.no-plan", plan=wanted, waiting=waiting)


def _open_all(
    paths: Iterable[Path], options: Options, loaded: Mapping[Path, LoadedFile]
) -> tuple[list[Opened], list[tuple[Path, CrmbookError]]]:
    opened, failures = [], []
    companion: Companion | None = None
    paths = list(paths)
    for number, path in enumerate(paths):
        options.progress("progress.opening", number, len(paths), name=path.name)
        try:
            one = loaded.get(path) or LoadedFile.read(path)
            mine = None
            if companion is None and len(one.data) >= _LARGE and Companion.is_of_use():
                mine = companion = Companion(_READING, one.data)
            from crmbook.sync.unstamped import open_any  # not before it is known that something is new

            opened.append(open_any(one, options, mine))
        except Exception as error:  # noqa: BLE001 - see `crmbook.base.unforeseen`
            failures.append((path, as_coded(error, private_location(path.parent), path)))
    return opened, failures


def _sync_book(location: str | Path, group: list[Opened], options: Options) -> Outcome:
    """Sync the workbooks of one book under one lease; what keeps them all from it is the failure of each."""
    from crmbook.sync.leased import LeasedBook  # these imports take longer than finding that nothing is new
    from crmbook.sync.lineage import open_store
    from crmbook.sync.session import Outcome, Session

    book_id, folder = group[0].stamp.book_id, group[0].path.parent
    outcome = Outcome()
    try:
        with ExitStack() as stack:
            store = open_store(stack, location, group, options)
            lease = stack.enter_context(store.lease(book_id, led=options.led.get(book_id)))
            leased = LeasedBook(store, lease, book_id, options)
            options = options.of_book(leased.zone_of(group[0]), leased.days)
            session = Session(leased, options, folder if location == private_location(folder) else None)
            outcome = session.run(group, _ATTEMPTS)
    except HeldError:
        outcome.failures += [
            (one.path, HeldError("sync.no-store", path=one.path, store=location)) for one in group
        ]
    except Exception as error:  # noqa: BLE001 - the store of one book keeps no other book from being synced
        coded = as_coded(error, private_location(folder))
        reported = {one.path for one in outcome.synced} | {path for path, _ in outcome.failures}
        outcome.failures += [(one.path, coded) for one in group if one.path not in reported]
    return outcome
