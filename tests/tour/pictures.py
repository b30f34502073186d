"""Pictures of pages: a range of cells, laid on a sheet of paper of its size, printed by LibreOffice and turned into an image.

The paper is as large as the cells are on the screen, without margins or headers, so that the picture is what somebody sees who opens the
page. A picture is a PNG of few colours, small enough to lie beside the text.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from crmbook.schema import layout_of
from tests import office
from tests.books import book_of
from tests.tour.workbook import chosen_customer

if TYPE_CHECKING:
    from collections.abc import Sequence

_DPI = 96
_COLOURS = 48


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture by its name: the page or table that it shows, and the cells."""

    name: str
    shows: str
    area: str


PICTURES = (
    Picture("start", "guide", "A1:G14"),
    Picture("reminders", "reminders", "A1:M22"),
    Picture("card", "card", "A1:M58"),
    Picture("summary", "summary", "A1:K110"),
    Picture("prospects", "prospects", "A1:L18"),
    Picture("followups", "followups", "A1:M18"),
    Picture("customers", "customers", "A1:L18"),
    Picture("tasks", "tasks", "A1:N18"),
    Picture("rules", "rules", "A1:F30"),
    Picture("dictionary", "dictionary", "A1:J17"),
    Picture("issues", "issues", "A1:J12"),
    Picture("conflicts", "conflicts", "A1:L8"),
    Picture("duplicates", "duplicates", "A1:I8"),
    Picture("bulk", "bulk", "A1:H9"),
)

_PRINT = """
def at(name):
    sheet, _, ref = document.NamedRanges.getByName(name).Content.replace("$", "").rpartition(".")
    return document.Sheets.getByName(sheet.strip("'")).getCellRangeByName(ref)
def export(cells, target):
    data = uno.Any("[]com.sun.star.beans.PropertyValue", properties(Selection=cells, ExportNotes=False))
    document.storeToURL(uno.systemPathToFileUrl(target), properties(FilterName="calc_pdf_Export", FilterData=data))
at(CHOICE).String = CHOSEN
document.calculateAll()
styles = document.StyleFamilies.getByName("PageStyles")
result = []
for title, area, target in WANTED:
    sheet = document.Sheets.getByName(title)
    cells = sheet.getCellRangeByName(area)
    style = styles.getByName(sheet.PageStyle)
    style.HeaderIsOn = style.FooterIsOn = False
    style.TopMargin = style.BottomMargin = style.LeftMargin = style.RightMargin = 0
    style.CenterHorizontally = style.CenterVertically = False
    style.IsLandscape = False
    style.ScaleToPages = style.ScaleToPagesX = style.ScaleToPagesY = 0
    style.PageScale = 100
    size = cells.Size
    style.Width, style.Height = size.Width + 100, size.Height + 100
    sheet.setPrintTitleRows(False)
    sheet.setPrintTitleColumns(False)
    sheet.setPrintAreas((cells.RangeAddress,))
    export(cells, target)
    result.append([title, size.Width, size.Height])
"""


def take_pictures(
    workbook: Path, lang: str, folder: Path, pictures: Sequence[Picture] = PICTURES
) -> list[Path]:
    """Write the pictures of a workbook into a folder."""
    book = book_of(lang=lang)
    titles = {
        **{name: table.title for name, table in book.tables.items()},
        **{name: page.title for name, page in book.pages.items()},
    }
    with TemporaryDirectory() as name:
        printed = [Path(name) / f"{picture.name}.pdf" for picture in pictures]
        wanted = [
            (titles[one.shows], one.area, str(path)) for one, path in zip(pictures, printed, strict=True)
        ]
        given: dict[str, Any] = {
            "WANTED": wanted,
            "CHOICE": layout_of(book).names["card_customer"],
            "CHOSEN": chosen_customer(lang),
        }
        head = "\n".join(f"{key} = {value!r}" for key, value in given.items())
        office.run_macro_script(workbook, f"{head}\n{_PRINT}", timeout=600)
        folder.mkdir(parents=True, exist_ok=True)
        return [_image(path, folder / f"{path.stem}.png") for path in printed]


def _image(printed: Path, target: Path) -> Path:
    """Turn a printed page into a picture of the colours that it has most of: fills stay exact, the edges of letters come near."""
    pages = office.to_png(printed, _DPI)
    with Image.open(pages[0]) as image:
        shown = np.asarray(image.convert("RGB"))
    colours, places, counts = np.unique(shown.reshape(-1, 3), axis=0, return_inverse=True, return_counts=True)
    palette = colours[np.argsort(-counts, kind="stable")[:_COLOURS]]
    far = (colours[:, None].astype(int) - palette.astype(int)) ** 2
    nearest = far.sum(axis=-1).argmin(axis=1).astype(np.uint8)
    few = Image.fromarray(nearest[places].reshape(shown.shape[:2]), "P")
    few.putpalette(palette.tobytes())
    few.save(target, optimize=True)
    return target
