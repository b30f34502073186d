"""The order of child elements: most types of SpreadsheetML are sequences, and Excel repairs what stands elsewhere.

The lists follow CT_Workbook (§18.2.27), CT_Worksheet (§18.3.1.99), CT_Stylesheet (§18.8.39) and CT_Table
(§18.5.1.2) of ECMA-376 part 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ooxml_lint.defect import Defect

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def _words(text: str) -> list[str]:
    return text.split()


WORKBOOK = _words(
    """
    fileVersion fileSharing workbookPr workbookProtection bookViews sheets functionGroups externalReferences
    definedNames calcPr oleSize customWorkbookViews pivotCaches smartTagPr smartTagTypes webPublishing
    fileRecoveryPr webPublishObjects extLst
    """
)
WORKSHEET = _words(
    """
    sheetPr dimension sheetViews sheetFormatPr cols sheetData sheetCalcPr sheetProtection protectedRanges
    scenarios autoFilter sortState dataConsolidate customSheetViews mergeCells phoneticPr
    conditionalFormatting dataValidations hyperlinks printOptions pageMargins pageSetup headerFooter
    rowBreaks colBreaks customProperties cellWatches ignoredErrors smartTags drawing legacyDrawing
    legacyDrawingHF drawingHF picture oleObjects controls webPublishItems tableParts extLst
    """
)
STYLES = _words(
    """
    numFmts fonts fills borders cellStyleXfs cellXfs cellStyles dxfs tableStyles colors extLst
    """
)
TABLE = _words(
    """
    autoFilter sortState tableColumns tableStyleInfo extLst
    """
)
REPEATED = {"conditionalFormatting", "fileRecoveryPr"}


def check_order(part: str, order: list[str], children: Iterable[str]) -> Iterator[Defect]:
    """Check the names of the children of one element against the sequence of its type."""
    last = -1
    for name in children:
        if name.startswith("{"):
            continue  # extensions of other namespaces stand where mc:AlternateContent allows them
        if name not in order:
            yield Defect("lint.element-unknown", part, name)
            continue
        position = order.index(name)
        if position < last:
            yield Defect("lint.element-order", part, name, {"after": order[last]})
        elif position == last and name not in REPEATED:
            yield Defect("lint.element-repeated", part, name)
        last = max(last, position)
