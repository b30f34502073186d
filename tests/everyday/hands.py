"""Somebody's hands on one workbook: what she types where, and what she saw there.

Each edit is one that everybody makes: a field, another key, a new row, a row emptied, emptied and used again, the
visible columns sorted, a row copied below. What was done is kept as acts, which `tests.everyday.oracle` judges by.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from crmbook.ooxml import Package
from crmbook.schema import Layout

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from random import Random

    from crmbook.ooxml import Sheet
    from crmbook.schema import Book, Field, Table, TableLayout

    Row = dict[str, Any]

ROW_ID = "row_id"
NONSENSE = "坏"
"""How a text begins that is typed where it is no value."""
EDITS = ("nothing", "field", "rename", "add", "delete", "reuse", "sort", "duplicate")


@dataclass(frozen=True)
class Typed:
    """A value typed into a cell; `beside` is what stood in its row, where that had no id yet.

    `text` is what stands in the cell, where that only means the value: a name, or a key and a name.
    """

    table: str
    row: str
    label: str
    saw: Any
    new: Any
    beside: dict[str, Any] = field(default_factory=dict)
    text: str = ""

    @property
    def is_doubtful(self) -> bool:
        """Return whether it may be no value: a day or a number that is none, a reference to nobody."""
        return bool(self.text) or str(self.new).startswith(NONSENSE)


@dataclass(frozen=True)
class Emptied:
    """A row emptied; `used` says that another was typed in its place, `last` that the table then had none.

    `beside` is what stood in the tables with one row for each such row, as far as the workbook shows them.
    """

    table: str
    row: str
    saw: dict[str, Any]
    used: bool = False
    last: bool = False
    beside: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Entered:
    """A row typed; into one that was emptied before, `row` is its id; `copied` from another, hidden id and all."""

    table: str
    cells: dict[str, Any]
    row: str = ""
    copied: str = ""


Act = Typed | Emptied | Entered


@dataclass
class Tokens:
    """Numbers that make typed values unlike all others, and the keys, by table, that somebody typed over."""

    count: int = 0
    former: list[tuple[str, str]] = field(default_factory=list)

    def next(self) -> int:
        self.count += 1
        return self.count


@dataclass
class Hands:
    """Somebody at work in the workbook at `path`, which shows `view`."""

    path: Path
    view: Book
    random: Random
    tokens: Tokens
    acts: list[Act] = field(default_factory=list)
    package: Package = field(init=False)
    _known: dict[str, dict[int, Row]] = field(default_factory=dict)
    """What stands in the tables that she looked at, kept up with what she types: reading a sheet takes long."""

    def __post_init__(self) -> None:
        self.package = Package.open(self.path)
        self.layout = Layout(self.view)

    @property
    def tables(self) -> list[str]:
        """The tables that people fill in this workbook."""
        return [name for name, table in self.view.tables.items() if table.managed]

    def save(self) -> None:
        self.package.save(self.path)

    def do(self, edit: str, table: str, near: Sequence[str] = ()) -> bool:
        """Make one of `EDITS` in a table, in the first row of ids `near` that stands here; say whether it was possible."""
        rows = self._left(self.view.tables[table])
        if edit == "nothing" or not rows:
            return edit == "nothing"
        places = {cells.get(ROW_ID): row for row, cells in rows.items() if cells.get(ROW_ID)}
        chosen = next((places[row] for row in near if row in places), None)
        chosen = chosen or self.random.choice(sorted(rows))
        made = getattr(self, f"_{edit}")(self.view.tables[table], rows, chosen)
        return made is not False

    def _left(self, table: Table) -> dict[int, Row]:
        """Return a table's rows; of one with a row per customer not those of customers deleted here: they go with them."""
        rows = self.rows(table.name)
        parent = self.view.tables.get(table.one_per or "")
        emptied = [
            act for act in self.acts if isinstance(act, Emptied) and parent and act.table == parent.name
        ]
        gone = {act.saw.get(parent.key) for act in emptied if parent}
        labels = [inner.name for inner in table.references_to(table.one_per or "")]
        return {
            row: cells for row, cells in rows.items() if gone.isdisjoint(cells.get(label) for label in labels)
        }

    def rows(self, name: str) -> dict[int, Row]:
        """Return what stands in a table's rows; see `rows_of`."""
        if name not in self._known:
            self._known[name] = rows_of(self.package, self.layout.tables[name])
        typed = set(self._typed(self.view.tables[name]))
        return {row: cells for row, cells in sorted(self._known[name].items()) if typed & cells.keys()}

    def _row_below(self, table: Table) -> int:
        """Return the row below all that stand in the sheet, also below those that go with a customer deleted here."""
        return max(self.rows(table.name)) + 1

    # the edits

    def _field(self, table: Table, rows: dict[int, Row], row: int) -> bool | None:
        inner = self.random.choice(self._plain_fields(table))
        # Over a formula people type something else than it shows: the same again cannot be told from a program's copy.
        shown = (
            self._sheet(table).cell(f"{self.layout.tables[table.name].columns[inner.name].letter}{row}").value
        )
        self._type(table, row, rows[row], {inner.name: self.value(inner, shown)})

    def _rename(self, table: Table, rows: dict[int, Row], row: int) -> bool | None:
        new = self._new_key(table, rows)
        if new is None or not table.key_field.typed:
            return False
        self._type(table, row, rows[row], {table.key: new})
        self.tokens.former.append((table.name, str(rows[row].get(table.key))))
        return None

    def _nonsense(self, table: Table, rows: dict[int, Row], row: int) -> bool | None:
        """Type what is no value."""
        fields = [
            inner
            for inner in self._plain_fields(table)
            if inner.type in {"date", "number"} and not inner.override
        ]
        if not fields or ROW_ID not in rows[row]:
            return False
        self._type(
            table, row, rows[row], {self.random.choice(fields).name: f"{NONSENSE}{self.tokens.next():03d}"}
        )
        return None

    def _refer(self, table: Table, rows: dict[int, Row], row: int) -> bool | None:
        """Refer to another row: by its key, its name, both, a key that it had before, or to nobody at all."""
        fields = [
            inner for inner in table.fields.values()
            if inner.to in self.layout.tables and inner.name != table.key and not table.one_per
        ]  # fmt: skip
        if not fields or ROW_ID not in rows[row]:
            return False
        inner = self.random.choice(fields)
        target = self.view.tables[inner.to or ""]
        shown = self.rows(target.name).values()
        known = sorted(str(one[target.key]) for one in shown if one.get(target.key))
        names = {str(one.get(target.key)): str(one.get(target.name_field or "") or "") for one in shown}
        former = [key for name, key in self.tokens.former if name == target.name]
        key = self.random.choice(known or [""])
        texts = [key, key, f"{key} {names.get(key, '')}", names.get(key, ""), f"无{self.tokens.next():03d}"]
        text = self.random.choice([*texts, *former[-2:]]).strip()
        means = key if text in texts[:4] else text
        if not text or means == rows[row].get(inner.name):
            return False
        self._type(table, row, rows[row], {inner.name: text})
        self.acts[-1] = replace(self.acts[-1], new=means, text=text)
        return None

    def _add(self, table: Table, rows: dict[int, Row], row: int) -> bool | None:
        values = self._new_row(table, rows)
        if values is None:
            return False
        self._put(table, self._row_below(table), values)
        self.acts.append(Entered(table.name, values))
        return None

    def _delete(self, table: Table, rows: dict[int, Row], row: int) -> None:
        self._clear(table, row, hidden=self.random.random() < 0.5)
        self.acts.append(self._emptied(table, rows, row))

    def _reuse(self, table: Table, rows: dict[int, Row], row: int) -> bool | None:
        values = self._new_row(table, rows)
        if values is None:
            return False
        self._clear(table, row, hidden=False)
        self._put(table, row, values)
        self.acts.append(replace(self._emptied(table, rows, row), used=True))
        self.acts.append(Entered(table.name, values, rows[row].get(ROW_ID, "")))
        return None

    def _emptied(self, table: Table, rows: dict[int, Row], row: int) -> Emptied:
        """Return a row's emptying, with all that its editor saw of it."""
        beside: dict[str, list[Row]] = {}
        for name in self.layout.tables:
            other = self.view.tables[name]
            if other.one_per == table.name:
                key, labels = (
                    rows[row].get(table.key),
                    [inner.name for inner in other.references_to(table.name)],
                )
                seen = self.rows(name).values()
                beside[name] = [one for one in seen if key and any(one.get(label) == key for label in labels)]
        return Emptied(table.name, rows[row].get(ROW_ID, ""), rows[row], last=len(rows) == 1, beside=beside)

    def _sort(self, table: Table, rows: dict[int, Row], row: int) -> None:
        numbers = sorted(rows)
        wanted = zip(numbers, reversed(numbers), strict=True)
        self._put_rows(
            table,
            {row: {name: rows[source].get(name) for name in self._typed(table)} for row, source in wanted},
        )

    def _duplicate(self, table: Table, rows: dict[int, Row], row: int) -> None:
        values = {name: rows[row].get(name) for name in self._typed(table)}
        copied = self.random.random() < 0.5
        if self.random.random() < 0.5 and table.key_field.type == "id":
            values[table.key] = None
        free = self._row_below(table)
        self._put(table, free, values)
        if copied and rows[row].get(ROW_ID):
            place = self.layout.tables[table.name]
            self._sheet(table).set(f"{place.row_id.letter}{free}", rows[row][ROW_ID])
            self._known[table.name][free] |= {ROW_ID: rows[row][ROW_ID]}
        values = {name: value for name, value in values.items() if value is not None}
        self.acts.append(Entered(table.name, values, copied=rows[row].get(ROW_ID, "")))

    # typing

    def _type(self, table: Table, row: int, cells: Row, values: Row) -> None:
        self._put(table, row, values)
        for name, new in values.items():
            row_id = cells.get(ROW_ID, "")
            beside = {} if row_id else cells
            self.acts.append(Typed(table.name, row_id, name, cells.get(name), new, beside))

    def _put(self, table: Table, row: int, values: Row) -> None:
        self._put_rows(table, {row: values})

    def _put_rows(self, table: Table, values: dict[int, Row]) -> None:
        place, sheet = self.layout.tables[table.name], self._sheet(table)
        cells = {
            f"{place.columns[name].letter}{row}": value
            for row, cells in values.items()
            for name, value in cells.items()
        }
        blank = [ref for ref, value in cells.items() if value is None]
        # An overridable cell in which nothing was typed keeps its formula. Asked before any cell is set: a sheet that
        # is read between two edits carries the first out.
        kept = {ref for ref in blank if sheet.cell(ref).formula}
        for ref, value in cells.items():
            if ref not in kept:
                sheet.set(ref, value)
        known = self._known[table.name]
        for row, typed in values.items():
            now = {**known.get(row, {}), **typed}
            known[row] = {name: value for name, value in now.items() if value is not None}

    def _clear(self, table: Table, row: int, *, hidden: bool) -> None:
        place, sheet = self.layout.tables[table.name], self._sheet(table)
        for column in place.all_columns if hidden else [*place.columns.values(), place.issues]:
            sheet.set(f"{column.letter}{row}", None)
        left = {} if hidden else self._known[table.name][row]
        self._known[table.name][row] = {name: value for name, value in left.items() if name == ROW_ID}

    def _sheet(self, table: Table) -> Sheet:
        return self.package.sheet(self.layout.tables[table.name].sheet)

    # values

    def _typed(self, table: Table) -> list[str]:
        return [inner.name for inner in table.fields.values() if inner.typed]

    def _plain_fields(self, table: Table) -> list[Field]:
        """Return the fields that are filled in by heart: neither keys nor references, nor bound to another."""
        return [
            inner for inner in table.fields.values()
            if inner.typed and inner.name not in {table.key, "region", "rule", "from"} and not inner.hidden
            and inner.type not in {"id", "ref", "dependent_enum", "company_code"}
        ]  # fmt: skip

    def _new_key(self, table: Table, rows: dict[int, Row]) -> str | None:
        number, key = self.tokens.next(), table.key_field
        if key.type == "ref":
            return self._free(key, rows)
        return self.random.choice([f"V{number}", f"9{number:04d}"]) if key.type == "id" else f"名{number}"

    def _free(self, key: Field, rows: dict[int, Row]) -> str | None:
        """Return a key of the table referred to that no row bears yet."""
        if key.to not in self.layout.tables:
            return None
        target = self.view.tables[key.to].key
        known = [row.get(target) for row in self.rows(key.to).values()]
        # Nobody gives a key again that she has just taken from a row: nothing says which row is meant then.
        taken = [act.saw for act in self.acts if isinstance(act, Typed) and act.label == key.name]
        taken += [act.saw.get(key.name) for act in self.acts if isinstance(act, Emptied)]
        taken += [row.get(key.name) for row in rows.values()]
        free = sorted({str(one) for one in known if one} - set(map(str, taken)))
        return self.random.choice(free) if free else None

    def _new_row(self, table: Table, rows: dict[int, Row]) -> Row | None:
        """Return what somebody types into a new row: what is required, and some of what is not."""
        values: Row = {}
        for inner in table.fields.values():
            if inner.to and inner.name == table.key:
                values[inner.name] = self._free(inner, rows)
            elif inner.to:
                known = [row[inner.name] for row in rows.values() if row.get(inner.name)]
                values[inner.name] = self.random.choice(sorted(known)) if known else None
            elif inner.name == table.key and inner.type != "id" and inner.typed:
                values[inner.name] = self._new_key(table, rows)
            elif inner.required and inner.typed and inner.type != "id":
                values[inner.name] = self.value(inner, None)
        missing = [
            inner for inner in table.fields.values() if inner.required and inner.to and not values[inner.name]
        ]
        if missing:
            return None
        more = [
            inner for inner in self._plain_fields(table) if inner.name not in values and not inner.override
        ]
        for inner in self.random.sample(more, min(3, len(more))):
            values[inner.name] = self.value(inner, None)
        return {name: value for name, value in values.items() if value is not None}

    def value(self, inner: Field, saw: Any) -> Any:
        """Return a value for a field that is not what was there, as it is typed and as it is kept."""
        number = self.tokens.next()
        match inner.type:
            case "enum" | "multi_enum":
                texts = [text for text in self.view.lists[inner.list or ""].texts if text != saw]
                return self.random.choice(texts) if texts else saw
            case "rating":
                return self.random.choice([mark for mark in (1, 2, 3, 4, 5) if mark != saw])
            case "percent":
                return (number % 90 + 1) / 97
            case "integer":
                return number % 90 + 1 if number % 90 + 1 != saw else 93
            case "money" | "number" | "value":
                return number % 90 + 1 / 3
            case "date":
                return date(2022, 1, 1) + timedelta(number % 300)
            case "phone":
                return f"139{number:08d}"
            case "email":
                return f"t{number}@example.com"
            case "long_text" if inner.policy == "append" and saw:
                return f"{saw}\n记{number:03d}"
        if inner.name == "contact":
            return f"137{number:08d}"
        return f"文{number:03d}"


def rows_of(package: Package, place: TableLayout) -> dict[int, Row]:
    """Return what stands in a table's rows, by row number; the hidden id under `ROW_ID`."""
    names = {column.letter: name for name, column in place.columns.items()}
    if place.row_id is not None:
        names[place.row_id.letter] = ROW_ID
    typed = {
        name for name, column in place.columns.items() if column.field is not None and column.field.typed
    }
    found: dict[int, Row] = {}
    for cell in package.sheet(place.sheet).cells():
        name = names.get(cell.ref.rstrip("0123456789"))
        if name and cell.row >= place.first_row and cell.value not in {None, ""}:
            value = cell.value.date() if isinstance(cell.value, datetime) else cell.value
            # A formula in an overridable cell says nothing of what was typed there.
            if not (cell.formula and name in typed):
                found.setdefault(cell.row, {})[name] = value
    return {row: cells for row, cells in sorted(found.items()) if typed & cells.keys()}
