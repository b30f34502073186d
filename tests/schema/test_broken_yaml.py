"""Every kind of mistake in the YAML is told by code, file, line, column and nearest name."""

from __future__ import annotations

import pytest

from crmbook.schema import SchemaError, load_book
from tests.schema.problems import find_problems
from tests.schema.world import WORLD, changed, marked_place, write_world

CUSTOMERS, ORDERS, BANDS = "schemas/customers.yaml", "schemas/orders.yaml", "schemas/bands.yaml"
MONTHLY, PARAMETERS = "schemas/monthly.yaml", "schemas/parameters.yaml"
LISTS, RULES = "schemas/lists.yaml", "schemas/rules.yaml"
PAGES, STANDARD = "templates/pages.yaml", "templates/standard.yaml"
FIRST_SHEET = "  - page: guide\n"

# file, text that stands there, what it becomes (⟪ marks where the problem is expected), code, suggestion
CASES = [
    # the notation
    (CUSTOMERS, "stage: 1", "stage: 1\nstage: ⟪: 2", "schema.colon-in-text", ""),
    (CUSTOMERS, "stage: 1\nkey:", "stage: ⟪[1\nkey:", "schema.unclosed-bracket", "]"),
    (CUSTOMERS, "stage: 1", "stage: ⟪&a [*a]", "schema.bad-yaml", ""),
    (CUSTOMERS, "stage: 1", "stage: 1\n⟪stage: 2", "schema.duplicate-key", ""),
    (ORDERS, "min: 0, max: 9999", "min: 0, ⟪min: 1", "schema.duplicate-key", ""),
    (CUSTOMERS, WORLD[CUSTOMERS], "⟪# nothing but a remark\n", "schema.empty-file", ""),
    (CUSTOMERS, "stage: 1", "⟪stages: 1", "schema.unknown-key", "stage"),
    (CUSTOMERS, "type: text, required:", "type: text, ⟪requierd:", "schema.unknown-key", "required"),
    (CUSTOMERS, "style: good}", "⟪stile: good}", "schema.unknown-key", "style"),
    (CUSTOMERS, "{zh: 没有姓名, en: No name}", "{zh: 没有姓名, en: No name, ⟪Or so}", "schema.unknown-key", ""),
    (LISTS, "lists:\n", "⟪list: {}\nlists:\n", "schema.unknown-key", "lists"),
    (CUSTOMERS, "key: customer_id\n", "", "schema.missing-key", ""),
    (CUSTOMERS, "name: {title: {zh: 姓名, en: Name}", "name: {⟪title: {zh: 姓名}", "schema.missing-key", ""),
    (ORDERS, "customer_id: {title: {zh: 客户ID, en: Customer ID}, type: ref, to: customers",
     "⟪customer_id: {title: {zh: 客户ID, en: Customer ID}, type: ref", "schema.missing-key", ""),
    (STANDARD, FIRST_SHEET, "  - ⟪{hide: [a]}\n", "schema.missing-key", ""),
    (ORDERS, "pattern: '[A-Z]+'", "⟪start: 5", "schema.misplaced-key", ""),
    (STANDARD, FIRST_SHEET, "  - {page: guide, ⟪hide: [sales]}\n", "schema.misplaced-key", ""),
    (STANDARD, FIRST_SHEET, "  - {page: guide, ⟪fields: [sales]}\n", "schema.misplaced-key", ""),
    (STANDARD, "- table: orders", "- {table: orders, ⟪after: guide}", "schema.unknown-key", ""),
    (CUSTOMERS, "due: birthday,", "done: [{dated: birthday, ⟪carry: {name: name}}],", "schema.needs-key", ""),
    (ORDERS, "pattern: '[A-Z]+'", "⟪list: gender", "schema.misplaced-key", ""),
    (ORDERS, "pattern: '[A-Z]+'", "⟪override: true", "schema.needs-formula", ""),
    (CUSTOMERS, "stage: 1", "stage: ⟪'1'", "schema.wrong-type", ""),
    (CUSTOMERS, "stage: 1", "stage: ⟪7", "schema.out-of-range", ""),
    (CUSTOMERS, "required: true", "required: ⟪yes", "schema.wrong-type", ""),
    (CUSTOMERS, "aliases: [客户姓名]", "aliases: ⟪客户姓名", "schema.wrong-type", ""),
    (CUSTOMERS, "aliases: [客户姓名]", "aliases: [客户姓名, ⟪12]", "schema.wrong-type", ""),
    (CUSTOMERS, "title: {zh: 客户, en: Customers}", "title: ⟪客户", "schema.wrong-type", ""),
    (RULES, "from: 1000", "from: ⟪high", "schema.wrong-type", ""),
    (CUSTOMERS, "style: good", "style: ⟪goood", "schema.unknown-value", "good"),
    (CUSTOMERS, "en: Name}", "en: ⟪' '}", "schema.empty-text", ""),
    (CUSTOMERS, "{id: named", "{id: ⟪Not so!", "schema.bad-name", ""),
    (CUSTOMERS, "  gender: {title", "  ⟪Gender: {title", "schema.bad-name", "gender"),
    (ORDERS, "'[A-Z]+'", "'[A-Z]+⟪(x'", "schema.bad-pattern", ""),
    (ORDERS, "'0\"件\"'", "⟪'0\"件'", "schema.bad-format", ""),
    (CUSTOMERS, "'=[@name]<>\"\"'", "⟪'[@name]<>\"\"'", "schema.not-a-formula", ""),
    (BANDS, "rows: bands", "rows: ⟪one for customers", "schema.bad-rows", ""),
    # names that must exist
    (ORDERS, "type: integer", "type: ⟪integr", "schema.unknown-field-type", "integer"),
    (ORDERS, "type: integer", "type: ⟪long text", "schema.unknown-field-type", "long_text"),
    (ORDERS, "type: ref, to: customers", "type: ref, to: ⟪customer", "schema.unknown-table", "customers"),
    (ORDERS, "when: '=[@done]', to: customers", "when: '=[@done]', to: ⟪custmers", "schema.unknown-table", "customers"),
    (STANDARD, "- table: orders", "- table: ⟪order", "schema.unknown-table", "orders"),
    (PAGES, "tables: [bands, parameters]", "tables: [bands, parameters, ⟪monthli]", "schema.unknown-table", "monthly"),
    (PAGES, "table: monthly", "table: ⟪month", "schema.unknown-table", "monthly"),
    (PAGES, "table: monthly", "table: ⟪orders", "schema.not-on-page", ""),
    (PAGES, "en: Dictionary}}", "en: Dictionary}, ⟪cells: [{id: more, title: {zh: 多, en: More}, type: date}]}",
     "schema.full-page", ""),
    (CUSTOMERS, "key: customer_id", "key: ⟪customerid", "schema.unknown-field", "customer_id"),
    (CUSTOMERS, "name_field: name", "name_field: ⟪nam", "schema.unknown-field", "name"),
    (CUSTOMERS, "by: region", "by: ⟪reigon", "schema.unknown-field", "region"),
    (CUSTOMERS, "fields: [name]", "fields: [⟪names]", "schema.unknown-field", "name"),
    (CUSTOMERS, "due: birthday", "due: ⟪birthdy", "schema.unknown-field", "birthday"),
    (CUSTOMERS, "owner: name", "owner: ⟪nmae", "schema.unknown-field", "name"),
    (CUSTOMERS, "owner: name", "owner: name, done: [{into: ⟪order, dated: date}]", "schema.unknown-table", "orders"),
    (CUSTOMERS, "owner: name", "owner: name, done: [{into: orders, dated: ⟪dat}]", "schema.unknown-field", "date"),
    (CUSTOMERS, "owner: name", "owner: name, done: [{dated: ⟪birthdy}]", "schema.unknown-field", "birthday"),
    (CUSTOMERS, "owner: name", "owner: name, done: [{into: orders, dated: date, carry: {⟪customerid: name}}]",
     "schema.unknown-field", "customer_id"),
    (CUSTOMERS, "owner: name", "owner: name, done: [{into: orders, dated: date, carry: {code: ⟪nmae}}]",
     "schema.unknown-field", "name"),
    (PAGES, "kpi: true", "kpi: true, below: ⟪sale", "schema.unknown-cell", "sales"),
    (ORDERS, "carry: {name: code}", "carry: {⟪nane: code}", "schema.unknown-field", "name"),
    (ORDERS, "carry: {name: code}", "carry: {name: ⟪cod}", "schema.unknown-field", "code"),
    (MONTHLY, "{back: 1}", "{⟪bak: 1}", "schema.unknown-field", "back"),
    (PAGES, "category: back", "category: ⟪bakc", "schema.unknown-field", "back"),
    (PAGES, "category: back", "category: back, span: ⟪sale", "schema.unknown-cell", "sales"),
    (PAGES, "category: back", "category: back, apart: [⟪lost]", "schema.unknown-value", ""),
    (STANDARD, "hide: [code]", "hide: [⟪cod]", "schema.unknown-field", "code"),
    (STANDARD, "- table: orders", "- {table: orders, hide: [⟪cods]}", "schema.unknown-field", "code"),
    (ORDERS, "type: boolean", "type: boolean, after: ⟪codes", "schema.unknown-field", "code"),
    (CUSTOMERS, "list: gender", "list: ⟪genders", "schema.unknown-list", "gender"),
    (LISTS, "by: region", "by: ⟪regoin", "schema.unknown-list", "region"),
    (CUSTOMERS, "default: male", "default: ⟪mail", "schema.unknown-value", "male"),
    (LISTS, "of: north", "of: ⟪norht", "schema.unknown-value", "north"),
    (RULES, "level.high", "⟪level.hihg", "schema.unknown-constant", "level.high"),
    (RULES, "value: 30", "value: ⟪level.lo", "schema.unknown-constant", "level.low"),
    (STANDARD, FIRST_SHEET, "  - page: ⟪giude\n", "schema.unknown-page", "guide"),
    (STANDARD, "sheets: [customers,", "sheets: [⟪custommers,", "schema.unknown-sheet", "customers"),
    (STANDARD, "template: standard", "template: standard\nextends: ⟪standart2", "schema.unknown-template", "standard"),
    (STANDARD, "template: standard", "template: standard\nextends: ⟪standard", "schema.template-cycle", ""),
    (STANDARD, "sheets:\n", "overrides: {⟪custmers: {stage: 2}}\nsheets:\n", "schema.unknown-table", "customers"),
    # what the template leaves out
    (STANDARD, "- table: customers", "- {table: customers, hide: [⟪customer_id]}", "schema.key-left-out", ""),
    # titles and names in the workbook
    (CUSTOMERS, "en: Gender}", 'en: ⟪"Gen\\nder"}', "schema.bad-title", ""),
    (CUSTOMERS, "en: Gender}", "en: ⟪name}", "schema.duplicate-title", ""),
    (CUSTOMERS, "en: Gender}", "en: ⟪Issues}", "schema.duplicate-title", ""),
    (CUSTOMERS, "default: male", "default: male, aliases: [⟪姓名]", "schema.alias-taken", ""),
    (CUSTOMERS, "title: {zh: 客户, en: Customers}", "title: {zh: ⟪客户/会员, en: C}", "schema.bad-sheet-title", ""),
    (CUSTOMERS, "title: {zh: 客户, en: Customers}", "title: {zh: 客户, en: ⟪History}", "schema.bad-sheet-title", ""),
    (CUSTOMERS, "title: {zh: 客户, en: Customers}", "title: {zh: 客户, en: ⟪'A customer title of 33 characters'}",
     "schema.bad-sheet-title", ""),
    (PAGES, "en: Rules}", "en: ⟪orders}", "schema.duplicate-sheet-title", ""),
    (STANDARD, "- table: orders", "- table: orders\n  - table: ⟪orders", "schema.duplicate-sheet", ""),
    (PAGES, "{zh: 销售额, en: Sales}", "{zh: ⟪客户, en: Sales}", "schema.duplicate-name", ""),
    (PAGES, "en: Sales}", "en: ⟪As of date}", "schema.duplicate-name", ""),
    # tables
    (ORDERS, "table: orders\n", "table: ⟪monthly\n", "schema.duplicate-table", ""),
    (CUSTOMERS, "checks:\n", "checks:\n  - {id: named, check: '=TRUE', fields: [name], message: {zh: 是, en: x}}\n",
     "schema.duplicate-id", ""),
    (PAGES, "id: sales,", "id: ⟪as_of,", "schema.duplicate-id", ""),
    (PAGES, "id: sales,", "id: ⟪kpi1,", "schema.bad-name", ""),
    (PARAMETERS, "rows: parameters", "rows: ⟪one per customers", "schema.no-reference", ""),
    (PARAMETERS, "rows: parameters", "rows: ⟪one per custmers", "schema.unknown-table", "customers"),
    (PARAMETERS, "rows: parameters", "rows: ⟪each of regions", "schema.unknown-list", "region"),
    (PARAMETERS, "  parameter: {", "  name: {", "schema.missing-field", ""),
    (CUSTOMERS, "due: birthday", "due: ⟪name", "schema.not-a-date-field", ""),
    (CUSTOMERS, "name_field: name", "name_field: name\noffers: ⟪gender", "schema.offers-typed", ""),
    (CUSTOMERS, "name_field: name", "name_field: name\noffers: ⟪nam", "schema.unknown-field", "name"),
    (CUSTOMERS, "name_field: name", "⟪offers: total", "schema.needs-key", ""),
    (CUSTOMERS, "by: region", "by: ⟪gender", "schema.not-dependent", ""),
    (ORDERS, "min: 0, max: 9999", "min: ⟪10, max: 9", "schema.min-above-max", ""),
    (CUSTOMERS, "max: 2100-01-01", "max: ⟪2100", "schema.wrong-type", ""),
    (ORDERS, "type: boolean", "type: boolean, policy: ⟪append", "schema.misplaced-policy", ""),
    (ORDERS, "type: boolean", "type: boolean, policy: ⟪lastest", "schema.unknown-value", "latest"),
    (ORDERS, "type: boolean", "type: boolean, default: ⟪1", "schema.wrong-type", ""),
    # lists and rules
    (LISTS, "female: {zh: 女", "female: {zh: ⟪男", "schema.duplicate-value", ""),
    (LISTS, ", of: south", "", "schema.missing-key", ""),
    (LISTS, "{zh: 北方, en: North}", "{zh: 北方, en: North, ⟪of: south}", "schema.misplaced-key", ""),
    (LISTS, "city:\n    title: {zh: 城市", "city:\n    title: {zh: ⟪性别", "schema.duplicate-title", ""),
    (RULES, "      - {from: 0, result: level.low}\n", "", "schema.no-lowest-band", ""),
    (RULES, "from: 1000", "from: ⟪0", "schema.duplicate-band", ""),
]  # fmt: skip


