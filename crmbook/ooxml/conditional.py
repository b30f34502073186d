"""Conditional formats of a sheet: read, and put back where an office program dropped, shortened or split them.

``<conditionalFormatting sqref="B2:B9"><cfRule type="expression" dxfId="3" priority="2"><formula>B2&gt;5</formula>…``

A rule's look is a differential format in the styles part, identified by content and not by number. References in a
formula are relative to the first cell of the first range; two rules are the same when their formulas are, seen from
one cell. LibreOffice spells looks, bars and icons anew and adds attributes that mean nothing for a type; so only the
attributes that mean something are compared, and not the look. Rules of other people are never touched.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crmbook.ooxml.databars import add_bars, bar_ids, drop_bars, free_names, named, read_bars
from crmbook.ooxml.markup import plain, prefixed
from crmbook.ooxml.refs import parse_areas, reference
from crmbook.ooxml.schemaorder import WORKSHEET, insertion
from crmbook.ooxml.validations import remainder, written_areas
from crmbook.ooxml.xml import Edit, escape, natural, quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from crmbook.ooxml.refs import Area
    from crmbook.ooxml.sheet import Sheet
    from crmbook.ooxml.spreadsheet import Spreadsheet
    from crmbook.ooxml.xml import Document, Element

_MEANT = {
    "cellIs": {"operator"},
    "containsText": {"operator", "text"},
    "notContainsText": {"operator", "text"},
    "beginsWith": {"operator", "text"},
    "endsWith": {"operator", "text"},
    "top10": {"rank", "percent", "bottom"},
    "aboveAverage": {"aboveAverage", "equalAverage", "stdDev"},
    "timePeriod": {"timePeriod"},
}


@dataclass(frozen=True, slots=True)
class ConditionalFormat:
    """One rule over some ranges.

    Attributes
    ----------
    sqref
        The ranges, separated by spaces.
    attributes
        The rule's ``type``, ``stopIfTrue`` where set, and those that mean something for its type.
    formulas
        Its formulas, without ``=``, relative to the first cell of the first range.
    dxf
        Content of its differential format in plain form; None where it has none.
    body
        What else the rule holds (``<dataBar>…``, ``<iconSet>…``), in plain form.
    priority
        Rank among the sheet's rules, 1 first; None for the last.
    extension
        What the sheet's extension says of a data bar besides, as it is there; empty where it says nothing.
    """

    sqref: str
    attributes: frozenset[tuple[str, str]]
    formulas: tuple[str, ...] = ()
    dxf: bytes | None = None
    body: bytes = b""
    priority: int | None = None
    extension: bytes = field(default=b"", compare=False)

    @property
    def areas(self) -> frozenset[Area]:
        """The ranges as numbers."""
        return frozenset(parse_areas(self.sqref))

    @property
    def anchor(self) -> str:
        """The cell that formulas are relative to."""
        areas = parse_areas(self.sqref)
        return reference(areas[0].top, areas[0].left) if areas else "A1"

    def lacks_extension(self, wanted: ConditionalFormat) -> bool:
        """Return whether it is the wanted bar, as it was drawn before Excel 2010; another's bar lacks nothing."""
        return bool(wanted.extension and self.body == wanted.body and not self.extension)

    def is_like(self, other: ConditionalFormat) -> bool:
        """Return whether both rules say the same, whatever their ranges and looks."""
        same = self.attributes == other.attributes and bool(self.body) == bool(other.body)
        return same and self.formulas == tuple(
            _seen_from(one, other.anchor, self.anchor) for one in other.formulas
        )


@dataclass(frozen=True, slots=True)
class _Stored:
    holder: Element
    rule: Element
    format: ConditionalFormat


def read_conditional_formats(package: Spreadsheet, sheet: Sheet) -> list[ConditionalFormat]:
    """Return the rules of a sheet (those of the main part; extensions repeat or refine them)."""
    return [stored.format for stored in _stored(package, sheet.frame)]


def set_conditional_formats(package: Spreadsheet, sheet: Sheet, formats: Sequence[ConditionalFormat]) -> None:
    """Make each rule hold once, in its whole range; pieces of it that are there are taken away."""
    frame = sheet.frame
    stored = list(_stored(package, frame))
    names, bars = free_names(frame), list[tuple[str, str, bytes]]()
    free = max((one.format.priority or 0 for one in stored), default=0) + 1
    gone: set[int] = set()
    new: list[bytes] = []
    for wanted in formats:
        alike = [one for one in stored if one.format.is_like(wanted) and one.rule.start not in gone]
        if any(one.format.areas == wanted.areas and not one.format.lacks_extension(wanted) for one in alike):
            continue
        pieces = [one for one in alike if _is_piece(one.format, wanted)]
        gone |= {one.rule.start for one in pieces}
        ranks = [one.format.priority for one in pieces if one.format.priority]
        taken = {one.format.priority for one in stored}
        rank = min(ranks, default=wanted.priority if wanted.priority not in taken else None)
        name = next(names) if wanted.extension else ""
        bars += [(name, " ".join(wanted.sqref.split()), wanted.extension)] if name else []
        new.append(_element(package, frame, wanted, rank or free, name))
        free += rank is None
        new += [_leftover(frame, one, wanted) for one in pieces]
    edits = list(_removals(stored, gone))
    whole = b"".join(new)
    if whole:
        last = frame.root.all("conditionalFormatting")
        after = Edit(last[-1].end, last[-1].end, whole) if last else None
        edits.append(after or insertion(frame.root, "conditionalFormatting", whole, WORKSHEET))
    kept = bar_ids(one.rule for one in stored if one.rule.start not in gone)
    lost = bar_ids(one.rule for one in stored if one.rule.start in gone)
    sheet.edit_frame([*edits, *drop_bars(frame, lost - kept)])
    add_bars(sheet, bars)


