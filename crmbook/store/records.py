"""What the store gives and takes, as plain records: a book, its workbooks, revisions, images and conflicts.

A *commit* is all that one sync, build or restore changes; it is taken as a whole or not at all. Moments (``at``)
are texts for people, ISO 8601 in UTC; nothing is decided by them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from crmbook.base import CrmbookError, locale_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from crmbook.store.tombstone import Tombstone

CLOCK: Final = "clock"
"""Where the time zone is in the description of a schema, if that says one."""
Frames = dict[str, "pd.DataFrame"]
"""Tables by machine name: index = row ids, columns = labels."""
Cell = tuple[str, str, str]
"""Table, row id and label."""
StepKind = Literal[
    "adopt",
    "build",
    "sync",
    "follow",
    "settle",
    "answer",
    "restore",
    "migrate",
    "import",
    "bulk",
    "undo",
    "merge",
    "distinct",
    "forget",
]


@dataclass(frozen=True, slots=True)
class BookRecord:
    """A book: the schema that its workbooks were built from, and the number of its newest revision.

    Attributes
    ----------
    schema
        What a later migration must know of the schema, as JSON.
    """

    book_id: str
    template: str
    lang: str
    fingerprint: str
    example: str = ""
    workspace: str = ""
    schema: Mapping[str, Any] = field(default_factory=dict)
    revision: int = 0

    @property
    def clock(self) -> str:
        """The time zone that its schema says; empty where it says none."""
        return str(self.schema.get(CLOCK, ""))

    @property
    def zone(self) -> str:
        """The time zone in which its days begin, see `crmbook.base.Locale`."""
        return self.clock or locale_of(self.lang).zone

    def refuse_other_schema(self, fingerprint: str, template: str, code: str) -> None:
        """Refuse to go on under another schema than the one that the head was stored under.

        Raises
        ------
        CrmbookError
            The error `code`.
        """
        if self.fingerprint and self.fingerprint != fingerprint:
            raise CrmbookError(code, template=template)


@dataclass(frozen=True, slots=True)
class BookOverview:
    """All but the rows of a book, as of one moment.

    Attributes
    ----------
    book
        None where the store has none of that id.
    workbooks
        In the order of their ids.
    conflicts
        The open ones, in the order of their numbers.
    """

    book: BookRecord | None
    workbooks: Sequence[WorkbookRecord]
    conflicts: Sequence[ConflictRecord]

    @property
    def days(self) -> list[str]:
        """The as-of dates that the workbooks show, as far as it is known."""
        return [record.as_of for record in self.workbooks]

    @property
    def was_synced(self) -> bool:
        """Whether any workbook of the book was ever synced."""
        return any(record.was_synced for record in self.workbooks)


@dataclass(frozen=True, slots=True)
class State:
    """The head of a book: its newest revision, every table, the highest numbers ever given, whom it has forgotten."""

    revision: int
    tables: Frames
    counters: dict[str, int]
    tombstones: Sequence[Tombstone] = ()


@dataclass(frozen=True, slots=True)
class WorkbookRecord:
    """A working copy.

    Attributes
    ----------
    holder
        Whose copy it is.
    owner, where, role
        What narrows it: an owner's rows, the rows a formula names, a role's sheets and fields.
    export, pending
        Number of the export the file is at, and of one that was committed but is not known to be written.
    digest
        SHA-256 of the file as last read or written.
    written_revision
        The revision that the file shows.
    state
        ``"built"``, ``"current"``, ``"held"``, ``"waiting"``, ``"archived"``, or ``"gone"`` once it was reported
        that its file is not there.
    plan
        What a person is asked to confirm, as JSON.
    findings
        The issues that its last sync found, as JSON: what is reported while nothing in it is new.
    overrides
        The values typed over formulas that it holds, as JSON, see `crmbook.base.Override`.
    listed
        Ids of the book's conflicts that were open when it was brought up to date.
    content
        What all its cells said when it was read or written last, as a digest; empty where that is not known.
    untold
        What the report of its last sync says, as JSON, as long as nobody is known to have read it; None otherwise.
    synced
        The moment of the last sync in which something about it was new; empty where no sync was, or it is not known.
    """

    workbook_id: str
    holder: str = ""
    owner: str = ""
    where: str = ""
    role: str = ""
    lang: str = "zh"
    path: str = ""
    export: int = 0
    pending: int | None = None
    digest: str = ""
    as_of: str = ""
    written_revision: int = 0
    state: str = "current"
    plan: Mapping[str, Any] | None = None
    findings: Sequence[Mapping[str, Any]] = field(default_factory=list)
    overrides: Sequence[Mapping[str, Any]] = field(default_factory=list)
    listed: Sequence[int] = field(default_factory=list)
    content: str = ""
    untold: Mapping[str, Any] | None = None
    synced: str = ""

    @property
    def was_synced(self) -> bool:
        """Whether it was ever synced; of one that was only built by an earlier version no day is known."""
        return bool(self.as_of) and self.state != "built"


@dataclass(frozen=True, slots=True)
class Image:
    """What the store last ingested from one export of a workbook.

    Attributes
    ----------
    export
        Number of the export.
    revision
        The revision against whose head it is kept; the store sets it.
    exported
        The revision that the export showed; the store sets it.
    frames
        The tables as ingested; only the rows, columns and tables that the workbook held.
    seen
        The state as exported and every earlier ingest of it, oldest first; the store keeps them.
    journal
        Row ids, by table, of rows that were in the file without a row id when they were ingested.
    written
        What was written into override fields, and into other computed ones that hold values; fixed with the export.
    """

    export: int
    frames: Frames
    revision: int = 0
    exported: int = 0
    seen: tuple[Frames, ...] = ()
    journal: Mapping[str, Sequence[str]] = field(default_factory=dict)
    written: Mapping[str, pd.DataFrame] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Export:
    """A write-back that is about to happen: pending until `Store.mark_written` or `Store.drop_pending`.

    Attributes
    ----------
    digest
        SHA-256 of the bytes about to be written.
    frames, written
        See `Image`.
    """

    number: int
    digest: str
    frames: Frames
    written: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    journal: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One reason to change the head, and the tables as they are after it; a difference makes one revision.

    Attributes
    ----------
    tables
        New frames of the tables it changes, whole; None for a table that goes.
    """

    kind: StepKind
    who: str = ""
    workbook_id: str = ""
    note: str = ""
    tables: Mapping[str, pd.DataFrame | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConflictRecord:
    """Two edits of the same cells, both kept until a person decides.

    Attributes
    ----------
    id
        Numbered per book from 1 by the store; 0 before it is stored.
    key
        The visible key of the row, as text.
    base, head, file
        The values of `labels` in each version; None where the row is gone.
    state
        ``open``, ``settled``, or ``resting`` while the schema does not have what it is about.
    settled_by, settled_at
        Who decided, and when.
    revision
        The revision that the conflict came with, whose keys its references use; the store sets it. 0 in old stores.
    """

    table: str
    row_id: str
    labels: tuple[str, ...]
    base: tuple[Any, ...] | None
    head: tuple[Any, ...] | None
    file: tuple[Any, ...] | None
    id: int = 0
    key: str = ""
    head_who: str = ""
    file_who: str = ""
    head_at: str = ""
    file_at: str = ""
    workbook_id: str = ""
    state: str = "open"
    decision: str = ""
    settled_by: str = ""
    settled_at: str = ""
    revision: int = 0

    def without_head(self) -> ConflictRecord:
        """Return it with what was typed in the workbook alone, for whoever may not see the row any more."""
        head = None if self.head is None else (None,) * len(self.labels)
        return replace(self, base=None, head=head, head_who="", head_at="", key="")


@dataclass(frozen=True, slots=True)
class Commit:
    """Everything that changes together.

    Attributes
    ----------
    revision
        The head revision that all of it was worked out from.
    counters
        Highest numbers given; the store keeps the larger of old and new.
    workbook
        Added, or put in place of the record of that id.
    image
        What was ingested of one export of `workbook`; what was known of it before goes to `Image.seen`.
    export
        The next export of `workbook`.
    conflicts, settled, moved
        New ones; decisions: conflict id, decision, who; known ones whose table, labels or state are others now.
    book
        The book's record, where its schema changed.
    """

    revision: int
    steps: Sequence[Step] = ()
    counters: Mapping[str, int] = field(default_factory=dict)
    workbook: WorkbookRecord | None = None
    image: Image | None = None
    export: Export | None = None
    conflicts: Iterable[ConflictRecord] = ()
    settled: Iterable[tuple[int, str, str]] = ()
    moved: Iterable[ConflictRecord] = ()
    book: BookRecord | None = None


@dataclass(frozen=True, slots=True)
class RevisionRecord:
    """One revision: why, by whom, from which workbook, when."""

    number: int
    kind: str
    who: str
    workbook_id: str
    note: str
    at: str


@dataclass(frozen=True, slots=True)
class ChangeRecord:
    """One change of a revision.

    Attributes
    ----------
    kind
        ``"changed"``: a cell, `old` and `new` are values. ``"added"`` and ``"deleted"``: a row, `label` is empty and
        `new` or `old` holds its values by label, without blanks.
    """

    revision: int
    kind: Literal["added", "changed", "deleted"]
    table: str
    row_id: str
    label: str = ""
    old: Any = None
    new: Any = None


@dataclass(frozen=True, slots=True)
class ChangeQuery:
    """Which changes are asked for; None and empty for all."""

    first: int | None = None
    last: int | None = None
    table: str | None = None
    row_id: str | None = None
    label: str | None = None

    def has(self, row_id: str) -> bool:
        """Return whether a row is asked for."""
        return self.row_id is None or row_id == self.row_id


@dataclass(frozen=True, slots=True)
class MapRecord:
    """How lists of one shape are mapped, as a person decided.

    Attributes
    ----------
    shape
        By what such a list is known again.
    name
        The list that it was decided for.
    document
        What was decided, as JSON.
    who, at
        Who took that list in, and when; the store sets the latter.
    """

    shape: str
    name: str
    document: Mapping[str, Any]
    who: str = ""
    at: str = ""