@pytest.mark.sample(23)
@pytest.mark.parametrize(("name", "old", "new", "code", "suggestion"), CASES)
def test_mistake_is_told_with_place_and_suggestion(tmp_path, name, old, new, code, suggestion):
    changes = changed(name, old, new)
    write_world(tmp_path, changes)
    found = [item for item in find_problems(base=tmp_path) if item.code == code]
    assert found, [f"{item.location} {item.code} {item.value}" for item in find_problems(base=tmp_path)]
    if "⟪" in changes[name]:
        places = [(item.location.file, item.location.line, item.location.column) for item in found]
        assert (str(tmp_path / name), *marked_place(changes[name])) in places
    assert found[0].suggestion == suggestion
    for lang in ("zh", "en"):
        line = found[0].line(lang)
        assert line.startswith(f"{found[0].location}: {found[0].text(lang)}")
        assert suggestion in found[0].remedy(lang)


@pytest.mark.parametrize(
    ("name", "old", "new", "code", "place"),
    [
        (CUSTOMERS, "key: customer_id\n", "", "schema.missing-key", (2, 1)),
        (PARAMETERS, "  parameter: {", "  name: {", "schema.missing-field", (4, 7)),
        (LISTS, ", of: south", "", "schema.missing-key", (13, 7)),
        (RULES, "      - {from: 0, result: level.low}\n", "", "schema.no-lowest-band", (5, 7)),
    ],
)
def test_what_is_missing_is_told_where_it_belongs(tmp_path, name, old, new, code, place):
    write_world(tmp_path, changed(name, old, new))
    found = next(item for item in find_problems(base=tmp_path) if item.code == code)
    assert (found.location.file, found.location.line, found.location.column) == (str(tmp_path / name), *place)


