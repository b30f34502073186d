"""Shared strings: found again where plain, appended where new, never reused where rich."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbook.ooxml import Package, PartError
from crmbook.ooxml.sharedstrings import EMPTY, MAIN, SharedStrings
from tests.ooxml import handmade

TEXTS = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00\ufffe\uffff"), max_size=30
)


def strings(items="", attributes=' count="3" uniqueCount="3"'):
    return SharedStrings(
        f'<sst xmlns="{MAIN.decode()}"{attributes}>{items}</sst>'.encode(), "xl/sharedStrings.xml"
    )


@pytest.mark.parametrize(
    ("items", "text", "index"),
    [
        ("<si><t>a</t></si><si><t>b</t></si>", "b", 1),
        ('<si><t>a</t></si><si><t xml:space="preserve">b</t></si>', "b", 1),
        ('<si><t xml:space="preserve"> b</t></si>', " b", 0),
        ("<si><t>b</t></si><si><t>b</t></si>", "b", 0),
        ("<si><r><t>b</t></r></si>", "b", 1),
        ('<si><t>b</t><rPh sb="0" eb="1"><t>x</t></rPh></si>', "b", 1),
        ("<si/><si><t>b</t></si>", "b", 1),
        ("<si><t>a &lt; b</t></si>", "a < b", 0),
        ("<si><t><![CDATA[b]]></t></si>", "b", 0),
        ("", "b", 0),
    ],
)
def test_lookup(items, text, index):
    table = strings(items)
    assert table.index(text) == index
    assert table.index(text) == index
    assert table.text(index) == text


def test_nothing_new_nothing_changed():
    table = strings("<si><t>a</t></si>")
    before = table.content()
    table.index("a")
    assert not table.is_changed
    assert table.content() == before


def test_appending_keeps_what_stood_there():
    table = strings("<si><t>a</t></si><!-- note --><si><r><t>b</t></r></si>\n")
    table.index("c")
    table.uses(2)
    assert table.content().decode() == (
        f'<sst xmlns="{MAIN.decode()}" count="5" uniqueCount="4"><si><t>a</t></si><!-- note --><si><r><t>b</t></r></si>\n'
        "<si><t>c</t></si></sst>"
    )


def test_counts_that_are_not_stated_stay_so():
    table = strings("<si><t>a</t></si>", "")
    table.index("c")
    assert b"ount" not in table.content()


@pytest.mark.parametrize(
    "root",
    [
        "<x:sst xmlns:x='m'></x:sst>",
        "<x:sst xmlns:x='m'/>",
        "<x:sst xmlns:x='m'><x:si><x:t>a</x:t></x:si></x:sst>",
    ],
)
def test_prefixed(root):
    table = SharedStrings(root.encode(), "p")
    number = table.index("new")
    again = SharedStrings(table.content(), "p")
    assert again.text(number) == "new"
    assert b"<x:si><x:t>new</x:t></x:si></x:sst>" in table.content()


def test_ready_items():
    table = SharedStrings(EMPTY, "p")
    assert table.index("a") == 0
    assert table.extend(b"<si><t>b</t></si><si><t>c</t></si>", 2) == 1
    assert table.index("d") == 3
    assert len(table) == 4
    again = SharedStrings(table.content(), "p")
    assert [again.text(index) for index in range(4)] == list("abcd")


@pytest.mark.parametrize("data", ["<sst><si><t>a</t></sst>", "<other/>", "", "<sst><si>"])
def test_malformed(data):
    with pytest.raises(PartError):
        SharedStrings(data.encode(), "p").index("new")


@pytest.mark.parametrize("index", [-1, 1, 99])
def test_index_that_does_not_exist(index):
    with pytest.raises(IndexError):
        strings("<si><t>a</t></si>").text(index)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(TEXTS, max_size=8))
def test_texts_survive(texts):
    table = strings("<si><t>a</t></si>")
    numbers = [table.index(text) for text in texts]
    assert len(set(numbers)) == len(set(texts))
    again = SharedStrings(table.content(), "p")
    assert [again.text(number) for number in numbers] == texts
    assert [again.index(text) for text in texts] == numbers


def test_part_is_made_with_type_and_relationship():
    package = Package.open(handmade.workbook(handmade.sheet("")))
    package.sheet("S1").set("A1", "王芳")
    data = package.to_bytes()
    assert 'count="1" uniqueCount="1"' in handmade.member(data, "xl/sharedStrings.xml")
    assert 'Target="sharedStrings.xml"' in handmade.member(data, "xl/_rels/workbook.xml.rels")
    assert "/xl/sharedStrings.xml" in handmade.member(data, "[Content_Types].xml")
    assert Package.open(data).sheet("S1").cell("A1").value == "王芳"


def test_reading_makes_no_part():
    data = handmade.workbook(handmade.sheet('<row r="1"><c r="A1" t="s"><v>0</v></c></row>'))
    package = Package.open(data)
    assert package.sheet("S1").cell("A1").kind == "error"
    assert package.to_bytes() == data


def test_uses_are_counted():
    rows = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>1</v></c></row>'
    package = Package.open(handmade.workbook(handmade.sheet(rows), strings=["<si><t>a</t></si>"]))
    sheet = package.sheet("S1")
    sheet.set("A1", 1)
    sheet.set("B1", "b")
    sheet.set("C1", "b")
    assert 'count="2" uniqueCount="2"' in handmade.member(package.to_bytes(), "xl/sharedStrings.xml")


SHARED = "<si><t>a</t></si><si><r><t>b</t></r></si><si/><si><t>c</t></si>"


def test_texts_that_no_cell_shows_are_emptied_where_they_stand():
    table = strings(SHARED)
    table.blank({0})
    assert table.is_changed
    assert table.content().decode() == (
        f'<sst xmlns="{MAIN.decode()}" count="3" uniqueCount="3"><si><t>a</t></si>{"<si><t/></si>" * 3}</sst>'
    )
    assert [table.text(index) for index in range(4)] == ["a", "", "", ""]
    assert table.index("c") == 4


@pytest.mark.parametrize(
    "items", ["<si><t>a</t></si><!-- <si> --><si><t>b</t></si>", "<si><t><![CDATA[a]]></t></si>"]
)
def test_oddly_written_texts_stay(items):
    table = strings(items)
    table.blank(())
    assert not table.is_changed


@pytest.mark.parametrize(
    ("cells", "kept"),
    [
        ('<c r="A1" t="s"><v>1</v></c>', ["", "b", ""]),
        ("<c t='s' r='A1' s='0'><v> 1 </v></c><c r='B1'><v>2</v></c>", ["", "b", ""]),
        ('<c r="A1" t="s"><f>B1</f><v>1</v></c>', ["a", "b", "c"]),  # nobody knows what such a cell shows
        ('<c r="A1" t="s"/>', ["", "", ""]),
        ("", ["", "", ""]),
    ],
)
def test_what_cells_show_stays(cells, kept):
    items = ["<si><t>a</t></si>", "<si><t>b</t></si>", "<si><t>c</t></si>"]
    rows = f'<row r="1">{cells}</row>'
    package = Package.open(handmade.workbook(handmade.sheet(rows), strings=items))
    package.drop_unused_texts()
    again = Package.open(package.to_bytes())
    assert [again.shared_text(index) for index in range(3)] == kept
