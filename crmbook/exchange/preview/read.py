"""An edited preview → the mapping, the layout and the decisions that it answers with.

Columns, texts and rows are known by what is beside the answer, so that people may sort and filter. What is not
changed stays exactly as it was written; what is no choice is refused with its cell.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from crmbook.base import CrmbookError, Location, describe, read_bytes
from crmbook.exchange.mapping.document import from_yaml
from crmbook.exchange.mapping.eachperson import row_number
from crmbook.exchange.mapping.splits import fitting_split
from crmbook.exchange.preview.choices import NOT_TAKEN, Words
from crmbook.exchange.preview.errors import PreviewError
from crmbook.exchange.preview.sheets import HEADER_ROW
from crmbook.ooxml import OoxmlError, Package
from crmbook.read import PREVIEW, read_sheets
from crmbook.schema import column_letters
from crmbook.values import spell, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping as Mapped
    from pathlib import Path

    from crmbook.exchange.intake.model import Decision
    from crmbook.exchange.mapping.model import ColumnRule, Mapping, Split, ValueRule
    from crmbook.exchange.sources.model import SourceLayout
    from crmbook.schema import Book

T = TypeVar("T")
_LANGUAGES: Final = ("zh", "en")
_SHOWN: Final = 12
_DIVIDED: Final[Mapped[str, Split]] = {"phone": "phones", "email": "emails"}
"""How the cells of a column are taken apart that a person sends to a field of this type."""


class Preview(NamedTuple):
    """What an edited preview says.

    Attributes
    ----------
    decisions
        By table and row of the source.
    source, digest
        The list, and what its bytes were.
    is_changed
        Whether it says anything else than it did when it was written.
    """

    mapping: Mapping
    layout: SourceLayout
    decisions: Mapped[tuple[str, int], Decision]
    source: Path
    digest: str
    is_changed: bool = True


_WRITING: Final = 2
"""Seconds that writing a preview takes; a large one that takes longer counts as saved since, and stays."""


def is_preview(path: Path) -> bool:
    """Return whether a file is a preview."""
    try:
        return f"{PREVIEW}digest" in Package.open(read_bytes(path)).properties
    except (OoxmlError, CrmbookError):
        return False


def was_saved_since(path: Path) -> bool:
    """Return whether a preview was saved after it was written: there may be more in it than answers, such as a note."""
    written = str(Package.open(read_bytes(path)).properties.get(f"{PREVIEW}written") or "")
    return not written.isdigit() or path.stat().st_mtime > int(written) + _WRITING


def read_preview(path: Path, book: Book) -> Preview:
    """Return what an edited preview says.

    Raises
    ------
    PreviewError
        ``preview.not-a-preview``, ``preview.other-book``, ``preview.source-missing``, ``preview.source-changed``,
        ``preview.no-sheet``, ``preview.no-column``, ``preview.unknown-choice``, ``preview.unknown-row``.
    """
    data = read_bytes(path)
    stamp = _properties(path, data)
    if (stamp["template"], stamp["lang"]) != (book.template, book.lang):
        raise PreviewError(
            "preview.other-book", Location(str(path)), template=stamp["template"], lang=stamp["lang"]
        )
    source = path.parent / stamp["source"]
    _check_source(source, stamp["digest"])
    sheets = {found.title: found.columns for found in read_sheets(data, "xlsx")}
    return _Answer(path, book, sheets).preview(source, stamp["digest"])


def _properties(path: Path, data: bytes) -> dict[str, str]:
    try:
        properties = Package.open(data).properties
    except OoxmlError as error:
        raise PreviewError("preview.not-a-preview", path=str(path)) from error
    names = ("source", "digest", "template", "lang")
    stamp = {name: str(properties.get(PREVIEW + name) or "") for name in names}
    if not all(stamp.values()):
        raise PreviewError("preview.not-a-preview", path=str(path))
    return stamp


def _check_source(source: Path, digest: str) -> None:
    if not source.is_file():
        raise PreviewError("preview.source-missing", path=str(source))
    if hashlib.sha256(read_bytes(source)).hexdigest() != digest:
        raise PreviewError("preview.source-changed", path=str(source))


class _Answer:
    def __init__(self, path: Path, book: Book, sheets: Mapped[str, Any]) -> None:
        self.path = path
        self.book = book
        self.sheets = sheets
        kept = self.sheet("mapping")
        text = "\n".join(spell(line) for line in kept[0]) if kept else ""
        self.mapping, self.layout = from_yaml(text, book, f"{path.name}: {self.title('mapping')}")
        fed = (rule.table for rule in self.mapping.columns if rule.table)
        self.words = Words(book, tuple(dict.fromkeys((self.mapping.table, *fed))))

    def preview(self, source: Path, digest: str) -> Preview:
        columns, values, decisions = self.columns(), self.values(), self.decisions()
        is_same = columns == tuple(self.mapping.columns) and values == tuple(self.mapping.values)
        mapping = replace(self.mapping, columns=columns, values=values)
        return Preview(mapping, self.layout, decisions, source, digest, bool(decisions) or not is_same)

    def title(self, name: str) -> str:
        return describe(f"preview.sheet-{name}", self.book.lang, {})

    def sheet(self, name: str) -> Any:
        """Return the columns of a sheet."""
        title = self.title(name)
        if title not in self.sheets:
            raise PreviewError("preview.no-sheet", Location(str(self.path)), sheet=title)
        return self.sheets[title]

    def lines(self, name: str, *labels: str) -> Iterator[tuple[int, list[tuple[str, str]]]]:
        """Yield the filled rows of a table, 1-based, with the texts of some columns and the letters of these."""
        columns = self.sheet(name)
        heads = [spell(column[HEADER_ROW]) if len(column) > HEADER_ROW else "" for column in columns]
        found = []
        for label in labels:
            header = describe(f"preview.{label}", self.book.lang, {})
            if header not in heads:
                location = Location(str(self.path), sheet=self.title(name))
                raise PreviewError("preview.no-column", location, sheet=self.title(name), column=header)
            found.append(heads.index(header))
        for row in range(HEADER_ROW + 1, len(columns[found[0]])):
            texts = [(spell(columns[location][row]), column_letters(location)) for location in found]
            if texts[0][0]:
                yield row + 1, texts

    def columns(self) -> tuple[ColumnRule, ...]:
        """Return the rules of the columns, with what was changed."""
        rules = {rule.header: rule for rule in self.mapping.columns}
        asked = ("column-header", "column-field", "column-split", "column-policy")
        for row, ((header, at), target, split, policy) in self.lines("columns", *asked):
            if header not in rules:
                raise self.wrong_row("columns", row, at, header, "column-header")
            rules[header] = self.changed(rules[header], row, target, split, policy)
        return tuple(rules.values())

    def changed(
        self,
        rule: ColumnRule,
        row: int,
        target: tuple[str, str],
        split: tuple[str, str],
        policy: tuple[str, str],
    ) -> ColumnRule:
        """Return the rule of a column as its row says."""
        if policy[0]:
            rule = replace(rule, policy=self.choice("columns", row, policy, self.words.policies))
        divided = self.choice("columns", row, split, self.words.splits) if split[0] else rule.split
        if target[0] == self.words.target(rule):
            return replace(rule, split=divided) if rule.field else rule
        table, field = self.choice("columns", row, target, self.words.targets) if target[0] else NOT_TAKEN
        if not field:
            return replace(
                rule, table=table, field="", split="", sure=1.0, is_external=bool(table) and rule.is_external
            )
        known = self.book.tables[table].fields[field]
        if divided == rule.split:  # nobody chose it for this field
            divided = fitting_split(self.book, known, divided) or _DIVIDED.get(known.type, "")
        return replace(rule, table=table, field=field, split=divided, sure=1.0, is_external=False)

    def values(self) -> tuple[ValueRule, ...]:
        """Return what becomes of the texts, with what was changed."""
        rules = {(self.words.field(rule), rule.text): rule for rule in self.mapping.values}
        known = self.entries()
        if not rules:
            return ()
        for row, ((field, at), (text, _), entry) in self.lines(
            "values", "column-list", "column-text", "column-entry"
        ):
            rule = rules.get((field, text))
            if rule is None:
                raise self.wrong_row("values", row, at, f"{field} {text}", "column-text")
            if entry[0] == self.words.value(rule):
                continue
            if entry[0] in self.words.specials:
                changed = replace(rule, action=self.words.specials[entry[0]], entry="")
            else:
                name = str(self.book.tables[rule.table].fields[rule.field].list)
                label = self.choice("values", row, entry, {text: text for text in known.get(name, ())})
                changed = replace(rule, action="use", entry=label)
            rules[field, text] = changed
        return tuple(rules.values())

    def entries(self) -> dict[str, list[str]]:
        """Return the choices by list, as they were offered."""
        found = {}
        for column in self.sheet("choices"):
            texts = [spell(cell) for cell in column]
            found[texts[0]] = [text for text in texts[1:] if text and text not in self.words.specials]
        return found

    def decisions(self) -> dict[tuple[str, int], Decision]:
        """Return what was said of rows."""
        tables = {self.book.tables[name].title: name for name in self.book.tables}
        found: dict[tuple[str, int], Decision] = {}
        for row, ((number, at), (table, _), decision) in self.lines(
            "rows", "column-row", "table", "column-decision"
        ):
            if not decision[0]:
                continue
            said = row_number(number)
            if said is None or table not in tables:
                raise self.wrong_row("rows", row, at, f"{number} {table}", "column-row")
            found[tables[table], said] = self.choice("rows", row, decision, self.words.decisions)
        return found

    def choice(self, name: str, row: int, cell: tuple[str, str], known: Mapped[str, T]) -> T:
        """Return what a cell's text means."""
        text, letter = cell
        meaning = known.get(text) or known.get(tidy(text))
        if meaning is None and text not in known:
            location = Location(str(self.path), sheet=self.title(name), cell=f"{letter}{row}")
            listed = [*list(known)[:_SHOWN], *(["…"] if len(known) > _SHOWN else [])]
            raise PreviewError("preview.unknown-choice", location, value=text, known=tuple(listed))
        return known[text] if text in known else known[tidy(text)]

    def wrong_row(self, name: str, row: int, letter: str, value: str, label: str) -> PreviewError:
        location = Location(str(self.path), sheet=self.title(name), cell=f"{letter}{row}")
        column = describe(f"preview.{label}", self.book.lang, {})
        return PreviewError("preview.unknown-row", location, value=value, column=column)
