"""Furniture: what an office program dropped is put back, what people chose stays, and nothing else is touched."""

import re
from functools import cache

import pytest

from crmbook.base.issues import catalogue
from crmbook.ooxml import Package, Validation, reference
from crmbook.read import read_workbook, target_of
from crmbook.render.repair import repair
from crmbook.schema import Layout
from tests import office
from tests.books import TEMPLATES, book_of, built, empty, saved
from tests.ooxml_lint import lint

LAYOUT = Layout(book_of())
CUSTOMERS = LAYOUT.tables["customers"]
SHEET = CUSTOMERS.sheet
_RULES = re.compile(
    rb"<conditionalFormatting.*</conditionalFormatting>|<dataValidations.*?</dataValidations>"
)
_STYLE = re.compile(rb"<tableStyleInfo[^>]*/>|<calculatedColumnFormula>.*?</calculatedColumnFormula>")


def mended(data, template="standard", lang="zh", *, full=False):
    """The bytes of a workbook after its repair, and the notes; repairing again changes nothing."""
    book = book_of(template, lang)
    package = Package.open(data)
    notes = repair(book, package, read_workbook(data, book))
    result = package.to_bytes()
    again = Package.open(result)
    assert repair(book, again, read_workbook(result, book)) == []
    assert again.to_bytes() == result
    if full:  # what an office program left wrong elsewhere is not the repair's business
        assert {str(one) for one in lint(result)} <= {str(one) for one in lint(data)}
    return result, notes


def changed(data, change):
    package = Package.open(data)
    change(package)
    return package.to_bytes()


def replaced(package, part, pattern, new=b""):
    package.replace_part(part, re.sub(pattern, new, package.parts.read(part)))


@pytest.mark.slow
def test_a_sheet_that_was_sound_is_looked_at_again_once_it_is_another():
    data = built().data
    for _ in range(2):  # the second time by what was kept
        assert mended(data)[1] == []
    for _ in range(2):
        broken = changed(
            data,
            lambda package: replaced(
                package, package.sheet(SHEET).info.part, rb"<dataValidations.*?</dataValidations>"
            ),
        )
        result, notes = mended(broken)
        assert [note.code for note in notes] == ["furniture.validations"]
        assert furniture(result) == furniture(data)


def furniture(data):
    """Everything that the repair is about, in a form in which the order of writing does not matter."""
    package = Package.open(data)
    found = {}
    for sheet in package.sheets:
        validations = {(one.sqref, one) for one in package.validations(sheet.name)}
        formats = {
            (one.sqref, one.attributes, one.formulas, bool(one.body))
            for one in package.conditional_formats(sheet.name)
        }
        errors = re.findall(rb"<ignoredError [^>]*>", package.sheet(sheet.name).tail)
        found[sheet.name] = (validations, formats, {re.sub(rb"\s+", b" ", one) for one in errors})
    for table in package.tables:
        found[table.display_name] = set(re.findall(_STYLE, package.parts.read(table.part)))
    found["names"] = {(one.name.lower(), one.formula, one.hidden) for one in package.defined_names}
    return found


def stripped(data):
    """The workbook as the worst of office programs would save it."""

    def strip(package):
        for sheet in package.sheets:
            replaced(package, sheet.part, _RULES)
            replaced(package, sheet.part, rb"<ignoredErrors>.*</ignoredErrors>")
        for table in package.tables:
            replaced(package, table.part, _STYLE)
        dropped = rb"<definedName name=\"(?:_crmbook\.[a-z_]+\.[a-z_]+|\xe5\x88\x97\xe8\xa1\xa8_[^\"]*|[^\"_]+_[^\"]*)\"[^>]*>.*?</definedName>"
        replaced(package, "xl/workbook.xml", dropped)

    return changed(data, strip)


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    ("work", "template", "lang"),
    [
        *((lambda name=name: built(template=name), name, "zh") for name in TEMPLATES),
        (lambda: empty("standard", "en"), "standard", "en"),
    ],
)
def test_intact_workbook_stays_byte_for_byte(work, template, lang):
    data, book = work().data, book_of(template, lang)
    package = Package.open(data)
    assert repair(book, package, read_workbook(data, book)) == []
    assert package.to_bytes() == data


