"""References: whether the row exists that an id points to, and if not, which one was meant.

People type a name where an id belongs, both of them, ``1`` for ``001``, or an id that the row had before. What means exactly one
row is taken for it and said; what could mean several, or none, is not. Of what a dropdown offers, key and name of one row, nothing is
said: it is how references are chosen. A reference that nobody typed, because it is
there as it was last taken in, is no bad value: it follows its row, and only where that is gone is this said.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING

from crmbook.base import Severity
from crmbook.check.checked import severity_of
from crmbook.schema import canonical
from crmbook.values import ValueKind, is_near, to_series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pandas as pd

    from crmbook.base import Issue
    from crmbook.check.checked import CellLocator, Checked
    from crmbook.check.known import Tables
    from crmbook.check.part import Part
    from crmbook.schema import Field, Table

_COMPARISONS = 200_000  # looking for the nearest name is slow: a wrong column pasted in must not take minutes
_PENDING = ""
_TO_NEW = "check.reference-to-new"


def with_names(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a table with their names, where a formula over typed fields of their own row makes these."""
    target = table.fields.get(table.name_field or "")
    formula = target.formula if target else None
    if target is None or formula is None or formula.names:
        return frame
    if not all(owner == table.name and name in frame.columns for owner, name in formula.references):
        return frame
    names = canonical(target, formula.evaluate({table.name: frame}))
    if target.name in frame.columns:  # a name may be typed over
        names = frame[target.name].where(frame[target.name].notna(), names)
    return frame.assign(**{target.name: names})


class Directory:
    """The rows of a table that others refer to; what they are called is looked at when a text is no key.

    Attributes
    ----------
    table
        The table.
    """

    def __init__(
        self,
        table: Table,
        frame: pd.DataFrame,
        aliases: frozenset[str] = frozenset(),
        former: Callable[[], Mapping[str, str]] = dict,
        stored: pd.DataFrame | None = None,
    ) -> None:
        """Hold the rows of `frame`; `aliases` are keys by which some are known elsewhere, `stored` is how the book has them."""
        self.table = table
        self._aliases = aliases
        frame = with_names(table, frame)
        self._keys = frame[table.key]
        named = table.name_field in frame.columns
        self._names = frame[table.name_field] if table.name_field and named else None
        self._find_former = former
        self._stored = stored

    @cached_property
    def ids(self) -> frozenset[str]:
        """The keys."""
        return frozenset([*self._keys.dropna().tolist(), *self._aliases]) - {""}

    @cached_property
    def former(self) -> Mapping[str, str]:
        """Key that a row had before → the one that it has now."""
        return self._find_former()

    @cached_property
    def _listed(self) -> list[str]:
        return [key or "" for key in self._keys.tolist()]

    @cached_property
    def by_name(self) -> Mapping[str, tuple[str, ...]]:
        """Folded human name → keys of the rows that bear it; an empty key is a row without one yet."""
        names: dict[str, tuple[str, ...]] = {}
        for key, name in zip(self._listed, [] if self._names is None else self._names.tolist(), strict=False):
            if name is not None:
                names[_folded(name)] = (*names.get(_folded(name), ()), key)
        return names

    @cached_property
    def by_number(self) -> Mapping[str, tuple[str, ...]]:
        """Number → keys that spell it, zeros before it aside; of a row whose key was blanked the one it gets back."""
        numbers: dict[str, tuple[str, ...]] = {}
        for key in dict.fromkeys([*self._listed, *self._aliases]):
            if key.isdecimal():
                numbers[key.lstrip("0")] = (*numbers.get(key.lstrip("0"), ()), key)
        return numbers

    @cached_property
    def _former_by_number(self) -> Mapping[str, tuple[str, ...]]:
        numbers: dict[str, tuple[str, ...]] = {}
        for old, key in self.former.items():
            if old.isdecimal():
                numbers[old.lstrip("0")] = (*numbers.get(old.lstrip("0"), ()), key)
        return numbers

    @cached_property
    def spelled(self) -> Mapping[str, str]:
        """Folded name or key → as it is in the table."""
        names = [] if self._names is None else self._names.tolist()
        return {_folded(text): text for text in [*self._listed, *filter(None, names)]}

    def meant(self, text: str) -> tuple[str, ...]:
        """Return the keys that `text` could mean: by name, number or both, else as one that a row had before."""
        found = self.by_name.get(_folded(text), ()) or self._by_key(text) or self._by_key_and_name(text)
        return tuple(dict.fromkeys(found))

    def picked(self, text: str) -> str:
        """Return the key of the row that a dropdown offers as `text`; empty if it offers none so."""
        for key, name in _parted(text):
            if key in self.ids and key in self.by_name.get(_folded(name), ()):
                return key
        return ""

    def _by_key_and_name(self, text: str) -> tuple[str, ...]:
        """Return the keys that a text of key and name means: both speak of one row, by the name that it has or had."""
        for key, name in _parted(text):
            named = self.by_name.get(_folded(name), ())
            meant = (key,) if key in self.ids else self._by_key(key)
            found = [one for one in meant if one in named or self._stored_names.get(one) == _folded(name)]
            if any(found):
                return tuple(filter(None, found))
        return ()

    @cached_property
    def _stored_names(self) -> Mapping[str, str]:
        """Key → folded name in the book: a name may be typed anew after its row was picked."""
        if self._stored is None or self.table.name_field not in self._stored.columns:
            return {}
        names = self._stored[self.table.name_field].tolist()
        pairs = zip(listed(self._stored[self.table.key]), names, strict=True)
        return {key: _folded(name) for key, name in pairs if key and name}

    def _by_key(self, text: str) -> tuple[str, ...]:
        """Return the keys that a text spells, zeros before it aside, or that rows have which had it before."""
        number, found = text.lstrip("0") if text.isdecimal() else None, tuple[str, ...]()
        if number is not None:
            found = self.by_number.get(number, ())
        if not found and text in self.former:
            found = (self.former[text],)
        if not found and number is not None:
            found = self._former_by_number.get(number, ())
        return found

    def nearest(self, text: str) -> str:
        """Return the key or name most like `text`, or an empty text."""
        folded = _folded(text)
        near = [one for one in get_close_matches(folded, self.spelled, cutoff=0.6) if is_near(folded, one)]
        return self.spelled[near[0]] if near else ""


