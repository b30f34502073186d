"""What is seen of a new workbook: nothing that the program itself writes is cut, and charts count in whole numbers."""

from __future__ import annotations

import re
from datetime import date
from functools import cache

import pytest

from crmbook.build import build_workbook, load_example, wrapped_lines
from crmbook.build.theme import LOSS
from crmbook.ooxml import Area, Package, letters, reference
from crmbook.read import target_of
from crmbook.schema import heading_name, layout_of
from crmbook.sync.pipeline import sync_workbook
from tests.books import STAMP, TEMPLATES, book_of, built
from tests.formula.examples import answer

BOOKS = [(template, lang) for template in ("standard", "retail", "education") for lang in ("zh", "en")]


def text_units(text):
    """The room that a text takes: a Chinese character counts two."""
    return sum(2 if ord(sign) > 0x2E7F else 1 for sign in text)


@cache
def package(template, lang):
    return Package.open(built(template=template, lang=lang).data)


def widths(template, lang, sheet):
    """The width of each column that has one, by its number."""
    columns = package(template, lang).sheet(sheet).frame.root.find("cols").all("col")
    return {
        number: float(one.get("width"))
        for one in columns
        for number in range(int(one.get("min")), min(int(one.get("max")), 200) + 1)
    }


@pytest.mark.sample(1)
@pytest.mark.parametrize(("template", "lang"), BOOKS)
def test_a_header_that_is_a_link_fits_in_one_line(template, lang):
    book = book_of(template, lang)
    for table in book.tables.values():
        if table.managed and book.sheet_of(table.name).page is None:
            place = layout_of(book).tables[table.name]
            header = next(iter(table.fields.values())).title
            assert widths(template, lang, place.sheet)[1] > text_units(header) + 2, header


@pytest.mark.parametrize(("template", "lang"), BOOKS)
def test_words_that_a_formula_or_the_schema_brings_fit_in_one_line(template, lang):
    made, book = built(template=template, lang=lang), book_of(template, lang)
    seen = 0
    for table in book.tables.values():
        shown = table.managed and (table.seed or book.sheet_of(table.name).page is None)
        place = layout_of(book).tables[table.name]
        for field in table.fields.values() if shown else ():
            read = field.formula.references if field.formula else ()
            is_free = any(
                book.tables[one].fields[name].traits.wrap for one, name in read
            )  # people's own sentences
            if field.hidden or field.traits.wrap or is_free or not (field.formula or table.seed):
                continue
            width = widths(template, lang, place.sheet)[place.columns[field.name].index + 1]
            for value in made.computed.frames[table.name][field.name]:
                if isinstance(value, str):
                    seen += 1
                    assert width > text_units(value), (table.name, field.name, value)
    assert seen > 100


@pytest.mark.parametrize(("template", "lang"), BOOKS)
def test_dropdown_lists_stand_in_columns_that_hold_their_values(template, lang):
    book = book_of(template, lang)
    sheet = book.pages["dictionary"].title
    known = widths(template, lang, sheet)
    for name, place in layout_of(book).lists.items():
        longest = max(text_units(value.text) for value in book.lists[name].values.values())
        assert known[place.column + 1] > min(longest, 32)
    (header,) = re.findall(rb'<row r="4"[^>]* ht="([0-9.]+)"', part(package("retail", "en"), "Dictionary"))
    assert float(header) > 30