@pytest.mark.slow
@pytest.mark.parametrize("template", ["standard", "b2b", "education"])
def test_all_that_build_makes_comes_back(template):
    original = built(template=template).data
    bare = stripped(original)
    assert furniture(bare) != furniture(original)
    result, _ = mended(bare, template, full=True)
    made, wanted = furniture(result), furniture(original)
    assert made == wanted


@pytest.mark.slow
def test_values_of_sync_get_no_formula_to_fill_down():
    original = built(mode="never").data
    assert furniture(mended(stripped(original))[0])["客户忠诚度分析"] == furniture(original)["客户忠诚度分析"]


@cache
def stored(path, template, lang):
    """A workbook as LibreOffice saves it."""
    name = f"{template}-{lang}.xlsx"
    path = saved(built(template=template, lang=lang), path, name)
    return office.recalculate(path, out_dir=path.parent / "out")[0].read_bytes()


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    return tmp_path_factory.mktemp("office")


@pytest.mark.slow
@pytest.mark.office
@pytest.mark.parametrize(("template", "lang"), [("standard", "zh"), ("retail", "en")])
def test_workbook_saved_by_libreoffice_gets_everything_back(desk, template, lang):
    original = furniture(built(template=template, lang=lang).data)
    data = stored(desk, template, lang)
    assert furniture(data) != original
    result, notes = mended(data, template, lang, full=True)
    made = furniture(result)
    assert {note.code for note in notes} == {
        f"furniture.{kind}"
        for kind in ("validations", "formats", "style", "calculated", "ignored-errors", "hidden-names")
    }
    bare = str.maketrans("", "", "'")
    for place, pieces in original.items():
        if place == "names":
            assert {(name, text.translate(bare), hidden) for name, text, hidden in made[place]} >= {
                (name, text.translate(bare), hidden)
                for name, text, hidden in pieces
                if not name.startswith("_xlnm")
            }
        elif isinstance(pieces, tuple):
            assert {one.sqref for _, one in made[place][0]} == {one.sqref for _, one in pieces[0]}, place
            assert len(made[place][1]) == len(pieces[1]), place
            assert {one[0] for one in made[place][1]} == {one[0] for one in pieces[1]}, place
        else:
            assert len(made[place]) == len(pieces), place


MOVED = """
sheet = document.Sheets.getByName("客户基本信息")
sheet.Columns.insertByIndex(2, 1)
sheet.getCellByPosition(2, 0).String = "昵称"
sheet.Columns.insertByIndex(5, 1)
column = sheet.getCellRangeByName("H1:H20")
sheet.moveRange(sheet.getCellRangeByName("F1").CellAddress, column.RangeAddress)
sheet.getCellRangeByName("B1").String = "姓名（全名）"
document.Sheets.getByName("客户交易记录").Name = "流水"
save()
"""


@pytest.mark.slow
@pytest.mark.office
def test_furniture_follows_columns_that_people_moved_and_renamed(tmp_path):
    path = saved(built(), tmp_path)
    office.run_macro_script(path, MOVED)
    data = path.read_bytes()
    found = read_workbook(data, book_of()).tables["customers"]
    assert found.columns["name"].header == "姓名（全名）"
    result, _ = mended(data, full=True)
    again = read_workbook(result, book_of()).tables["customers"]
    assert again.columns == found.columns
    package = Package.open(result)
    titles = {one.error_title or one.prompt_title: one for one in package.validations(SHEET)}
    for name, column in found.columns.items():
        title = book_of().tables["customers"].fields[name].title
        if title in titles:
            assert titles[title].sqref == f"{column.letter}2:{column.letter}1048576"
    names = {one.name: one.formula for one in package.defined_names}
    assert names["_crmbook.customers.name"].replace("'", "") == f"{SHEET}!$B$1"
    email = found.columns["email"].letter
    assert names["_crmbook.customers.email"].replace("'", "") == f"{SHEET}!${email}$1"
    assert "流水" in names["_crmbook.transactions.date"]
    formats = [one for one in package.conditional_formats(SHEET) if "SEARCH" in "".join(one.formulas)]
    assert len(formats) == 1
    assert formats[0].formulas[0].endswith(f"${found.issues.letter}2))")


