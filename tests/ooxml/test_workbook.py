"""The workbook part: tabs, names, calculation, in any spelling."""

import io

import openpyxl
import pytest

from crmbook.ooxml import DefinedName, Package
from tests.ooxml import handmade
from tests.ooxml.handmade import member, sheet

NAMES = '<definedNames><definedName name="a">S1!$A$1</definedName><definedName name="b" localSheetId="1" hidden="1">5</definedName></definedNames>'


def opened(more="", **options):
    return Package.open(handmade.workbook(sheet(""), sheet(""), more=more, **options))


def text_of(package):
    return member(package.to_bytes(), "xl/workbook.xml")


def test_tabs():
    parts = handmade.parts(sheet(""), sheet(""), sheet(""))
    text = (
        parts["xl/workbook.xml"]
        .replace('name="S2"', 'name="a&amp;b" state="hidden"')
        .replace('name="S3"', 'name="S3" state="veryHidden"')
    )
    package = Package.open(handmade.zipped(parts | {"xl/workbook.xml": text}))
    assert [(tab.name, tab.state, tab.index) for tab in package.sheets] == [
        ("S1", "visible", 0),
        ("a&b", "hidden", 1),
        ("S3", "veryHidden", 2),
    ]
    assert package.sheets[2].part == "xl/worksheets/sheet3.xml"


def test_defined_names():
    assert opened(NAMES).defined_names == (
        DefinedName("a", "S1!$A$1", None, False),
        DefinedName("b", "5", "S2", True),
    )


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("d", "=S1!$B$2"), DefinedName("d", "S1!$B$2", None, False)),
        (("A", "1<2"), DefinedName("A", "1<2", None, False)),
        (("a", "2", "S1"), DefinedName("a", "2", "S1", False)),
        (("b", "6", "S2", True), DefinedName("b", "6", "S2", True)),
        (("截止日期", "S1!$A$1", None, True), DefinedName("截止日期", "S1!$A$1", None, True)),
    ],
)
@pytest.mark.parametrize("more", ["", NAMES, "<definedNames/>"])
def test_defining_a_name(more, arguments, expected):
    package = opened(more)
    package.set_defined_name(*arguments)
    assert expected in package.defined_names
    text = text_of(package)
    package.set_defined_name(*arguments)
    assert text_of(package) == text
    openpyxl.load_workbook(io.BytesIO(package.to_bytes()))
    names = [(name.name.lower(), name.sheet) for name in package.defined_names]
    assert len(names) == len(set(names))


def test_other_names_keep_their_bytes():
    package = opened(NAMES)
    package.set_defined_name("a", "9")
    assert text_of(package) == text_of(opened(NAMES)).replace("S1!$A$1", "9")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", '</sheets><calcPr fullCalcOnLoad="1"/></workbook>'),
        ('<calcPr calcId="1"/>', '<calcPr calcId="1" fullCalcOnLoad="1"/>'),
        ('<calcPr fullCalcOnLoad="0"/>', '<calcPr fullCalcOnLoad="1"/>'),
        ("<definedNames/><pivotCaches/>", '<definedNames/><calcPr fullCalcOnLoad="1"/><pivotCaches/>'),
    ],
)
def test_full_calculation(more, expected):
    package = opened(more)
    package.request_full_calculation()
    text = text_of(package)
    assert expected in text
    package.request_full_calculation()
    assert text_of(package) == text


@pytest.mark.parametrize("written", ['date1904="1"', 'date1904="true"', 'date1904="0"', ""])
def test_date_system(written):
    assert opened(workbook=f"<workbookPr {written}/>").date1904 is (
        written in {'date1904="1"', 'date1904="true"'}
    )


def test_prefixed_workbook():
    parts = handmade.parts(sheet(""))
    text = parts["xl/workbook.xml"].replace("xmlns=", "xmlns:x=")
    for tag in ("workbook", "sheets", "sheet"):
        text = (
            text.replace(f"<{tag} ", f"<x:{tag} ")
            .replace(f"<{tag}>", f"<x:{tag}>")
            .replace(f"</{tag}>", f"</x:{tag}>")
        )
    package = Package.open(handmade.zipped(parts | {"xl/workbook.xml": text}))
    package.set_defined_name("a", "1")
    package.request_full_calculation()
    assert (
        '<x:definedNames><x:definedName name="a">1</x:definedName></x:definedNames><x:calcPr fullCalcOnLoad="1"/>'
        in text_of(package)
    )
    assert package.sheets[0].name == "S1"


def test_tab_that_leads_nowhere():
    parts = handmade.parts(sheet(""), sheet(""))
    del parts["xl/worksheets/sheet2.xml"]
    package = Package.open(handmade.zipped(parts))
    with pytest.raises(KeyError, match="missing-part"):
        package.sheet("S2").cell("A1")
    package.sheet("S1").set("A1", 1)
    assert Package.open(package.to_bytes()).sheet("S1").cell("A1").value == 1


def test_two_tabs_of_one_part_are_one_sheet():
    parts = handmade.parts(sheet(""), sheet(""))
    parts["xl/_rels/workbook.xml.rels"] = parts["xl/_rels/workbook.xml.rels"].replace(
        "sheet2.xml", "sheet1.xml"
    )
    package = Package.open(handmade.zipped(parts))
    package.sheet("S1").set("A1", 1)
    package.sheet("S2").set("B1", 2)
    assert [cell.value for cell in Package.open(package.to_bytes()).sheet("S1").cells()] == [1, 2]
