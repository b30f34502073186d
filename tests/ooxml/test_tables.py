"""Tables: found with their columns, grown with all that covers them."""

import datetime as dt
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbook.ooxml import EditError, Formula, Package, PartError
from crmbook.ooxml.newtable import add_table
from crmbook.ooxml.refs import Area
from tests.ooxml import handmade
from tests.ooxml.handmade import first_sheet, member, sheet

HEADER = '<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c><c r="B1" t="inlineStr"><is><t>when</t></is></c></row>'
TWO_ROWS = HEADER + (
    '<row r="2"><c r="A2"><v>1</v></c><c r="B2" s="1"><v>45000</v></c></row>'
    '<row r="3"><c r="A3"><v>2</v></c><c r="B3" s="1"><v>45001</v></c></row>'
)


def opened(rows=TWO_ROWS, ref="A1:B3", after="", attributes="", more=(), **options):
    tables = [handmade.table(ref, ["id", "when"], attributes=attributes), *more]
    return Package.open(handmade.workbook(sheet(rows, after=after), tables=tables, **options))


def refused(code, package, rows):
    with pytest.raises(EditError) as caught:
        package.append_rows("T", rows)
    assert caught.value.code == code
    return caught.value


def test_tables_are_listed():
    (table,) = opened(attributes=' totalsRowCount="1"').tables
    assert (table.display_name, table.sheet, table.ref, table.columns) == ("T", "S1", "A1:B3", ("id", "when"))
    assert (table.header_rows, table.totals_rows) == (1, 1)


@pytest.mark.parametrize(
    ("written", "read"), [("a&#10;b", "a\nb"), ("a_x000a_b", "a\nb"), ("a&amp;b", "a&b"), ("'a", "'a")]
)
def test_column_names_are_decoded(written, read):
    package = Package.open(handmade.workbook(sheet(HEADER), tables=[handmade.table("A1:A2", [written])]))
    assert package.table("t").columns == (read,)


def test_rows_are_added_below():
    package = opened()
    package.append_rows("T", [[3, dt.date(2023, 3, 17)], [Formula("A4+1", 4), None]])
    data = package.to_bytes()
    text = first_sheet(data)
    assert '<row r="4"><c r="A4"><v>3</v></c><c r="B4" s="1"><v>45002</v></c></row>' in text
    assert '<row r="5"><c r="A5"><f>A4+1</f><v>4</v></c><c r="B5" s="1"/></row>' in text
    assert member(data, "xl/tables/table1.xml").count('ref="A1:B5"') == 2
    assert package.table("T").ref == "A1:B5"


def test_rows_are_added_again_and_again():
    package = opened()
    for number in range(3, 8):
        package.append_rows("T", [[number]])
    assert package.table("T").ref == "A1:B8"
    assert [cell.value for cell in package.sheet("S1").cells(columns={1})][1:] == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("row", ["", '<row r="2"/>', '<row r="2"><c r="A2" s="3"/><c r="B2" s="1"/></row>'])
def test_the_one_empty_row_is_filled(row):
    package = opened(HEADER + row, "A1:B2")
    package.append_rows("T", [[7], [8]])
    assert package.table("T").ref == "A1:B3"
    assert package.sheet("S1").cell("A2").value == 7


def test_nothing_to_add():
    package = opened()
    data = package.to_bytes()
    package.append_rows("T", [])
    assert package.to_bytes() == data


AFTER = (
    '<conditionalFormatting sqref="A2:A3 D1:D9"><cfRule type="expression" priority="1"><formula>A2=1</formula></cfRule>'
    '</conditionalFormatting><dataValidations count="3"><dataValidation type="whole" sqref="B2:B3"><formula1>1</formula1>'
    '</dataValidation><dataValidation sqref="B2:B2"/><dataValidation sqref="B2:B1000"/></dataValidations>'
    '<ignoredErrors><ignoredError sqref="A1:B3" numberStoredAsText="1"/></ignoredErrors>'
    '<extLst><ext xmlns:x14="m"><x14:dataValidations xmlns:xm="n"><x14:dataValidation><xm:sqref>A2:A3</xm:sqref>'
    "</x14:dataValidation></x14:dataValidations></ext></extLst>"
)