def test_the_world_itself_has_no_problem(tmp_path):
    assert find_problems(base=write_world(tmp_path)) == ()


def test_all_problems_of_all_files_are_told_at_once(tmp_path):
    changes = {
        **changed(CUSTOMERS, "type: text, required:", "type: text, requierd:"),
        **changed(ORDERS, "type: integer", "type: integr"),
        **changed(LISTS, "of: north", "of: norht"),
        **changed(STANDARD, "hide: [code]", "hide: [cod]"),
    }
    with pytest.raises(SchemaError) as caught:
        load_book(base=write_world(tmp_path, changes))
    codes = [item.code for item in caught.value.problems]
    assert codes == [
        "schema.unknown-key",
        "schema.unknown-value",
        "schema.unknown-field-type",
        "schema.unknown-field",
    ]
    assert caught.value.params["count"] == 4


def test_one_broken_table_does_not_make_others_look_broken(tmp_path):
    write_world(tmp_path, changed(ORDERS, "min: 0, max: 9999", "min: low"))
    assert [item.code for item in find_problems(base=tmp_path)] == ["schema.wrong-type"]


def test_file_in_another_encoding_is_told_with_its_line(tmp_path):
    write_world(tmp_path)
    path = tmp_path / CUSTOMERS
    path.write_bytes(WORLD[CUSTOMERS].encode("gb18030"))
    found = next(item for item in find_problems(base=tmp_path) if item.code == "schema.not-utf8")
    assert (found.location.file, found.location.line, found.location.column) == (str(path), 3, 13)


