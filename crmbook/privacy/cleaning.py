"""Taking a person out of the files that are crmbook's to clean, place after place.

A preview of a list with the person in it goes as a whole: its examples and choices hold words of a line of which nothing
else is known, and its list, cleaned, is another one now. So does what a write that was cut off has left.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from crmbook.base import CrmbookError, Terms, read_bytes, refuse_open
from crmbook.exchange import is_preview
from crmbook.ingest import Forgotten, find_returned, pages_of
from crmbook.ooxml import OoxmlError
from crmbook.privacy.filenames import FileNames
from crmbook.privacy.files import Cleaner, count_in
from crmbook.privacy.places import PLACES
from crmbook.privacy.reports import customer_of
from crmbook.read import read_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from crmbook.privacy.person import Gone
    from crmbook.privacy.places import Place, Surroundings


def _rows_in(around: Surroundings, gone: Gone) -> Callable[[bytes], Mapping[str, frozenset[int]]]:
    """Return what finds a person's rows in an old workbook by key, reference, number and address; accounts that stay stay."""
    forgotten = Forgotten(around.store.forgetting.tombstones(gone.book_id))
    head = around.store.head(gone.book_id).tables

    def rows_in(data: bytes) -> Mapping[str, frozenset[int]]:
        try:
            snapshot = read_workbook(data, around.book)
        except (CrmbookError, OoxmlError):  # of another day's schema, or damaged: its ids and texts tell
            return {}
        found = find_returned(around.book, snapshot, forgotten, head)
        stays = {snapshot.tables[name].sheet for name in gone.kept if name in snapshot.tables}
        return {sheet: frozenset(rows) for sheet, rows in found.rows.items() if sheet not in stays}

    return rows_in


@dataclass
class Cleaned:
    """What became of the files.

    Attributes
    ----------
    deleted, reports
        Previews, and reports on the person, that went as a whole.
    renamed
        The new names of files that bore the person's, by the old.
    failed
        Files of which nobody knows how to clean them, with the reason.
    """

    deleted: list[str] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    renamed: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def clean_places(around: Surroundings, gone: Gone, left_out: Collection[str] = ()) -> Cleaned:
    """Take a person out of all files that are crmbook's to clean."""
    cleaner, done = Cleaner(gone, around.book, _rows_in(around, gone), pages_of(around.book)), Cleaned()
    names = FileNames.of(gone, around.store, around.book)
    telling = Terms([*gone.anywhere, *(row for ids in gone.rows.values() for row in ids)], gone.whole)
    for place in PLACES:
        if not place.is_cleaned or place.name in left_out:
            continue
        for path in place.files(around):
            try:
                if count_in(read_bytes(path), telling if place.is_ours else gone.terms):
                    _clean(place, path, cleaner, done)
                if place.is_renamed and path.exists() and names.tells(path, (path.parent,)):
                    done.renamed[str(path)] = str(_rename(path, names))
            except (CrmbookError, OSError) as error:
                done.failed[str(path)] = getattr(error, "code", None) or str(error)
    return done


def _clean(place: Place, path: Path, cleaner: Cleaner, done: Cleaned) -> None:
    is_shown = (
        not place.is_ours
        and path.suffix.lower() in {".xlsx", ".tmp"}
        and is_preview(path)
        and not cleaner.is_clean(path.name, read_bytes(path))
    )
    is_report = place.name == "reports" and customer_of(path) in {cleaner.gone.shown, *cleaner.gone.whole}
    if place.is_scrap or is_shown or is_report:
        refuse_open(path)
        path.unlink()
        done.deleted += [str(path)] if is_shown else []
        done.reports += [str(path)] if is_report else []
    elif not cleaner.clean(path, is_ours=place.is_ours, is_list=place.is_list):
        done.failed[str(path)] = "kind"


def _rename(path: Path, names: FileNames) -> Path:
    """Give a file a name without the person's, and no other file's."""
    target = path.with_name(names.without(path.name))
    number = 1
    while target.exists():
        number += 1
        target = path.with_name(f"{Path(names.without(path.name)).stem}-{number}{path.suffix}")
    refuse_open(path)
    return path.rename(target)