@pytest.mark.parametrize(("template", "lang"), BOOKS)
def test_rows_of_the_dictionary_are_as_high_as_the_texts_that_explain_a_field(template, lang):
    opened, title = package(template, lang), book_of(template, lang).pages["dictionary"].title
    [guide] = [one for one in opened.tables if one.sheet == title]
    found = re.findall(rb'<row r="(\d+)"[^>]* ht="([0-9.]+)"', part(opened, title))
    heights, known = {int(row): float(points) for row, points in found}, widths(template, lang, title)
    lines = dict.fromkeys(range(guide.area.top + 1, guide.area.bottom + 1), 1)
    for cell in opened.sheet(title).cells(set(lines), set(range(guide.area.left, guide.area.right + 1))):
        room = -(-text_units(str(cell.value or "")) // int(known[cell.column]))
        lines[cell.row] = max(lines[cell.row], room)
    assert {row: 15.0 * count for row, count in lines.items() if count > 1} == {
        row: points for row, points in heights.items() if row > guide.area.top
    }
    assert sum(count > 1 for count in lines.values()) < 4  # the lists beside it stand in even rows


def part(opened, title):
    return opened.parts.read(opened.sheet(title).info.part)


def charts(opened):
    names = [name for name in opened.parts.names if re.fullmatch(r"xl/charts/chart\d+\.xml", name)]
    return [opened.parts.read(name).decode() for name in sorted(names)]


def test_charts_of_whole_numbers_say_them_and_show_no_halves():
    columns = [one for one in charts(package("standard", "zh")) if '<c:barDir val="col"/>' in one]
    counted = [one for one in columns if re.search(r"<c:valAx>.*?<c:delete val=\"1\"/>", one, re.DOTALL)]
    assert len(counted) == 2  # new and lost customers; tasks by owner
    for one in counted:
        assert one.count("<c:dLbls>") == one.count("<c:ser>") == 2
        assert "<c:majorGridlines>" not in one.partition("<c:valAx>")[2]
    assert len(columns) > len(counted)  # satisfaction and money keep their axis


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_funnel_is_drawn_with_its_conversion_and_the_last_stage_in_the_colour_of_a_loss(lang):
    place = layout_of(book_of("standard", lang)).tables["funnel"]
    labels, counts = (place.columns[name].letter for name in ("label", "customers"))
    last = place.first_row + 5
    drawn = [one for one in charts(package("standard", lang)) if f"${counts}${last}</c:f>" in one]
    [chart] = [
        one for one in drawn if '<c:barDir val="bar"/>' in one and f"${labels}${place.first_row}:" in one
    ]
    points = re.findall(r'<c:dPt><c:idx val="(\d)"/>.*?<a:srgbClr val="(\w+)"/>', chart)
    assert points == [("5", LOSS.removeprefix("#"))]


def hints(opened, book):
    """What is read in the place of each chart of the summary, by chart."""
    title, found = book.pages["summary"].title, {}
    for name in opened.defined_names:
        if name.name.startswith("_crmbook.no_chart.summary."):
            where = target_of(name)
            found[name.name.rpartition(".")[2]] = opened.sheet(title).cell(reference(*where[1:])).value
    return found


@cache
def empty(lang):
    return Package.open(build_workbook(book_of("standard", lang), {}, date(2024, 5, 10), STAMP).data)


@pytest.mark.sample(1)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_in_an_empty_book_each_chart_says_that_it_will_come(lang):
    book, opened = book_of("standard", lang), empty(lang)
    ids = {chart.id for chart in book.pages["summary"].charts}
    words = book.pages["summary"].labels["no_chart"]
    assert hints(opened, book) == dict.fromkeys(ids, words)
    assert hints(package("standard", lang), book) == dict.fromkeys(ids, None)
    place = layout_of(book).tables["monthly"]
    first = f"{place.columns['drawn'].letter}{place.first_row}"
    assert opened.sheet(place.sheet).cell(first).value in {"", None}
    assert package("standard", lang).sheet(place.sheet).cell(first).value == date(2022, 5, 1)


def test_what_is_read_in_the_place_of_a_chart_is_not_covered_by_it():
    titles = {chart.title for chart in book_of("standard", "zh").pages["summary"].charts}
    clear = [one for one in charts(empty("zh")) if one.rstrip().count("<a:noFill/>") >= 2]
    assert len(clear) >= len(titles)
    for one in (one for one in clear if '<c:barDir val="bar"/>' in one):  # whose bars say their numbers
        assert "<c:majorGridlines>" not in one


def test_it_goes_with_the_first_figure_of_a_chart(tmp_path):
    """One customer is a new one this month, and is nothing yet in the charts of sales."""
    path, book = tmp_path / "客户.xlsx", book_of("standard", "zh")
    path.write_bytes(empty("zh").to_bytes())
    customers, opened = layout_of(book).tables["customers"], Package.open(path)
    for name, value in (("name", "张三"), ("registered_on", date(2024, 5, 9))):
        opened.sheet(customers.sheet).set(f"{customers.columns[name].letter}2", value)
    opened.save(path)
    sync_workbook(path, date(2024, 5, 10))
    found = hints(Package.open(path), book)
    assert found.pop("new_and_lost") in {"", None}
    assert set(found.values()) == {book.pages["summary"].labels["no_chart"]}


@pytest.mark.sample(2)
@pytest.mark.parametrize("template", ["standard", "lite", "retail"])
def test_no_table_behind_a_chart_is_seen_beside_the_page(template):
    book = book_of(template, "zh")
    page = book.pages["summary"]
    columns = package(template, "zh").sheet(page.title).frame.root.find("cols").all("col")
    spans = [
        range(int(one.get("min")), int(one.get("max")) + 1) for one in columns if one.get("hidden") == "1"
    ]
    hidden = {number for span in spans for number in span}
    for name in page.tables:
        for column in layout_of(book).tables[name].all_columns:
            assert column.index + 1 in hidden, (name, column)
    assert min(hidden) > 11
    assert all('<c:plotVisOnly val="1"/>' not in one for one in charts(package(template, "zh")))


def test_texts_behind_a_dashboard_do_not_run_into_the_columns_beside_them():
    book = book_of("retail", "en")
    place = layout_of(book).tables["funnel"]
    opened = package("retail", "en")
    cell = opened.sheet(place.sheet).cell(f"{place.columns['stage'].letter}{place.first_row}")
    styles = opened.parts.read("xl/styles.xml").decode()
    xf = re.findall(
        r"<xf [^>]*?(?:/>|>.*?</xf>)", styles.partition("<cellXfs")[2].partition("</cellXfs>")[0]
    )[cell.style]
    assert 'horizontal="left"' in xf


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nobody_sees_the_codes_of_scoring_rules(lang):
    made, book = built(template="standard", lang=lang), book_of("standard", lang)
    for name in ("bands", "parameters"):
        frame, fields = made.computed.frames[name], book.tables[name].fields
        seen = [str(value) for one in frame if not fields[one].hidden for value in frame[one].dropna()]
        assert len(seen) > 50
        assert [value for value in seen if re.search(r"[a-z]_[a-z]", value)] == []
        hidden = [field.name for field in fields.values() if field.hidden]
        place = layout_of(book).tables[name]
        columns = package("standard", lang).sheet(place.sheet).frame.root.find("cols").all("col")
        out_of_sight = {int(one.get("min")) for one in columns if one.get("hidden") == "1"}
        assert {place.columns[one].index + 1 for one in hidden} <= out_of_sight


@pytest.mark.sample(6)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_reminders_are_answered_without_scrolling_on_a_small_screen(lang):
    place = layout_of(book_of("standard", lang)).tables["reminders"]
    known = widths("standard", lang, place.sheet)
    pixels = sum(round(known[number] * 7) for number in range(1, place.columns["decision"].index + 2))
    assert pixels < 1366 - 26 - 20  # without the numbers of rows and the scroll bar


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("template", [*TEMPLATES, "lite"])
def test_what_reminds_fits_in_the_columns_of_its_page(template, lang):
    book = book_of(template, lang)
    fields = book.tables["reminders"].fields
    rules = [rule for table in book.tables.values() for rule in table.reminders]
    assert len(rules) > 5
    for rule in rules:
        assert text_units(rule.message) < fields["reason"].width, rule.message
        assert text_units(rule.remedy) < fields["remedy"].width, rule.remedy


def test_texts_of_several_lines_have_as_many_in_the_rows_of_tables():
    made, book = built(example="company", lang="en"), book_of("standard", "en")
    opened, seen = Package.open(made.data), 0
    for name in ("evaluation", "feedback", "interactions"):
        place, frame = layout_of(book).tables[name], made.computed.frames[name]
        found = re.findall(rb'<row r="(\d+)"[^>]*? ht="([0-9.]+)"', part(opened, place.sheet))
        heights = {int(row): float(points) for row, points in found}
        known = [field for field in book.tables[name].fields.values() if field.traits.wrap]
        for row, texts in enumerate(zip(*(frame[one.name] for one in known), strict=True), place.first_row):
            for text, field in zip(texts, known, strict=True):
                if isinstance(text, str):
                    lines = -(
                        -len(text) * 0.8 // (field.width - 1)
                    )  # as narrow as letters are in any usual font
                    assert heights.get(row, 15) >= 15 * lines, (name, text)
                    seen += lines > 1
            longest = max(
                len(str(text or "")) / field.width for text, field in zip(texts, known, strict=True)
            )
            assert heights.get(row, 15) <= 15 or longest > 1, (name, texts)
    assert seen > 50


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_lines_above_lists_are_whole_on_a_small_screen(lang):
    opened, book = Package.open(built(example="company", lang=lang).data), book_of("standard", lang)
    room = {}
    for name in ("reminders", "issues", "rules"):
        sheet = opened.sheet(book.pages[name].title)
        [area] = sheet.merged(Area(3, 1, 3, 1))
        spans = [
            (int(one.get("min")), int(one.get("max")), float(one.get("width")))
            for one in sheet.frame.root.find("cols").all("col")
            if one.get("hidden") != "1"
        ]
        known = {number: width for low, high, width in spans for number in range(low, min(high, 200) + 1)}
        width = sum(known.get(number, 0) for number in range(1, area.right + 1))
        assert 100 < width * 7 < 1366 - 26 - 20
        height = re.search(rb'<row r="3"[^>]*? ht="([0-9.]+)"', part(opened, sheet.title))
        lines = round(float(height[1]) / 15) if height else 1
        room[name] = lines
        assert width * lines > text_units(sheet.cell("A3").value)
    assert room["reminders"] == 2  # eight owners


def test_a_chart_without_figures_says_that_it_will_come_in_a_book_with_customers():
    """Customers who bought draw sales; nobody has taken part in a campaign yet, nor been asked whether they are pleased."""
    book = book_of("standard", "zh")
    frames = load_example("sample", "standard").frames(book)
    frames = {name: frame for name, frame in frames.items() if name not in {"participations", "surveys"}}
    opened = Package.open(build_workbook(book, frames, date(2023, 4, 1), STAMP).data)
    found = hints(opened, book)
    words = book.pages["summary"].labels["no_chart"]
    assert {chart for chart, hint in found.items() if hint} >= {"top_campaigns", "satisfaction"}
    assert found["top_campaigns"] == found["satisfaction"] == words
    assert not any(found[chart] for chart in ("sales", "top_customers", "new_and_lost", "funnel"))


@pytest.mark.parametrize(("template", "lang"), BOOKS)
def test_the_buttons_of_the_start_page_hold_the_names_of_sheets(template, lang):
    book, opened = book_of(template, lang), package(template, lang)
    page = book.pages["guide"]
    titles = {sheet.title for sheet in book.sheets}
    known, seen = widths(template, lang, page.title), set()
    for cell in opened.sheet(page.title).cells(range(8, 20), range(3, 8)):
        if cell.value in titles:
            seen.add(cell.value)
            assert known[cell.column] > text_units(cell.value), cell.value
    assert len(seen) > 15


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_share_among_the_parameters_is_read_as_a_percentage(lang):
    """0.05 is the limit of the churn rate: 5 %. Days and points stay plain numbers."""
    book, opened = book_of("standard", lang), package("standard", lang)
    place = layout_of(book).tables["parameters"]
    columns = {place.columns[name].letter: name for name in ("value", "parameter")}
    markup = part(opened, place.sheet).decode()
    styles = opened.parts.read("xl/styles.xml").decode()
    formats = re.findall(r"<dxf>.*?</dxf>", styles)
    value = next(letter for letter, name in columns.items() if name == "value")
    area = (
        rf'<conditionalFormatting sqref="{value}{place.first_row}:{value}\d+">(.*?)</conditionalFormatting>'
    )
    rules = re.findall(r'dxfId="(\d+)"[^>]*><formula>(.*?)</formula>', "".join(re.findall(area, markup)))
    [formula] = [text for number, text in rules if 'formatCode="0.0%"' in formats[int(number)]]
    assert "churn_rate_limit" in formula
    shares = {one.name for one in book.parameters.values() if one.accepted.max == 1}
    assert shares == {
        one for one in book.parameters if one.startswith(("win_", "weight_")) or one == "churn_rate_limit"
    }


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 10, 1),
        ("Cares more about the price", 22.5, 1),
        ("Funds are tight; rather by instalments", 22.5, 2),
        ("a" * 10 + " " + "b" * 10 + " " + "c" * 10, 17, 3),  # whole words: no two stand side by side
        ("x" * 100, 17, 5),
        ("客户很满意", 10, 1),
        ("客户很满意，", 10, 2),
        ("one\ntwo\n\nthree", 22.5, 4),
        ("电话：13800000001；邮箱：zhangsan@example.com；公司：星河", 36.5, 2),
        ("电话：18600000006；电子邮件：xujiahui006@example.com；公司名称：立德金融", 36.5, 3),
        ("客", 1, 1),
    ],
)
def test_lines_of_a_text_that_wraps(text, width, lines):
    assert wrapped_lines(text, width) == lines