def test_what_covers_the_columns_grows_along():
    package = opened(after=AFTER)
    package.append_rows("T", [[3], [4]])
    text = first_sheet(package.to_bytes())
    for longer in ('"A2:A5 D1:D9"', '"B2:B5"', '"B2:B2"', '"B2:B1000"', '"A1:B5"', ">A2:A5<"):
        assert longer in text


@pytest.mark.parametrize(
    ("below", "after", "ref"),
    [
        ('<row r="4"><c r="B4"><v>1</v></c></row>', "", "B4"),
        ('<row r="5"><c r="A5"><f>1</f></c></row>', "", "A5"),
        ("", '<mergeCells count="1"><mergeCell ref="B5:D6"/></mergeCells>', "B5"),
    ],
)
def test_nothing_below_is_overwritten(below, after, ref):
    assert (
        refused("ooxml.rows-in-the-way", opened(TWO_ROWS + below, after=after), [[1], [2]]).params["ref"]
        == ref
    )


def test_what_stands_beside_does_not_matter():
    package = opened(TWO_ROWS + '<row r="4"><c r="C4"><v>9</v></c></row>')
    package.append_rows("T", [[3]])
    assert package.sheet("S1").cell("C4").value == 9
    assert package.sheet("S1").cell("A4").value == 3


def test_another_table_below():
    other = handmade.table("B5:C6", ["x", "y"], name="U", number=2)
    refused("ooxml.rows-in-the-way", opened(more=[other]), [[1], [2]])


@pytest.mark.parametrize(
    ("options", "rows", "code"),
    [
        ({"attributes": ' totalsRowCount="1"'}, [[1]], "ooxml.table-has-totals"),
        ({}, [[1, 2, 3]], "ooxml.row-too-wide"),
        ({}, [[float("nan")]], "ooxml.not-finite"),
        ({"ref": "A1:B1048576"}, [[1]], "ooxml.sheet-full"),
    ],
)
def test_refused(options, rows, code):
    package = opened(**options)
    data = package.to_bytes()
    refused(code, package, rows)
    assert package.to_bytes() == data


@pytest.mark.parametrize(
    ("name", "ref", "code"),
    [
        ("T", "D1:E3", "ooxml.table-twice"),
        ("t", "D1:E3", "ooxml.table-twice"),
        ("U", "B3:C6", "ooxml.tables-overlap"),
        ("U", "A1:B3", "ooxml.tables-overlap"),
        ("U", "A4:B5", None),
        ("U", "C1:D3", None),
    ],
)
def test_two_tables_of_one_name_or_over_one_cell_are_refused(name, ref, code):
    package = opened(more=[handmade.table(ref, ["x", "y"], name=name, number=2)])
    if code is None:
        assert len(package.tables) == 2
        return
    with pytest.raises(PartError) as caught:
        _ = package.tables
    assert caught.value.code == code
    with pytest.raises(PartError):
        package.sheet("S1").set("H9", 1)


@pytest.mark.parametrize(("name", "area"), [("T", Area(8, 1, 9, 2)), ("U", Area(2, 2, 4, 3))])
def test_no_edit_writes_two_tables_of_one_name_or_over_one_cell(name, area, tmp_path):
    package = opened()
    add_table(package, "S1", name, area, ["x", "y"])
    with pytest.raises(PartError):
        package.to_bytes()
    with pytest.raises(PartError):
        package.save(tmp_path / "a.xlsx")
    assert not (tmp_path / "a.xlsx").exists()


AREAS = st.builds(
    lambda top, left, height, width: Area(top, left, top + height, left + width),
    *[st.integers(1, 9), st.integers(1, 9), st.integers(1, 4), st.integers(0, 3)],
)


@given(st.lists(AREAS, max_size=6))
def test_tables_are_refused_exactly_when_two_share_a_cell(areas):
    package = opened(ref="Z1:AA2", more=[
        handmade.table(str(area), ["x"], name=f"U{number}", number=number) for number, area in enumerate(areas, 2)
    ])  # fmt: skip
    if any(one.meets(other) for one, other in combinations(areas, 2)):
        with pytest.raises(PartError):
            _ = package.tables
    else:
        assert len(package.tables) == len(areas) + 1