def test_byte_order_mark_does_not_shift_columns(tmp_path):
    changes = changed(CUSTOMERS, "# who buys\ntable", "⟪tabel")
    write_world(tmp_path, {CUSTOMERS: "\ufeff" + changes[CUSTOMERS]})
    found = next(item for item in find_problems(base=tmp_path) if item.value == "tabel")
    assert (found.location.line, found.location.column) == (1, 1)


def test_unknown_template_is_told_with_the_nearest(tmp_path):
    with pytest.raises(SchemaError) as caught:
        load_book("standart", base=write_world(tmp_path))
    assert [(item.code, item.suggestion) for item in caught.value.problems] == [
        ("schema.unknown-template", "standard")
    ]


def test_mistakes_of_one_table_do_not_hide_one_another(tmp_path):
    changes = changed(CUSTOMERS, "type: text, required:", "type: text, ⟪requierd:")
    for old, new in [
        ("list: gender", "list: genders"),
        ("due: birthday", "due: birthdy"),
        ("style: good", "style: god"),
        ("by: region", "by: reigon"),
        ("fields: [name]", "fields: [name], sevrity: error"),
        ("en: Gender}", "en: Region}"),
    ]:
        changes[CUSTOMERS] = changes[CUSTOMERS].replace(old, new)
    found = [
        (item.code, item.value, item.suggestion)
        for item in find_problems(base=write_world(tmp_path, changes))
    ]
    assert found == [
        ("schema.unknown-key", "requierd", "required"),
        ("schema.unknown-list", "genders", "gender"),
        ("schema.duplicate-title", "Region", ""),
        ("schema.unknown-field", "reigon", "region"),
        ("schema.unknown-value", "god", "good"),
        ("schema.unknown-key", "sevrity", "severity"),
        ("schema.unknown-field", "birthdy", "birthday"),
    ]