def test_names_of_english_people_stand_whole_in_their_column():
    made, book = built(example="company", lang="en"), book_of("standard", "en")
    opened, longest = Package.open(made.data), 0
    for name in ("evaluation", "recovery", "transactions", "customers", "alerts"):
        place = layout_of(book).tables[name]
        [span] = [
            one
            for one in opened.sheet(place.sheet).frame.root.find("cols").all("col")
            if int(one.get("min")) <= place.columns["name"].index + 1 <= int(one.get("max"))
        ]
        people = made.computed.frames[name]["name"].dropna()
        longest = max(longest, *map(len, people))
        assert float(span.get("width")) > max(map(len, people)) + 3, name  # with the edges and the indent
    assert longest > 10


@pytest.mark.parametrize(("template", "position"), [("standard", 9), ("lite", 8)])
def test_what_people_need_daily_stands_right_behind_what_the_sample_fixes(template, position):
    """客户ID … 地址 stand in the order of the sample; then come status, owner and, where there is one, the stage."""
    fields = list(book_of(template).tables["customers"].fields)
    assert fields[:7] == ["customer_id", "name", "gender", "age", "phone", "email", "address"]
    assert fields[7 : position + 1] == ["status", "owner", "current_stage"][: position - 6]


def test_the_column_of_issues_wraps_and_is_not_printed():
    opened = package("standard", "zh")
    shapes = re.findall(
        r"<xf [^>]*?(?:/>|>.*?</xf>)",
        opened.parts.read("xl/styles.xml").decode().partition("<cellXfs")[2],
        re.DOTALL,
    )
    areas = {one.sheet: one.formula for one in opened.defined_names if one.name == "_xlnm.Print_Area"}
    book, seen = book_of("standard"), 0
    for table, place in layout_of(book).tables.items():
        if place.issues is None or book.sheet_of(table).page is not None:
            continue
        cell = opened.sheet(place.sheet).cell(f"{place.issues.letter}{place.first_row}")
        assert 'wrapText="1"' in shapes[cell.style], table
        last = max(column.index for column in place.columns.values())
        assert areas[place.sheet].rpartition(":")[2].startswith(f"${letters(last + 1)}"), table
        seen += 1
    assert seen > 15


