"""Every example book: complete, consistent, and without an error value at any as-of date."""

from __future__ import annotations

import itertools
import re
from datetime import date

import pytest

from crmbook.formula import CellError
from crmbook.schema import Storage
from crmbook.values import Domain, ValueKind, parse_value
from tests.examples.shelf import NAMES, TEMPLATES, computed_example, load_example

# Before the data, within it, on a leap day, long after it.
DAYS = (date(1900, 3, 1), date(1997, 1, 1), date(2023, 2, 25), date(2024, 2, 29), date(2099, 12, 31))


@pytest.mark.sample(4)
@pytest.mark.parametrize("name", NAMES)
def test_every_sheet_has_rows(name: str) -> None:
    computed = computed_example(name)
    for table in load_example(name).book.tables.values():
        if table.managed:
            assert len(computed.frames[table.name]) > 0, table.name


@pytest.mark.parametrize("name", NAMES)
def test_only_fields_that_people_type_are_given(name: str) -> None:
    example = load_example(name)
    for table, rows in example.texts.items():
        fields = example.book.tables[table].fields
        assert {field for field in rows[0] if field not in fields or not fields[field].typed} == set(), table


@pytest.mark.parametrize("name", NAMES)
def test_a_column_of_a_computed_field_types_something_over(name: str) -> None:
    example = load_example(name)
    for table, rows in example.texts.items():
        fields = example.book.tables[table].fields
        for field in rows[0]:
            if fields[field].formula is not None:
                assert any(row[field] for row in rows), (table, field)


@pytest.mark.parametrize("name", NAMES)
def test_keys_are_unique_and_references_resolve(name: str) -> None:
    example = load_example(name)
    for table, rows in example.texts.items():
        schema = example.book.tables[table]
        for field in schema.fields.values():
            given = [row[field.name] for row in rows if row.get(field.name)]
            if field.name == schema.key:
                assert len(given) == len(rows), table
            if field.name == schema.key or field.unique:
                assert len(set(given)) == len(given), (table, field.name)
            if field.to:
                there = example.book.tables[field.to]
                assert set(given) <= {row[there.key] for row in example.texts[field.to]}, (table, field.name)


@pytest.mark.parametrize("name", NAMES)
def test_tables_with_one_row_per_customer_have_exactly_that(name: str) -> None:
    example = load_example(name)
    customers = [row["customer_id"] for row in example.texts["customers"]]
    for table in example.book.tables.values():
        if table.one_per == "customers":
            assert [row["customer_id"] for row in example.texts[table.name]] == customers, table.name


@pytest.mark.parametrize("name", NAMES)
def test_required_fields_are_filled(name: str) -> None:
    example = load_example(name)
    for table, rows in example.texts.items():
        for field in example.book.tables[table].fields.values():
            if field.required and field.typed:
                assert all(row.get(field.name) for row in rows), (table, field.name)


@pytest.mark.parametrize("name", NAMES)
def test_list_fields_hold_values_of_their_lists(name: str) -> None:
    example = load_example(name)
    for table, rows in example.texts.items():
        for field in example.book.tables[table].fields.values():
            if field.list and field.name in rows[0]:
                known = set(example.book.lists[field.list].values)
                assert {row[field.name] for row in rows} <= known | {""}, (table, field.name)
            if field.by and field.name in rows[0]:
                cities = example.book.lists[field.list or ""].values
                for row in rows:
                    assert not row[field.name] or cities[row[field.name]].parent == row[field.by]


@pytest.mark.parametrize("name", NAMES)
def test_whoever_came_to_a_stage_passed_those_before(name: str) -> None:
    example = load_example(name)
    stages = sorted(
        (table for table in example.book.tables.values() if table.stage), key=lambda table: table.stage
    )
    assert len(stages) == 6
    for before, after in itertools.pairwise(stages):
        moved = {row["customer_id"] for row in example.texts[before.name] if row["advance"] == "yes"}
        assert {row["customer_id"] for row in example.texts[after.name]} == moved, after.name


@pytest.mark.parametrize("name", NAMES)
def test_rules_across_fields_hold(name: str) -> None:
    example = load_example(name)
    computed = computed_example(name)
    for table in example.book.tables.values():
        for check in table.checks:
            if check.severity == "error":
                verdict = check.formula.evaluate(computed.frames, computed.cells)
                assert verdict.eq(True).all(), (table.name, check.id)


@pytest.mark.parametrize("name", ["company", "cdnow"])
def test_people_s_values_are_read_without_complaint(name: str) -> None:
    example = load_example(name)
    for table, rows in example.texts.items():
        for field in example.book.tables[table].fields.values():
            if field.type in {"phone", "email"}:
                for row in rows:
                    text = row.get(field.name)
                    assert not text or not parse_value(Domain(ValueKind(field.type)), text).problem, text
            if field.pattern:
                assert all(re.fullmatch(field.pattern, row[field.name]) for row in rows), table


@pytest.mark.sample(1)
@pytest.mark.parametrize("name", NAMES)
def test_no_computed_cell_is_an_error(name: str) -> None:
    example = load_example(name)
    days = DAYS if name.startswith("sample") else (example.as_of, DAYS[-1])
    for day in days:
        for key, column in example.computed(day).results.items():
            assert not any(isinstance(item, CellError) for item in column.tolist()), (key, day)


@pytest.mark.parametrize("name", NAMES)
def test_computed_values_fit_their_fields(name: str) -> None:
    example = load_example(name)
    computed = computed_example(name)
    for (table, name_), column in computed.results.items():
        if not table:
            continue
        field = example.book.tables[table].fields[name_]
        texts = {item for item in column.tolist() if isinstance(item, str) and item}
        if field.list:
            assert texts <= set(example.book.lists[field.list].texts), (table, name_)
        elif field.storage not in {Storage.TEXT, Storage.ANY}:
            assert not texts, (table, name_)


@pytest.mark.sample(1)
@pytest.mark.parametrize("template", TEMPLATES)
def test_the_sample_reads_the_same_in_english(template: str) -> None:
    chinese, english = (load_example(f"sample/{template}", lang) for lang in ("zh", "en"))
    one, other = chinese.computed(), english.computed()
    for key, column in one.results.items():
        if key[0] and chinese.book.tables[key[0]].fields[key[1]].storage is not Storage.TEXT:
            assert column.tolist() == other.results[key].tolist(), key