class TestWhatPeopleChose:
    def test_another_table_style_stays_and_none_stays(self):
        def choose(package):
            package.set_table_style("客户交易记录", "TableStyleMedium9")
            part = package.table("客户互动记录").part
            replaced(package, part, rb' name="TableStyleLight1"')

        data = changed(built().data, choose)
        assert mended(data) == (data, [])

    def test_own_validation_beside_the_tables_stays(self):
        own = Validation("AZ2:AZ9", "whole", "1", "9", error_title="数量")

        def shorten(package):
            kept = package.validations(SHEET)
            shorter = [
                Validation("A2:A50", *(getattr(kept[0], name) for name in kept[0].__slots__[1:])),
                own,
                *kept[1:],
            ]
            replaced(package, package.sheet(SHEET).info.part, rb"<dataValidations.*</dataValidations>")
            package.set_validations(SHEET, shorter)

        result, notes = mended(changed(built().data, shorten))
        assert [(note.code, note.sheet, note.count) for note in notes] == [
            ("furniture.validations", SHEET, 1)
        ]
        assert set(Package.open(result).validations(SHEET)) == {
            *Package.open(built().data).validations(SHEET),
            own,
        }

    def test_own_rule_stays_with_its_rank(self):
        part = Package.open(built().data).sheet(SHEET).info.part
        own = (
            b'<conditionalFormatting sqref="A2:Y90"><cfRule type="expression" dxfId="3" priority="77">'
            b'<formula>$H2="\xe5\xb7\xb2\xe6\x88\x90\xe4\xba\xa4"</formula></cfRule></conditionalFormatting>'
        )

        def split(package):
            replaced(package, part, rb"</sheetData>", b"</sheetData>" + own)
            replaced(package, part, rb'sqref="H2:H1048576"', b'sqref="H2:H7 H9:H50"')

        data = changed(built().data, split)
        result, notes = mended(data)
        assert [note.code for note in notes] == ["furniture.validations", "furniture.formats"]
        before = {one.formulas: one for one in Package.open(built().data).conditional_formats(SHEET)}
        after = Package.open(result).conditional_formats(SHEET)
        assert [one.sqref for one in after if one.priority == 77] == ["A2:Y90"]
        assert {one.formulas: one for one in after if one.priority != 77} == before

    @pytest.mark.sample(1)
    @pytest.mark.parametrize("change", [b'hidden="1" width="3"', b'width="61"'])
    def test_widths_and_hidden_columns_stay(self, change):
        part = Package.open(built().data).sheet(SHEET).info.part
        data = changed(
            built().data, lambda package: replaced(package, part, rb'min="5" max="5" width="[^"]*"',
                                                   b'min="5" max="5" ' + change),
        )  # fmt: skip
        assert data != built().data
        assert mended(data) == (data, [])

    def test_own_colours_of_a_rule_stay(self):
        def recolour(package):
            replaced(package, "xl/styles.xml", rb'(<dxf>.*?rgb=")[0-9A-F]{8}', rb"\g<1>FF123456")

        data = changed(built().data, recolour)
        assert mended(data) == (data, [])

    def test_dropdown_led_to_another_sheet_stays(self):
        def lead(package):
            package.set_defined_name("列表_性别", "'客户分类管理'!$A$2:$A$9")

        data = changed(built().data, lead)
        assert mended(data) == (data, [])