def _parted(text: str) -> Iterator[tuple[str, str]]:
    """Yield what may be key and name in a text, parted at each of its blanks in turn: a key may have blanks too."""
    words = text.split()
    for count in range(1, len(words)):
        yield " ".join(words[:count]), " ".join(words[count:])


def _folded(name: object) -> str:
    return "".join(str(name).split()).casefold()


def listed(keys: pd.Series) -> list[str | None]:
    """Return a column of keys as a list, None where it is blank."""
    items: list[str | None] = keys.tolist()
    if set(map(type, items)) <= {str, type(None)}:
        return items
    blank = keys.isna()
    return keys.tolist() if not blank.any() else keys.astype(object).where(~blank, None).tolist()


def iter_reference_issues(
    checked: Checked,
    cells: CellLocator,
    directories: Mapping[str, Directory],
    held: Tables,
    part: Part | None = None,
) -> Iterator[Issue]:
    """Judge the references of one table; a name that means one row is replaced by its id in `checked`.

    In a workbook that shows a `part` of the customers none is named who is not shown there, however mild the field.
    """
    for target in cells.table.fields.values():
        directory = directories.get(target.to or "")
        if directory is not None and target.typed:
            strict = part if part and part.judges(target) else None
            yield from _iter_field_issues(checked, cells, target, directory, held, strict)


