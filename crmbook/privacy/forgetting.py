"""The order in which a person is forgotten, every step of it safe to be cut off.

::

    journal → store (one transaction, with the tombstone) → workbooks → sync → all other files → vacuum → proof → no journal

The store goes first: from then on nothing that is synced can bring the person back. The sync lets figures, lists and
pages follow and takes in what was typed since; what it left behind (backups, an archived copy, a report) goes after it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crmbook.base import (
    BusyError,
    CrmbookError,
    Options,
    digest,
    read_bytes,
    refuse_open,
    write_atomically,
)
from crmbook.ingest import Forgotten, pages_of
from crmbook.privacy.cleaning import clean_places
from crmbook.privacy.files import Cleaner
from crmbook.privacy.journal import drop_journal, read_journal, write_journal
from crmbook.privacy.person import find_gone
from crmbook.privacy.places import Proof, search_places, workbooks_of
from crmbook.privacy.rewriting import WithoutPerson
from crmbook.store import Tombstone, lock_of, make_key, private_location, sign
from crmbook.sync import sync_workbooks

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from crmbook.privacy.person import Gone
    from crmbook.privacy.places import Surroundings
    from crmbook.sync import Report

_ATTEMPTS = 3
"""How often a workbook that changes while it is cleaned is read again."""


@dataclass(frozen=True)
class Forgetting:
    """What was done about a person.

    Attributes
    ----------
    rows, kept
        By table, how many rows went and how many stay without the name.
    before
        Where the person was named.
    proof
        Where the person is still named.
    refused
        Why the server did not give the room of deleted rows back; empty where it did.
    deleted, reports
        Previews, and reports on the person, that went as a whole.
    renamed
        The new names of files that bore the person's, by the old.
    failed
        Files that could not be cleaned, with the reason.
    report
        Of the sync.
    """

    gone: Gone
    before: Proof
    proof: Proof
    revision: int = 0
    refused: str = ""
    deleted: Sequence[str] = ()
    reports: Sequence[str] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    report: Report | None = None

    @property
    def rows(self) -> dict[str, int]:
        """By table, the rows that go."""
        counted = {
            name: len(set(rows) - set(self.gone.kept.get(name, ()))) for name, rows in self.gone.rows.items()
        }
        return {name: count for name, count in counted.items() if count}

    @property
    def kept(self) -> dict[str, int]:
        """By table, the rows that stay without the name."""
        return {name: len(rows) for name, rows in self.gone.kept.items() if rows}

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left of the person but what people themselves must decide on."""
        return not self.proof.left and not self.failed and not self.proof.unread


def journal_folder(around: Surroundings) -> Path:
    """Return where it is kept who is being forgotten."""
    return around.store.folder or private_location(around.folders[0])


def plan_forgetting(
    around: Surroundings, customer: str, as_of: date, *, keep_accounts: bool, by_name: bool = False
) -> Forgetting:
    """Return what forgetting a customer would do, and where the customer is named; nothing is changed.

    Raises
    ------
    CrmbookError
        See `crmbook.sync.trace_person`.
    """
    gone = find_gone(
        around.store,
        around.record,
        around.book,
        customer,
        as_of,
        keep_accounts=keep_accounts,
        by_name=by_name,
    )
    return Forgetting(gone, search_places(around, gone), Proof())


def forget(
    around: Surroundings, planned: Forgetting, options: Options, *, left_out: Collection[str] = ()
) -> Forgetting:
    """Forget a person.

    Parameters
    ----------
    left_out
        Places that are not cleaned: the proof names what is there.

    Raises
    ------
    CrmbookError
        ``file.open`` if a workbook is open elsewhere, ``forget.no-key``; nothing was changed then.
    BusyError
        ``store.busy``.
    """
    for path in workbooks_of(around):
        refuse_open(path)
    make_key()
    write_journal(journal_folder(around), planned.gone)
    try:
        revision = _rewrite_store(around, planned.gone, options)
    except BusyError:  # nothing has begun, and nothing of the person may lie about because of it
        drop_journal(journal_folder(around))
        raise
    return _carry_out(around, planned.gone, revision, planned.before, options, left_out)


def resume(around: Surroundings, options: Options) -> Forgetting | None:
    """Complete what a run that was cut off has begun; None where none has.

    Raises
    ------
    CrmbookError
        As `forget` does.
    """
    gone = read_journal(journal_folder(around))
    if gone is None or gone.book_id != around.record.book_id:
        return None
    for path in workbooks_of(around):
        refuse_open(path)
    before = search_places(around, gone)
    return _carry_out(around, gone, _rewrite_store(around, gone, options), before, options, ())


def _rewrite_store(around: Surroundings, gone: Gone, options: Options) -> int:
    """Take a person out of the store; return the revision."""
    options.progress("progress.forget-store", 0, 5)
    with around.store.lease(gone.book_id) as lease:
        return around.store.forgetting.rewrite(
            lease, gone.book_id, WithoutPerson(around.book, gone), _tombstone(around, gone), options.who
        )


def _carry_out(  # noqa: PLR0913, PLR0917 - the person, what was done and is to be done, and where
    around: Surroundings,
    gone: Gone,
    revision: int,
    before: Proof,
    options: Options,
    left_out: Collection[str],
) -> Forgetting:
    store, tell = around.store, options.progress
    tell("progress.forget-workbooks", 1, 5)
    cleaner = Cleaner(gone, around.book, pages=pages_of(around.book))  # the sync fills the pages again
    for path in workbooks_of(around) if "workbooks" not in left_out else ():
        _clean_workbook(path, cleaner)
    report = _sync(around, options)
    tell("progress.forget-files", 3, 5)
    cleaned = clean_places(around, gone, left_out)
    refused = store.forgetting.vacuum()
    tell("progress.forget-proof", 4, 5)
    proof = search_places(around, gone)
    drop_journal(journal_folder(around))
    return Forgetting(
        gone, before, proof, revision, refused, cleaned.deleted, cleaned.reports, cleaned.renamed, cleaned.failed, report,
    )  # fmt: skip


def _tombstone(around: Surroundings, gone: Gone) -> Tombstone | None:
    """Return what is left of the person; None where an earlier run has left it."""
    known = Forgotten(around.store.forgetting.tombstones(gone.book_id))
    rows = {row for ids in gone.rows.values() for row in ids}
    if rows and rows <= known.gone | known.kept:
        return None
    key = make_key()
    signs = sorted({sign(key, gone.book_id, kind, text) for kind, text in gone.signs})
    stand_in = gone.stand_in[0] if gone.stand_in else ""
    return Tombstone(gone.rows, gone.kept, stand_in, signs, lock_of(key))


def _clean_workbook(path: Path, cleaner: Cleaner) -> None:
    """Take the person out of a workbook; one that is saved meanwhile is read again."""
    for attempt in range(1, _ATTEMPTS + 1):
        data = read_bytes(path)
        cleaned = cleaner.cleaned(path.name, data, is_ours=True)
        if cleaned is None or cleaned == data:
            break
        try:
            write_atomically(path, cleaned, digest(data))
            break
        except CrmbookError as error:
            if error.code != "file.changed" or attempt == _ATTEMPTS:
                raise


def _sync(around: Surroundings, options: Options) -> Report | None:
    paths = list(workbooks_of(around))
    return sync_workbooks(paths, options) if paths else None