@pytest.mark.parametrize(("value", "shown"), [(80000, "80,000"), (1000, "1,000"), (999.5, "999.5"), (3, "3")])
def test_what_a_task_is_to_reach_has_thousands(value, shown):
    fields = book_of("standard").tables["tasks"].fields
    for name in ("target", "progress"):
        assert answer(f'=TEXT({value},"{fields[name].format}")') == [shown]


@pytest.mark.sample(2)
@pytest.mark.parametrize(("template", "lang"), BOOKS)
def test_the_heading_of_a_chart_stands_whole_above_it(template, lang):
    """With its period, in bold letters: a tenth wider than those that columns are measured by."""
    opened, book, seen = package(template, lang), book_of(template, lang), 0
    targets = {one.name: target_of(one) for one in opened.defined_names}
    for page in book.pages.values():
        for chart in page.charts if page.is_dashboard else ():
            sheet, row, column = targets[heading_name(page.name, chart.id)]
            [area] = opened.sheet(sheet).merged(Area(row, column, row, column))
            room = widths(template, lang, sheet)
            width = sum(room[number] for number in range(area.left, area.right + 1))
            said = opened.sheet(sheet).cell(reference(row, column)).value
            assert text_units(said) * 1.1 <= width, said
            seen += 1
    assert seen > 5