def _iter_field_issues(  # noqa: PLR0913, PLR0917 - a column, and all that it is judged by
    checked: Checked, cells: CellLocator, target: Field, directory: Directory, held: Tables, part: Part | None
) -> Iterator[Issue]:
    column = checked.frames[cells.table.name][target.name]
    keys = listed(column)
    unknown = [position for position, key in enumerate(keys) if key is not None and key not in directory.ids]
    if part:
        rows = column.index.tolist()
        unknown = [
            position
            for position in unknown
            if not part.stood(cells, target, rows[position], str(keys[position]))
        ]
    if not unknown:
        return
    verdicts: dict[str, _Verdict] = {}
    searches = _COMPARISONS // max(len(directory.spelled), 1)
    before = _held_in(held, cells, target, column.index)
    for position in _iter_unpicked(checked, target, directory, keys, unknown):
        row, text = int(column.index[position]), str(keys[position])
        if before is not None and before[position] == text:
            params: dict[str, object] = {"table": directory.table.title}
            yield cells.issue("check.reference-gone", target, row, params, Severity.WARNING)
            continue
        if text not in verdicts:
            verdicts[text] = _judge(text, target, directory, suggest=len(verdicts) < searches)
        verdict = verdicts[text]
        if part and not verdict.key and verdict.code != _TO_NEW:
            verdict = replace(verdict, severity=Severity.ERROR)
        if verdict.key:
            keys[position] = verdict.key
            checked.correct(target.table, target.name, row, verdict.key)
        elif verdict.severity is Severity.ERROR:
            keys[position] = None
            checked.refuse(target.table, target.name, row)
        elif verdict.code == _TO_NEW:
            checked.pending.setdefault((target.table, target.name), set()).add(row)
        yield cells.issue(verdict.code, target, row, verdict.params, verdict.severity)
    checked.frames[target.table][target.name] = to_series(ValueKind.REF, keys, column.index)


def _iter_unpicked(
    checked: Checked, target: Field, directory: Directory, keys: list[str | None], places: list[int]
) -> Iterator[int]:
    """Put the key in place of every text that a dropdown offers; yield the other places."""
    rows = checked.frames[target.table].index.tolist()
    picked: dict[str, str] = {}
    for position in places:
        text = str(keys[position])
        if text not in picked:
            picked[text] = directory.picked(text)
        if picked[text]:
            keys[position] = picked[text]
            checked.correct(target.table, target.name, rows[position], picked[text])
        else:
            yield position


def _held_in(held: Tables, locator: CellLocator, target: Field, rows: pd.Index) -> list[object] | None:
    """Return what the cells of a field held before, row by row; None where that is not known."""
    frame = held.get(target.table)
    if frame is None or target.name not in frame.columns:
        return None
    cells: list[object] = (
        frame[target.name].reindex(locator.snapshot.row_ids.reindex(rows).to_numpy()).tolist()
    )
    return cells


def iter_resolved(
    checked: Checked, cells: CellLocator, target: Field, directory: Directory
) -> Iterator[tuple[int, Issue]]:
    """Put the id in place of every pending name that by now means one row; yield row and issue of each."""
    rows = checked.pending.get((target.table, target.name), set())
    column = checked.frames[target.table][target.name]
    keys: list[str | None] = column.tolist()
    for position, row in enumerate(column.index.tolist()):
        meant = directory.meant(keys[position] or "") if row in rows else ()
        if len(meant) == 1 and meant[0]:
            keys[position] = meant[0]
            checked.correct(target.table, target.name, row, meant[0])
            params = {"table": directory.table.title, "key": meant[0]}
            yield row, cells.issue("check.reference-by-name", target, row, params, Severity.WARNING)
    checked.frames[target.table][target.name] = to_series(ValueKind.REF, keys, column.index)


@dataclass(frozen=True, slots=True)
class _Verdict:
    code: str
    severity: Severity
    params: Mapping[str, object]
    key: str = _PENDING


def _judge(text: str, target: Field, directory: Directory, *, suggest: bool) -> _Verdict:
    params: dict[str, object] = {"table": directory.table.title}
    keys = directory.meant(text)
    if keys == (_PENDING,):
        return _Verdict(_TO_NEW, Severity.WARNING, params)
    if len(keys) == 1:
        return _Verdict("check.reference-by-name", Severity.WARNING, {**params, "key": keys[0]}, keys[0])
    if keys:
        shown = tuple(key or "?" for key in keys)
        return _Verdict("check.reference-ambiguous", Severity.ERROR, {**params, "keys": shown})
    near = directory.nearest(text) if suggest else ""
    if near:
        return _Verdict("check.unknown-reference-near", severity_of(target), {**params, "nearest": near})
    return _Verdict("check.unknown-reference", severity_of(target), params)
