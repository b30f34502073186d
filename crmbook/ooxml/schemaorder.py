"""The order in which the schema wants an element's children, so that a new child finds its place.

ISO/IEC 29500-1, annex A: CT_Workbook, CT_Worksheet, CT_Stylesheet, CT_Table. Office programs call a workbook with
children out of order damaged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.ooxml.xml import Edit, Element

_WORKBOOK = """fileVersion fileSharing workbookPr AlternateContent revisionPtr absPath workbookProtection bookViews
sheets functionGroups externalReferences definedNames calcPr oleSize customWorkbookViews pivotCaches smartTagPr
smartTagTypes webPublishing fileRecoveryPr webPublishObjects extLst"""
_WORKSHEET = """sheetPr dimension sheetViews sheetFormatPr cols sheetData sheetCalcPr sheetProtection protectedRanges
scenarios autoFilter sortState dataConsolidate customSheetViews mergeCells phoneticPr conditionalFormatting
dataValidations hyperlinks printOptions pageMargins pageSetup headerFooter rowBreaks colBreaks customProperties
cellWatches ignoredErrors smartTags drawing legacyDrawing legacyDrawingHF drawingHF picture oleObjects controls
webPublishItems tableParts extLst"""
_STYLESHEET = "numFmts fonts fills borders cellStyleXfs cellXfs cellStyles dxfs tableStyles colors extLst"
WORKBOOK = tuple(_WORKBOOK.split())
WORKSHEET = tuple(_WORKSHEET.split())
STYLESHEET = tuple(_STYLESHEET.split())
TABLE = ("autoFilter", "sortState", "tableColumns", "tableStyleInfo", "extLst")
TABLE_COLUMN = ("calculatedColumnFormula", "totalsRowFormula", "xmlColumnPr", "extLst")


def insertion(parent: Element, local: str, element: bytes, order: Sequence[str]) -> Edit:
    """Return the edit that puts a new child where the schema's `order` wants it.

    Children whose name the order does not know keep their place: the new one goes before the first child known
    to come later.
    """
    later = set(order[order.index(local) + 1 :])
    following = next((child for child in parent.children if child.local in later), None)
    return parent.insert(element, before=following)