@pytest.mark.sample(2)
@pytest.mark.parametrize(("template", "lang"), BOOKS)
def test_a_table_is_printed_on_as_few_pages_as_are_legible(template, lang):
    """One page wide, upright where that is legible; what is wider goes on beside it, no larger than on one page."""
    book, layout = book_of(template, lang), layout_of(book_of(template, lang))
    seen = set()
    for name, table in book.tables.items():
        if not table.managed or book.sheet_of(name).page is not None:
            continue
        columns = widths(template, lang, layout.tables[name].sheet)
        shown = [
            columns[layout.tables[name].columns[one.name].index + 1]
            for one in table.fields.values()
            if not one.hidden
        ]
        frame = package(template, lang).sheet(layout.tables[name].sheet).frame.root
        fitted = frame.find("sheetPr").find("pageSetUpPr")
        setup = frame.find("pageSetup")
        kind = (setup.get("orientation"), setup.get("scale"), fitted is not None)
        seen.add(kind)
        edges = len(shown) * 0.8
        if kind == ("portrait", None, True):
            assert sum(shown) <= 156 + edges, name
        elif kind == ("landscape", None, True):
            assert 156 < sum(shown) <= 230 + edges, name
        else:
            assert kind == ("landscape", "57", False)
            assert sum(shown) > 230, name
    assert len(seen) >= 2
