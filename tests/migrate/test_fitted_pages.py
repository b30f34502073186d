"""Widths, heights and hidden columns of pages that an older version wrote, as the new one gives them."""

from __future__ import annotations

import re

import pytest

from crmbook.migrate import apply_migration, describe_schema, plan
from crmbook.ooxml import Area, Package, column_width, find_column, hide_column, letters, widen_column
from crmbook.schema import layout_of
from tests.books import book_of, built
from tests.ooxml_lint import lint

FORMER = (24, 18, 46, 12, 8, 10, 22)
"""Widths that former versions gave the table that explains the fields."""
CODES = {"bands": "rule", "parameters": "parameter"}


def migrated(package, lang="zh", old=None):
    """Bring a workbook of an old schema, by default of one that is described like today's, to today's."""
    book = book_of(lang=lang)
    apply_migration(plan(old or describe_schema(book), book), package)
    data = package.to_bytes()
    assert lint(data) == []
    return Package.open(data)


def guide_of(package, lang):
    title = book_of(lang=lang).pages["dictionary"].title
    return next(one for one in package.tables if one.sheet == title)


def heights(package, sheet):
    raw = package.parts.read(package.sheet(sheet).info.part).decode()
    return {
        int(row): float(points) for row, points in re.findall(r'<row r="(\d+)"[^>]*? ht="([0-9.]+)"', raw)
    }


def drawn_formerly(lang, own_rows=()):
    """Return a workbook whose dictionary has the widths and the uneven rows of former versions."""
    package = Package.open(built(lang=lang).data)
    guide = guide_of(package, lang)
    for offset, width in enumerate(FORMER):
        widen_column(package.sheet(guide.sheet), guide.area.left + offset, width + 0.7109375)
    part = package.sheet(guide.sheet).info.part
    package.flush()
    raw = package.parts.read(part).decode()
    rows = range(guide.area.top + 1, guide.area.bottom + 1)
    for row in rows:
        raw = re.sub(rf'(<row r="{row}"[^>]*?) ht="[^"]*" customHeight="1"', r"\1", raw)
        points = 51 if row in own_rows else {0: 36.75, 1: 54}.get(row % 5)
        if points:
            raw = re.sub(rf'<row r="{row}"', rf'<row r="{row}" ht="{points}" customHeight="1"', raw)
    package.replace_part(part, raw.encode())
    return Package.open(package.to_bytes())


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_rows_of_a_filled_dictionary_get_even(lang):
    new = Package.open(built(lang=lang).data)
    guide = guide_of(new, lang)
    before = drawn_formerly(lang)
    assert heights(before, guide.sheet) != heights(new, guide.sheet)
    after = migrated(before, lang)
    assert heights(after, guide.sheet) == heights(new, guide.sheet)
    for number in range(guide.area.left, guide.area.right + 1):
        assert column_width(after.sheet(guide.sheet), number) == column_width(new.sheet(guide.sheet), number)


def test_a_height_and_a_width_that_a_person_chose_stay():
    new = Package.open(built().data)
    guide = guide_of(new, "zh")
    row, meaning = guide.area.top + 3, guide.area.left + 2
    before = drawn_formerly("zh", own_rows={row})
    widen_column(before.sheet(guide.sheet), meaning, 60)
    after = migrated(before)
    assert heights(after, guide.sheet)[row] == 51
    assert column_width(after.sheet(guide.sheet), meaning) == 60


def test_rows_that_explain_other_fields_now_have_other_heights():
    book, new = book_of(), Package.open(built().data)
    guide = guide_of(new, "zh")
    row = guide.area.bottom - 4
    before = Package.open(new.to_bytes())
    sheet = before.sheet(guide.sheet)
    sheet.set(f"{letters(guide.area.left + 2)}{row}", "很长的说明" * 30)
    sheet.set_height(row, 60)
    after = migrated(Package.open(before.to_bytes()))
    assert row not in heights(after, guide.sheet)
    assert after.sheet(guide.sheet).cell(f"{letters(guide.area.left + 2)}{row}").value in {
        field.help for table in book.tables.values() for field in table.fields.values()
    }


def with_codes(package, *, hidden):
    """Hide the codes of scoring rules in a workbook, or show them."""
    layout = layout_of(book_of())
    for table, field in CODES.items():
        place = layout.tables[table]
        hide_column(package.sheet(place.sheet), place.columns[field].index + 1, hidden=hidden)
    return Package.open(package.to_bytes())


def hidden_codes(package):
    layout = layout_of(book_of())
    return [
        find_column(
            package.sheet(layout.tables[table].sheet), layout.tables[table].columns[field].index + 1
        ).get("hidden")
        for table, field in CODES.items()
    ]


def test_codes_that_a_filled_book_shows_are_hidden_as_in_a_new_one():
    before = with_codes(Package.open(built().data), hidden=False)
    assert hidden_codes(before) == [None, None]
    old = describe_schema(book_of())
    for table in old["tables"]:
        for field in table["fields"]:
            del field["hidden"]  # which descriptions of former days do not say
    assert hidden_codes(migrated(before, old=old)) == ["1", "1"]


def test_codes_that_a_person_shows_again_stay_in_sight():
    before = with_codes(Package.open(built().data), hidden=False)
    assert hidden_codes(migrated(before)) == [None, None]


