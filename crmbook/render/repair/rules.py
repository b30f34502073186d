"""Validations and conditional formats of one sheet: whether each still holds in its whole column, and if not, again.

A rule is in place when one that says the same covers its range in one piece; in which spelling does not matter. What
is left of a rule that an office program shortened, split or spelled anew is known by its kind, its columns and the
shape of its formula, and goes when the rule comes back whole.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Final

from crmbook.ooxml import bar_ids, drop_bars
from crmbook.read import plain, shape

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crmbook.ooxml import Area, ConditionalFormat, Package, Validation

    _Meaning = tuple[object, ...]

_COMPARING: Final = frozenset({"whole", "decimal", "date", "time", "textLength"})
_TWO_SIDED: Final = frozenset({"between", "notBetween"})
_FORMULAS: Final = frozenset({"sqref", "formula1", "formula2"})


def repair_validations(package: Package, title: str, wanted: Sequence[Validation]) -> int:
    """Put back the validations of a sheet; return how many were not in place."""
    served = _places((_meaning(one), one.areas) for one in package.validations(title))
    missing = sum(not _covers(served.get(_meaning(one), ()), one.areas) for one in wanted)
    if missing:
        package.set_validations(title, wanted)
    return missing


def _places(said: Iterable[tuple[_Meaning, frozenset[Area]]]) -> dict[_Meaning, list[Area]]:
    """Return where each meaning holds."""
    found: dict[_Meaning, list[Area]] = {}
    for meaning, areas in said:
        found.setdefault(meaning, []).extend(areas)
    return found


def _meaning(validation: Validation) -> tuple[object, ...]:
    """Return all that a validation says, leaving out what means nothing for its type."""
    said = [getattr(validation, item.name) for item in fields(validation) if item.name not in _FORMULAS]
    compares = validation.type in _COMPARING
    two_sided = compares and validation.operator in _TWO_SIDED
    first = plain(validation.formula1) if validation.type != "none" else ""
    return (*said, first, plain(validation.formula2) if two_sided else "")


def repair_formats(package: Package, title: str, wanted: Sequence[ConditionalFormat]) -> int:
    """Put back the conditional formats of a sheet; return how many were not in place.

    They come back with the ranks and colours that were left of them; where one is gone altogether, all of them are
    ranked anew among the ranks they have, so that they keep their order.
    """
    stored = package.conditional_formats(title)
    marked = _places((_look(one), one.areas) for one in stored)
    missing = [
        one
        for one in wanted
        if not _covers(marked.get(_look(one), ()), one.areas)
        or any(other.areas == one.areas and other.lacks_extension(one) for other in stored)
    ]
    if missing:
        looks = {_look(one) for one in wanted if one not in missing}
        left = {
            position: [
                number
                for number, other in enumerate(stored)
                if (_look(other) == _look(one) or _look(other) not in looks)
                and (_is_left(one, other) or _is_spread(one, other))
            ]
            for position, one in enumerate(wanted)
        }
        is_lost = any(not left[position] for position in left)
        chosen = [position for position in left if is_lost or wanted[position] in missing]
        going = {number for position in chosen for number in left[position]}
        _take_away(package, title, going)
        formats = [
            _as_left(wanted[position], [stored[number] for number in left[position]]) for position in chosen
        ]
        ranks = _ranks(stored, going, len(chosen))
        package.set_conditional_formats(
            title, [replace(one, priority=rank) for one, rank in zip(formats, ranks, strict=True)]
        )
    return len(missing)


def _as_left(wanted: ConditionalFormat, pieces: Sequence[ConditionalFormat]) -> ConditionalFormat:
    """Return a rule with the colours that it has in the workbook."""
    if not pieces:
        return wanted
    body = pieces[0].body or wanted.body
    extension = wanted.extension if body == wanted.body else pieces[0].extension
    return replace(wanted, dxf=pieces[0].dxf or wanted.dxf, body=body, extension=extension)


def _ranks(stored: Sequence[ConditionalFormat], going: set[int], count: int) -> list[int]:
    """Return `count` ranks in ascending order: those that become free, then new ones."""
    free = sorted({rank for number in going if (rank := stored[number].priority)})
    last = max((one.priority or 0 for one in stored), default=0)
    return [*free, *range(last + 1, last + 1 + count)][:count]


def _look(rule: ConditionalFormat) -> tuple[object, ...]:
    """Return what a rule says, seen from its first cell; colours are people's to choose."""
    return (rule.attributes, bool(rule.body), rule.anchor, *map(plain, rule.formulas))


def _is_left(wanted: ConditionalFormat, stored: ConditionalFormat) -> bool:
    """Return whether a rule is what an office program left of the wanted one."""
    if dict(wanted.attributes)["type"] != dict(stored.attributes).get("type"):
        return False
    left, right = min(area.left for area in wanted.areas), max(area.right for area in wanted.areas)
    inside = all(left <= area.left and area.right <= right for area in stored.areas)
    return inside and list(map(shape, wanted.formulas)) == list(map(shape, stored.formulas))


def _is_spread(wanted: ConditionalFormat, stored: ConditionalFormat) -> bool:
    """Return whether a rule is the wanted one, spread by an office program over columns inserted to the right of it."""
    if dict(wanted.attributes)["type"] != dict(stored.attributes).get("type"):
        return False
    left = min(area.left for area in wanted.areas)
    begins = left == min((area.left for area in stored.areas), default=0)
    says = list(map(plain, wanted.formulas)) == list(map(plain, stored.formulas))
    return begins and says and _covers(stored.areas, wanted.areas)


def _take_away(package: Package, title: str, areas: set[int]) -> None:
    """Take away the rules at these positions in the order of the sheet, and ranges that are left without rules."""
    sheet, position, edits = package.sheet(title), 0, []
    lost, kept = set[str](), set[str]()
    for holder in sheet.frame.root.all("conditionalFormatting"):
        rules = holder.all("cfRule")
        going = [rule for number, rule in enumerate(rules, position) if number in areas]
        lost |= bar_ids(going)
        kept |= bar_ids(rule for rule in rules if rule not in going)
        position += len(rules)
        if going and len(going) == len(rules):
            edits.append(holder.remove())
        else:
            edits += [rule.remove() for rule in going]
    sheet.edit_frame([*edits, *drop_bars(sheet.frame, lost - kept)])


def _covers(areas: Iterable[Area], wanted: frozenset[Area]) -> bool:
    """Return whether one of the areas holds each of the wanted ones whole."""
    known = list(areas)
    return all(any(area.union(one) == area for area in known) for one in wanted)