def _stored(package: Spreadsheet, frame: Document) -> Iterator[_Stored]:
    bars = read_bars(frame)
    for holder in frame.root.all("conditionalFormatting"):
        for rule in holder.all("cfRule"):
            said = next((bars[name] for name in bar_ids([rule]) if name in bars), b"")
            yield _Stored(holder, rule, _read(package, holder, rule, said))


def _read(package: Spreadsheet, holder: Element, rule: Element, extension: bytes) -> ConditionalFormat:
    data, number = rule.document.data, natural(rule.get("dxfId"))
    others = [child for child in rule.children if child.local not in {"formula", "extLst"}]
    prefix = rule.prefix.encode()
    return ConditionalFormat(
        sqref=holder.get("sqref") or "",
        attributes=_meant(rule.attributes),
        formulas=tuple(child.text for child in rule.all("formula")),
        dxf=package.styles.differential_at(number) if number is not None else None,
        body=b"".join(plain(data[child.start : child.end], prefix, rule.document.part) for child in others),
        priority=natural(rule.get("priority")),
        extension=extension,
    )


def _meant(written: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    """Return the attributes that mean something for a rule's type."""
    kind = written.get("type", "")
    meant = {(name, written[name]) for name in _MEANT.get(kind, set()) if name in written}
    if written.get("stopIfTrue") in {"1", "true"}:
        meant.add(("stopIfTrue", "1"))
    return frozenset({("type", kind), *meant})


def _is_piece(stored: ConditionalFormat, wanted: ConditionalFormat) -> bool:
    """Return whether a rule that says the same is a piece of the wanted one; a bar or scale must lie all inside."""
    if stored.body != wanted.body:
        return not remainder(stored.areas, sorted(wanted.areas))
    return any(one.meets(other) for one in stored.areas for other in wanted.areas)


def _removals(stored: Sequence[_Stored], gone: set[int]) -> Iterator[Edit]:
    holders = {one.holder.start: one.holder for one in stored}
    for holder in holders.values():
        rules = holder.all("cfRule")
        losing = [rule for rule in rules if rule.start in gone]
        if losing and len(losing) == len(rules):
            yield holder.remove()
        else:
            yield from (rule.remove() for rule in losing)


def _leftover(frame: Document, piece: _Stored, wanted: ConditionalFormat) -> bytes:
    """Return the part of a rule that lies outside the wanted ranges, as an element of its own."""
    left = remainder(piece.format.areas, sorted(wanted.areas))
    if not left:
        return b""
    first = min(left)
    ref = reference(first.top, first.left)
    data, rule = frame.data, piece.rule
    content = data[rule.start : rule.end]
    for child, formula in zip(rule.all("formula"), piece.format.formulas, strict=True):
        moved = escape(_seen_from(formula, piece.format.anchor, ref))
        content = content.replace(data[child.inner : child.inner_end], moved, 1)
    tag = f"{frame.root.prefix}conditionalFormatting"
    return f'<{tag} sqref="{written_areas(left)}">'.encode() + content + f"</{tag}>".encode()


def _element(
    package: Spreadsheet, frame: Document, wanted: ConditionalFormat, priority: int, bar: str
) -> bytes:
    prefix = frame.root.prefix
    attributes = "".join(f' {name}="{quote(value).decode()}"' for name, value in sorted(wanted.attributes))
    if wanted.dxf is not None:
        attributes += f' dxfId="{package.differential(wanted.dxf)}"'
    formulas = "".join(
        f"<{prefix}formula>{escape(one).decode()}</{prefix}formula>" for one in wanted.formulas
    )
    tag, rule = f"{prefix}conditionalFormatting", f"{prefix}cfRule"
    opening = f'<{tag} sqref="{" ".join(wanted.sqref.split())}"><{rule}{attributes} priority="{priority}">'
    return (
        (opening + formulas).encode()
        + prefixed(wanted.body, prefix.encode())
        + (named(prefix, bar) if bar else b"")
        + f"</{rule}></{tag}>".encode()
    )


def _seen_from(formula: str, origin: str, ref: str) -> str:
    """Return a formula written for the cell `origin` as it reads in `ref`; unchanged if it cannot be moved."""
    from openpyxl.formula.translate import Translator, TranslatorError  # 0.2 s that only a repair needs

    if origin == ref:
        return formula
    try:
        return str(Translator("=" + formula, origin=origin).translate_formula(ref))[1:]
    except TranslatorError:
        return formula
