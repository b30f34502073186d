"""Another accent and font in a filled workbook: what is crmbook's gets them, what a person made otherwise stays."""

import io
import re
from datetime import date
from zipfile import ZipFile

import openpyxl
import pytest
from openpyxl.cell.cell import MergedCell

from crmbook.build.build import build_workbook
from crmbook.build.identity import Stamp
from crmbook.migrate import SchemaChangeKind, describe_schema, migrate_workbook, plan
from crmbook.ooxml import Package
from tests.migrate.filled import SHEET, carried, filled, nothing_left, old_shop, own_things_kept, shop
from tests.office import recalculate
from tests.ooxml_lint import lint

ACCENT, FONT = "AA2200", "黑体"
GUIDE = "使用说明"
STYLES, CHART = "xl/styles.xml", "xl/charts/chart1.xml"
OWN_LOOKS = {
    "bold": (b'<font><b/><sz val="10"/><color theme="1"/><name val="%s"/></font>', b""),
    "yellow": (b'<font><sz val="10"/><color theme="1"/><name val="%s"/></font>', b"FFFFFF00"),
    "ours, but as a title": (b'<font><sz val="20"/><color rgb="FF%s"/><name val="Arial"/></font>', b""),
}


def themed(accent=ACCENT, font=FONT):
    return shop(
        {
            "templates/mine.yaml": f"template: standard\ntheme: {{accent: '#{accent}', font: {{zh: {font}, en: Arial}}}}\n"
        }
    )


def parts(data):
    with ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def looks(data, *, numbers=True):
    """Return how every cell looks, by sheet and place."""
    found = {}
    for sheet in openpyxl.load_workbook(io.BytesIO(data)):
        for row in sheet.iter_rows():
            for cell in (one for one in row if one.has_style and not isinstance(one, MergedCell)):
                font, sides = cell.font, cell.border
                found[sheet.title, cell.coordinate] = (
                    font.name, font.sz, bool(font.b), font.color.rgb if font.color else None, cell.fill.fgColor.rgb,
                    [(side.style, side.color.rgb if side.color else None) for side in (sides.top, sides.bottom)],
                    cell.alignment.horizontal, cell.number_format if numbers else "",
                )  # fmt: skip
    return found


def carry(data, new, old=None):
    migration = plan(describe_schema(old or old_shop()), new)
    assert [change.kind for change in migration.changes] == [SchemaChangeKind.THEME_CHANGED]
    return carried(data, migration)[0], migration


def with_look(data, ref, font, fill=b""):
    """Give a cell of the customers a format that is a person's own."""
    package = Package.open(data)
    styles = package.parts.read(STYLES)

    def add(holder, item):
        nonlocal styles
        found = re.search(rb"<%s count=\"(\d+)\"" % holder, styles)
        number = int(found[1])
        styles = styles.replace(found[0], b'<%s count="%d"' % (holder, number + 1), 1)
        styles = styles.replace(b"</%s>" % holder, item + b"</%s>" % holder, 1)
        return number

    at = add(b"fonts", font)
    paint = (
        add(
            b"fills",
            b'<fill><patternFill patternType="solid"><fgColor rgb="%s"/></patternFill></fill>' % fill,
        )
        if fill
        else 0
    )
    style = add(b"cellXfs", b'<xf numFmtId="0" fontId="%d" fillId="%d" borderId="0" xfId="0"/>' % (at, paint))
    package.replace_part(STYLES, styles)
    package = Package.open(package.to_bytes())
    sheet = package.sheet(SHEET)
    sheet.set(ref, sheet.cell(ref).value, style=style)
    return package.to_bytes()


def test_a_filled_workbook_looks_as_one_that_is_built_with_the_new_theme():
    new = themed()
    carried_over, migration = carry(filled(), new)
    built = looks(build_workbook(new, {}, date(2024, 3, 1), Stamp("b", "w")).data, numbers=False)
    found = looks(carried_over, numbers=False)
    headers = {key: look for key, look in found.items() if key[0] == GUIDE or key[1] in {"A1", "B1", "A2"}}
    same = {key for key in headers if key in built and built[key] == headers[key]}
    assert same == headers.keys() & built.keys()
    assert {f"FF{ACCENT}"} <= {look[4] for look in headers.values()}
    assert FONT in {look[0] for look in headers.values()}
    own_things_kept(carried_over)
    nothing_left(carried_over, migration)


def test_only_formats_the_tab_and_the_chart_are_written_anew():
    carried_over, _ = carry(filled(), themed())
    before, after = parts(filled()), parts(carried_over)
    changed = {name for name in before if before[name] != after[name]}
    assert STYLES in changed
    assert CHART in changed
    accent = re.search(rb'tabColor rgb="FF(\w{6})"', before["xl/worksheets/sheet1.xml"])[1]
    for name in {one for one in changed if one.startswith(("xl/worksheets/", "xl/charts/"))}:
        assert after[name].replace(ACCENT.encode(), accent) == before[name]
    assert accent not in after[CHART]