def test_a_column_that_the_schema_shows_again_is_shown():
    old = describe_schema(book_of())
    customers = next(one for one in old["tables"] if one["name"] == "customers")
    next(one for one in customers["fields"] if one["name"] == "phone")["hidden"] = True
    package = Package.open(built().data)
    place = layout_of(book_of()).tables["customers"]
    number = place.columns["phone"].index + 1
    hide_column(package.sheet(place.sheet), number)
    after = migrated(Package.open(package.to_bytes()), old=old)
    assert find_column(after.sheet(place.sheet), number).get("hidden") is None


BAR = ("evaluation", "total_score")


def without_extension(colour="FF93C5D0"):
    """Return a workbook whose bars are drawn as before Excel 2010, that of `BAR` in a colour of its own."""
    package = Package.open(built().data)
    place = layout_of(book_of()).tables[BAR[0]]
    part = package.sheet(place.sheet).info.part
    raw = package.parts.read(part).decode()
    raw = re.sub(r"<extLst>(?:(?!</extLst>).)*</extLst>", "", raw)
    letter = place.columns[BAR[1]].letter
    rule = re.search(rf'sqref="{letter}2:(?:(?!</cfRule>).)*', raw)[0]
    raw = raw.replace(rule, rule.replace("FF93C5D0", colour))
    assert "x14:" not in raw
    package.replace_part(part, raw.encode())
    return Package.open(package.to_bytes())


def bar(package):
    """Return how the extension draws the bar of `BAR`, and how often."""
    place = layout_of(book_of()).tables[BAR[0]]
    raw = package.parts.read(package.sheet(place.sheet).info.part).decode()
    letter = place.columns[BAR[1]].letter
    return re.findall(
        rf"(<x14:dataBar(?:(?!</x14:dataBar>).)*</x14:dataBar>)</x14:cfRule><xm:sqref>{letter}2:", raw
    )


def test_bars_that_fill_their_cell_from_edge_to_edge_do_so_in_a_filled_book():
    new = bar(Package.open(built().data))
    assert len(new) == 1
    assert 'minLength="0" maxLength="100"' in new[0]
    before = without_extension()
    assert bar(before) == []
    after = migrated(before)
    assert bar(after) == new
    said = str(after.sheet(layout_of(book_of()).tables[BAR[0]].sheet).frame.data)
    names = re.findall(r"<x14:id>([^<]*)</x14:id>", said)
    assert len(names) == len(set(names)) > 0
    assert sorted(names) == sorted(re.findall(r'x14:cfRule type="dataBar" id="([^"]*)"', said))
    again = migrated(Package.open(after.to_bytes()))
    assert bar(again) == new


def test_a_bar_that_a_person_coloured_is_drawn_as_it_was():
    assert bar(migrated(without_extension(colour="FFFF00FF"))) == []


LINE = Area(3, 1, 3, 1)
"""The cell in which the line above the lists of a page begins."""


def lines_of_pages(package):
    """The merged cells of each line, by the title of its page."""
    titles = [
        page.title for page in book_of().pages.values() if page.title in {one.name for one in package.sheets}
    ]
    areas = {title: package.sheet(title).merged(LINE) for title in titles}
    return {title: str(found[0]) for title, found in areas.items() if found}


def with_lines_in_one_cell(lists):
    """Return a workbook in which the lines above `lists` stand in their first cells alone."""
    package = Package.open(built().data)
    for title, area in lists.items():
        part = package.sheet(title).info.part
        raw = package.parts.read(part).decode()
        [merged] = re.findall(r"<mergeCells.*?</mergeCells>", raw)
        others = re.findall(rf'<mergeCell ref="(?!{area}")[^"]*"/>', merged)
        assert len(others) == merged.count("<mergeCell ") - 1
        rest = f'<mergeCells count="{len(others)}">{"".join(others)}</mergeCells>' if others else ""
        package.replace_part(part, raw.replace(merged, rest).encode())
    return Package.open(package.to_bytes())


def test_the_lines_above_lists_run_over_the_columns_that_new_books_give_them():
    new = Package.open(built().data)
    lists = {title: area for title, area in lines_of_pages(new).items() if title != "客户关系管理总结"}
    assert {"跟进提醒", "校验问题", "冲突处理", "评分规则"} <= lists.keys()
    old = with_lines_in_one_cell(lists)
    assert not lists.keys() & lines_of_pages(old).keys()
    texts = {title: old.sheet(title).cell("A3").value for title in lists}
    done = migrated(old)
    assert {title: area for title, area in lines_of_pages(done).items() if title in lists} == lists
    assert {title: done.sheet(title).cell("A3").value for title in lists} == texts
    for title in lists:
        assert heights(done, title).get(3) == heights(new, title).get(3), title


def test_a_line_beside_which_a_person_wrote_stays_in_its_cell():
    old = with_lines_in_one_cell({"跟进提醒": lines_of_pages(Package.open(built().data))["跟进提醒"]})
    old.sheet("跟进提醒").set("C3", "先打给王总")
    done = migrated(Package.open(old.to_bytes()))
    assert "跟进提醒" not in lines_of_pages(done)
    assert done.sheet("跟进提醒").cell("C3").value == "先打给王总"
