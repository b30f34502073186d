"""Custom properties: read in every type, set in place, the part made where there is none."""

import io

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbook.ooxml import EditError, Package
from tests.ooxml import handmade
from tests.ooxml.handmade import member, sheet

VT = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
VALUES = st.one_of(
    st.booleans(),
    st.integers(-(2**62), 2**62),
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda value: not value.is_integer()),
    st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00\ufffe\uffff"), max_size=30),
)


def opened(content=None):
    parts = handmade.parts(sheet(""))
    if content is not None:
        kind = f"{handmade.RELATIONSHIPS}/custom-properties"
        link = f'<Relationship Id="rId9" Type="{kind}" Target="docProps/custom.xml"/>'
        parts["_rels/.rels"] = parts["_rels/.rels"].replace("</Relationships>", link + "</Relationships>")
        parts["docProps/custom.xml"] = content
    return Package.open(handmade.zipped(parts))


def stored(inner, name="p"):
    return f'<Properties xmlns="c" xmlns:vt="{VT}"><property fmtid="f" pid="2" name="{name}">{inner}</property></Properties>'


def test_none():
    assert opened().properties == {}


@pytest.mark.parametrize(
    ("inner", "value"),
    [
        ("<vt:lpwstr>a&amp;b</vt:lpwstr>", "a&b"),
        ("<vt:lpwstr/>", ""),
        ("<vt:i4>-7</vt:i4>", -7),
        ("<vt:r8>0.5</vt:r8>", 0.5),
        ("<vt:bool>true</vt:bool>", True),
        ("<vt:bool>0</vt:bool>", False),
        ("<vt:i4>odd</vt:i4>", "odd"),
        ("<vt:filetime>2024-01-01T00:00:00Z</vt:filetime>", "2024-01-01T00:00:00Z"),
        ("", ""),
    ],
)
def test_reading(inner, value):
    assert opened(stored(inner)).properties == {"p": value}


def test_the_part_is_made():
    package = opened()
    package.set_property("book", "甲")
    package.set_property("export", 7)
    data = package.to_bytes()
    assert "docProps/custom.xml" in member(data, "_rels/.rels")
    assert "custom-properties+xml" in member(data, "[Content_Types].xml")
    assert 'pid="2" name="book"' in member(data, "docProps/custom.xml")
    assert 'pid="3" name="export"' in member(data, "docProps/custom.xml")
    found = openpyxl.load_workbook(io.BytesIO(data)).custom_doc_props
    assert {item.name: item.value for item in found.props} == {"book": "甲", "export": 7}


def test_setting_keeps_number_and_others():
    before = stored("<vt:i4>1</vt:i4>").replace(
        "</Properties>", '<property fmtid="f" pid="9" name="q"><vt:i4>2</vt:i4></property></Properties>'
    )
    package = opened(before)
    package.set_property("p", "x")
    package.set_property("r", True)
    text = member(package.to_bytes(), "docProps/custom.xml")
    assert 'pid="2" name="p"><vt:lpwstr>x</vt:lpwstr>' in text
    assert '<property fmtid="f" pid="9" name="q"><vt:i4>2</vt:i4></property>' in text
    assert 'pid="10" name="r"><vt:bool>true</vt:bool>' in text


def test_the_same_value_changes_nothing():
    package = opened(stored("<vt:lpwstr>x</vt:lpwstr>"))
    data = package.to_bytes()
    package.set_property("p", "x")
    assert package.to_bytes() == data


def test_empty_root_is_opened():
    package = opened(f'<Properties xmlns="c" xmlns:v="{VT}"/>')
    package.set_property("p", 1.5)
    assert "<v:r8>1.5</v:r8>" in member(package.to_bytes(), "docProps/custom.xml")


@pytest.mark.parametrize("value", ["\x00", [1], None])
def test_refused(value):
    with pytest.raises(EditError):
        opened().set_property("p", value)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.dictionaries(st.text('abc<&"名 ', min_size=1, max_size=5), VALUES, max_size=5))
def test_values_survive(values):
    package = opened()
    for name, value in values.items():
        package.set_property(name, value)
    found = Package.open(package.to_bytes()).properties
    assert dict(found) == values
    assert [type(found[name]) for name in values] == [type(value) for value in values.values()]