def test_values_rows_and_number_formats_stay():
    carried_over, _ = carry(filled(), themed())
    before, after = looks(filled()), looks(carried_over)
    assert {key: after[key][-1] for key in before} == {key: look[-1] for key, look in before.items()}


@pytest.mark.parametrize("name", OWN_LOOKS)
def test_a_look_of_a_persons_own_stays(name):
    font, fill = OWN_LOOKS[name]
    accent = re.search(rb'tabColor rgb="FF(\w{6})"', parts(filled())["xl/worksheets/sheet1.xml"])[1]
    name = accent if b"FF%s" in font else b"Microsoft YaHei"
    data = with_look(filled(), "A3", font % name, fill)
    carried_over, _ = carry(data, themed())
    assert looks(carried_over)[SHEET, "A3"] == looks(data)[SHEET, "A3"]
    assert looks(carried_over)[SHEET, "A2"] != looks(data)[SHEET, "A2"]


def test_a_number_format_of_a_persons_own_takes_the_new_font_with_it():
    package = Package.open(filled())
    own = b'formatCode="yyyy/m/d aaaa"'
    styles = package.parts.read(STYLES)
    assert b'formatCode="yyyy-mm-dd"' in styles
    package.replace_part(STYLES, styles.replace(b'formatCode="yyyy-mm-dd"', own))
    carried_over, _ = carry(package.to_bytes(), themed())
    found = [look for look in looks(carried_over).values() if look[-1] == "yyyy/m/d aaaa"]
    assert found
    assert {look[0] for look in found} == {FONT}


def test_a_tab_and_a_chart_that_a_person_coloured_stay():
    package = Package.open(filled())
    accent = re.search(rb'tabColor rgb="FF(\w{6})"', package.parts.read("xl/worksheets/sheet1.xml"))[1]
    for name, old, new in (
        ("xl/worksheets/sheet1.xml", b'tabColor rgb="FF%s"' % accent, b'tabColor rgb="FF123456"'),
        (CHART, b'srgbClr val="%s"' % accent, b'srgbClr val="654321"'),
    ):
        content = package.parts.read(name)
        assert old in content
        package.replace_part(name, content.replace(old, new))
    carried_over, _ = carry(package.to_bytes(), themed())
    after = parts(carried_over)
    assert b'tabColor rgb="FF123456"' in after["xl/worksheets/sheet1.xml"]
    assert b'srgbClr val="654321"' in after[CHART]
    assert ACCENT.encode() not in after[CHART]


def test_a_chart_about_something_else_keeps_its_colours():
    package = Package.open(filled())
    content = package.parts.read(CHART)
    named = re.search(rb"<c:tx><c:strRef><c:f>([^<]*)</c:f>", content)[1]
    package.replace_part(CHART, content.replace(named, f"{SHEET}!$A$2".encode()))
    data = package.to_bytes()
    carried_over, _ = carry(data, themed())
    assert parts(carried_over)[CHART] == parts(data)[CHART]


def test_there_and_back_looks_as_before():
    there, _ = carry(filled(), themed())
    back, _ = carry(there, old_shop(), themed())
    before, after = looks(filled()), looks(back)
    assert {key: after[key] for key in before} == before


def test_a_look_that_the_old_theme_shared_with_something_else_is_left():
    """The grey of computed headers as accent: nobody can tell any more which of both a header was."""
    grey = themed("64748B", FONT)
    data, _ = carry(filled(), grey)
    carried_over, _ = carry(data, themed(), grey)
    assert lint(carried_over) == []
    assert looks(carried_over)[SHEET, "A2"] == looks(data)[SHEET, "A2"]


def test_a_font_of_a_persons_own_stays_in_the_new_colour():
    package = Package.open(filled())
    styles = package.parts.read(STYLES)
    package.replace_part(STYLES, styles.replace(b'val="Microsoft YaHei"', b'val="KaiTi"'))
    carried_over, _ = carry(package.to_bytes(), themed())
    found = looks(carried_over)
    assert {look[0] for look in found.values()} == {"KaiTi"}
    assert found[SHEET, "B1"][4] == f"FF{ACCENT}"


@pytest.mark.office
@pytest.mark.slow
def test_a_workbook_that_libreoffice_saved_gets_the_theme_too(tmp_path):
    path = tmp_path / "book.xlsx"
    path.write_bytes(filled())
    [saved] = recalculate(path, out_dir=tmp_path / "out")
    before, package = looks(saved.read_bytes()), Package.open(saved)
    migrate_workbook(plan(describe_schema(old_shop()), themed()), package)
    found = looks(package.to_bytes())
    assert found[SHEET, "B1"][4] == f"FF{ACCENT}"
    fonts = {key: look[0] for key, look in before.items()}
    assert {found[key][0] for key, font in fonts.items() if font == "Microsoft YaHei"} == {FONT}
    others = {key: font for key, font in fonts.items() if font != "Microsoft YaHei"}
    assert {key: found[key][0] for key in others} == others
