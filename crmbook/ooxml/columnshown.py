"""How one column of a sheet is shown: how wide it is, and whether it is hidden.

``<cols><col min="2" max="5" width="12.7" customWidth="1" hidden="1"/></cols>``: an element speaks of a run of columns.
To change one column the run is split around it, and what else is said of the run stays said of each piece.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crmbook.ooxml.schemaorder import WORKSHEET, insertion
from crmbook.ooxml.xml import Edit, natural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.ooxml.sheet import Sheet
    from crmbook.ooxml.xml import Element

_TRUE: Final = {"1", "true"}
_USUAL_WIDTH: Final = 10


def find_column(sheet: Sheet, number: int) -> Element | None:
    """Return the element that says how a column (counted from 1) is shown; None where nothing is said of it."""
    holder = sheet.frame.root.find("cols")
    return next((one for one in holder.all("col") if number in _run(one)), None) if holder else None


def column_width(sheet: Sheet, number: int) -> float | None:
    """Return how many characters wide a column (counted from 1) is; None where nothing is said of it."""
    found = find_column(sheet, number)
    return float(found.get("width") or 0) if found is not None else None


def is_column_hidden(sheet: Sheet, number: int) -> bool:
    """Return whether a column (counted from 1) is hidden."""
    found = find_column(sheet, number)
    return found is not None and found.get("hidden") in _TRUE


def hide_column(sheet: Sheet, number: int, *, hidden: bool = True) -> bool:
    """Hide a column (counted from 1), or show it again; return whether it was otherwise."""
    if is_column_hidden(sheet, number) == hidden:
        return False
    _change(sheet, number, {"hidden": "1" if hidden else None})
    return True


def widen_column(sheet: Sheet, number: int, width: float) -> None:
    """Give a column (counted from 1) a width in characters."""
    _change(sheet, number, {"width": f"{width:.10g}", "customWidth": "1"})


def column_style(sheet: Sheet, number: int) -> int:
    """Return the cell format of a column (counted from 1), which its cells have of which nothing is stored."""
    found = find_column(sheet, number)
    return (natural(found.get("style")) or 0) if found is not None else 0


def style_column(sheet: Sheet, number: int, style: int) -> None:
    """Give a column (counted from 1) a cell format; the cells that are stored keep theirs."""
    _change(sheet, number, {"style": str(style)})


def _change(sheet: Sheet, number: int, said: dict[str, str | None]) -> None:
    root, found = sheet.frame.root, find_column(sheet, number)
    if found is not None:
        sheet.edit_frame([Edit(found.start, found.end, b"".join(_split(found, number, said)))])
        return
    attributes = "".join(f' {name}="{value}"' for name, value in ({"width": _USUAL_WIDTH} | said).items())
    element = f'<{root.prefix}col min="{number}" max="{number}"{attributes}/>'
    holder = root.find("cols")
    if holder is None:
        whole = f"<{root.prefix}cols>{element}</{root.prefix}cols>"
        sheet.edit_frame([insertion(root, "cols", whole.encode(), WORKSHEET)])
        return
    following = next((one for one in holder.all("col") if _run(one).start > number), None)
    sheet.edit_frame([holder.insert(element.encode(), before=following)])


def _run(item: Element) -> range:
    return range(natural(item.get("min")) or 0, (natural(item.get("max")) or 0) + 1)


def _split(item: Element, number: int, said: dict[str, str | None]) -> Iterator[bytes]:
    """Yield a run of columns in pieces: those before, the one that changes, those behind."""
    run = _run(item)
    for first, last in ((run.start, number - 1), (number, number), (number + 1, run.stop - 1)):
        if first <= last:
            edit = item.set(min=str(first), max=str(last), **(said if first == number else {}))
            yield edit.new + item.document.data[item.inner : item.end]