class TestNames:
    @pytest.mark.sample(1)
    @pytest.mark.parametrize(
        ("name", "wrong"),
        [
            ("_crmbook.customers.phone", "'客户基本信息'!$C$1"),
            ("_crmbook.customers.phone", "#REF!"),
            ("列表_性别", "'数据字典'!#REF!"),
            ("列表_性别", "'数据字典'!$C$6:INDEX('数据字典'!$C$6:$C$2000,9)"),
            ("编号_客户基本信息", "'客户基本信息'!$B$2:INDEX('客户基本信息'!$B$2:$B$1048575,2)"),
        ],
    )
    def test_broken_and_astray_names_are_led_back(self, name, wrong):
        hidden = name.startswith("_")
        data = changed(built().data, lambda package: package.set_defined_name(name, wrong, hidden=hidden))
        result, notes = mended(data)
        assert [(note.code, note.count) for note in notes] == [("furniture.names", 1)]
        assert furniture(result)["names"] == furniture(built().data)["names"]

    @pytest.mark.slow
    @pytest.mark.parametrize("name", ["截止日期", "流失率"])
    def test_single_cell_is_found_again(self, name):
        def drop(package):
            replaced(package, "xl/workbook.xml", b'<definedName name="%b".*?</definedName>' % name.encode())

        data = changed(built().data, drop)
        assert furniture(data)["names"] != furniture(built().data)["names"]
        assert furniture(mended(data)[0])["names"] == furniture(built().data)["names"]

    def test_single_cell_is_not_guessed(self):
        """Where its label is gone too, a single cell is left without a name."""
        package = Package.open(built().data)
        spot = next(one.formula for one in package.defined_names if one.name == "截止日期").split("!")[1]
        row = int(spot.rsplit("$", 1)[1])

        def drop(package):
            replaced(
                package, "xl/workbook.xml", b'<definedName name="%b".*?</definedName>' % "截止日期".encode()
            )
            sheet = package.sheet("使用说明")
            for cell in list(sheet.cells({row}, {1, 2})):
                sheet.set(cell.ref, "别的")

        data = changed(built().data, drop)
        package = Package.open(data)
        assert repair(book_of(), package, read_workbook(data, book_of())) == []
        assert package.to_bytes() == data


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (rb'(min="38" max="38"[^>]*) hidden="1"', rb"\1"),
        (
            rb'<col min="37" max="37"[^>]*/><col min="38" max="38"[^>]*/>',
            rb'<col min="37" max="40" width="9"/>',
        ),
        (rb'<col min="38" max="38"[^>]*/>', rb""),
        (rb"<cols>.*</cols>", rb""),
    ],
)
def test_row_ids_are_hidden_again(old, new):
    assert CUSTOMERS.row_id.index == 37
    part = Package.open(built().data).sheet(SHEET).info.part
    data = changed(built().data, lambda package: replaced(package, part, old, new))
    assert data != built().data
    result, notes = mended(data)
    assert [(note.code, note.sheet) for note in notes] == [("furniture.row-ids", SHEET)]
    head = Package.open(result).sheet(SHEET).head
    assert re.search(rb'<col [^>]*min="38" max="38"[^>]*hidden="1"', head)


def test_workbook_that_lost_a_column_is_repaired_as_far_as_it_goes():
    place = LAYOUT.tables["interactions"]
    letter = place.columns["next_action"].letter

    def lose(package):
        sheet = package.sheet(place.sheet)
        replaced(package, sheet.info.part, rb"<dataValidations.*</dataValidations>")
        part = package.table(place.name).part
        replaced(package, part, "后续行动".encode(), "另一列".encode())
        package.set_defined_name("_crmbook.interactions.next_action", "#REF!", hidden=True)
        package.sheet(place.sheet).set(f"{letter}1", "另一列")

    data = changed(built().data, lose)
    assert "next_action" not in read_workbook(data, book_of()).tables["interactions"].columns
    result, notes = mended(data)
    validations = Package.open(result).validations(place.sheet)
    assert {one.sqref[0] for one in validations} == {
        column.letter for name, column in place.columns.items() if name != "next_action"
    }
    assert "furniture.validations" in {note.code for note in notes}


@pytest.mark.slow
def test_every_note_has_words_in_both_languages():
    codes = [code for code in catalogue() if code.startswith("furniture.")]
    _, notes = mended(stripped(built().data))
    assert {note.code for note in notes} <= set(codes)
    for note in notes:
        assert note.text("zh") != note.text("en")


@pytest.mark.slow
def test_a_heading_whose_time_shows_an_error_is_named_again():
    """As LibreOffice leaves it in an old Excel file: the cell of the time cannot be computed, and hidden names are gone."""
    page = "客户关系管理总结"
    names = {one.name: target_of(one) for one in Package.open(built().data).defined_names}
    headings = {name: cell for name, cell in names.items() if name.startswith("_crmbook.heading.summary.")}

    def wreck(package):
        replaced(
            package,
            "xl/workbook.xml",
            rb'<definedName name="_crmbook\.(heading|advice)[^>]*>[^<]*</definedName>',
        )
        for _, row, column in headings.values():
            ref = reference(row, column)
            cell = rb'(<c r="%s"[^>]*?) t="str"([^>]*><f>.*?</f><v>)[^<]*' % ref.encode()
            replaced(package, package.sheet(page).info.part, cell, rb'\1 t="e"\2#N/A')

    data = changed(built().data, wreck)
    result, _ = mended(data)
    found = {one.name: target_of(one) for one in Package.open(result).defined_names}
    assert {name: found.get(name) for name in headings} == headings
