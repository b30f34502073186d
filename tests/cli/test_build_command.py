"""``crmbook build``: every template and example, in both languages; what exists is left alone."""

from __future__ import annotations

import pytest
from python_calamine import CalamineWorkbook

from crmbook.build import read_stamp
from crmbook.ooxml import Package
from tests.books import TEMPLATES
from tests.cli.run import run, run_json
from tests.desk import Desk


def sheets(path):
    return {sheet.name for sheet in Package.open(path).sheets}


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    ("template", "lang"), list(zip(TEMPLATES, ("zh", "en", "zh", "en", "zh"), strict=True))
)
def test_every_template_is_built(tmp_path, template, lang):
    path = tmp_path / "客户 管理.xlsx"
    result = run("build", "-o", path, "--template", template, "--lang", lang, "--sample")
    assert result.exit_code == 0, result.output
    assert str(path) in result.output.replace("\n", "")
    assert ("使用说明" in sheets(path)) is (lang == "zh")


@pytest.mark.slow
def test_an_example_brings_its_rows_and_its_day(tmp_path):
    path = tmp_path / "x.xlsx"
    result = run("build", "-o", path, "--example", "company", "--lang", "en")
    assert result.exit_code == 0
    assert "2025-06-30" in result.output
    rows = CalamineWorkbook.from_path(path).get_sheet_by_name("Customers").to_python()
    assert len(rows) == 201


@pytest.mark.slow
def test_the_day_and_the_way_of_formulas_are_options(tmp_path):
    path = tmp_path / "x.xlsx"
    result = run("build", "-o", path, "--sample", "--as-of", "2023-02-25", "--live", "never", "--lang", "en")
    assert result.exit_code == 0
    assert "2023-02-25" in result.output
    assert "computed by sync" in result.output
    again = run("build", "-o", tmp_path / "y.xlsx", "--new", "--lang", "en")
    assert "live formulas" not in again.output, "nobody asked how formulas are written"
    rows = CalamineWorkbook.from_path(path).get_sheet_by_name("Customer lifecycle").to_python()
    assert [row for row in rows if "Active" in row]


def test_an_existing_file_is_left_alone_without_force(tmp_path):
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"mine")
    refused = run("build", "-o", path, "--lang", "en")
    assert (refused.exit_code, path.read_bytes()) == (2, b"mine")
    assert "--force" in refused.output
    assert run("build", "-o", path, "--force").exit_code == 0
    assert len(sheets(path)) > 20


def test_an_open_file_is_left_alone_even_with_force(tmp_path):
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"mine")
    (tmp_path / "~$x.xlsx").write_bytes(b"")
    assert run("build", "-o", path, "--force").exit_code == 4
    assert path.read_bytes() == b"mine"


@pytest.mark.sample(4)
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--as-of", "2023-02-30"], "2023-02-30"),
        (["--template", "standrd"], "“standard”"),
        (["--template", "standrd", "--sample"], "“standard”"),
        (["--example", "compny"], "cdnow, company"),
        (["--example", "sample"], ""),
        (["--lang", "fr"], "“fr”"),
        (["--live", "sometimes"], "auto"),
        (["--sample", "--example", "company"], "--sample"),
        (["--workspace", "nowhere"], "nowhere"),
    ],
    ids=" ".join,
)
def test_a_wrong_option_is_refused_by_name(tmp_path, words, told, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run("build", "-o", "x.xlsx", *words)
    if words[-1] == "sample":  # another way to ask for the sample
        assert result.exit_code == 0
        return
    assert result.exit_code == 2, result.output
    assert told in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(tmp_path):
    result = run("build", "-o", tmp_path / "no" / "x.xlsx", "--lang", "en")
    assert result.exit_code == 2
    assert "cannot be written" in result.output


@pytest.mark.slow
def test_a_copy_of_a_sample_says_whose_customers_it_has(tmp_path):
    assert run("build", "-o", tmp_path / "a.xlsx", "--sample", "--lang", "zh").exit_code == 0
    told = run("build", "-o", tmp_path / "b.xlsx", "--for", "王芳", "--lang", "zh").output
    assert "2 位示例客户（001 张三、002 李四）" in told
    assert "示例客户" not in run("build", "-o", tmp_path / "c.xlsx", "--owner", "王芳", "--lang", "zh").output
    desk = Desk(tmp_path / "a.xlsx")
    desk.type("customers", 2, name="诸葛亮")
    desk.type("customers", 3, name="庞统")
    run("sync", tmp_path / "a.xlsx", "--as-of", "2023-04-01")
    own = run("build", "-o", tmp_path / "d.xlsx", "--lang", "zh").output
    assert "示例客户" not in own
    assert "共用数据" in own


def test_a_second_build_says_whose_copy_it_is_and_how_to_begin_another_book(tmp_path):
    run("build", "-o", tmp_path / "a.xlsx", "--sample", "--lang", "zh")
    second = run("build", "-o", tmp_path / "b.xlsx")
    assert (second.exit_code, "a.xlsx" in second.output, "--new" in second.output) == (0, True, True)
    for_somebody = run("build", "-o", tmp_path / "c.xlsx", "--for", "王芳")
    assert "--new" not in for_somebody.output
    another = run("build", "-o", tmp_path / "d.xlsx", "--new", "--lang", "zh")
    assert another.exit_code == 0, another.output
    mine, copy, other = (read_stamp(Package.open(tmp_path / f"{name}.xlsx")).book_id for name in "abd")
    assert mine == copy != other


def test_a_new_book_is_none_that_is_named(tmp_path):
    run("build", "-o", tmp_path / "a.xlsx")
    refused = run("build", "-o", tmp_path / "b.xlsx", "--new", "--book", tmp_path / "a.xlsx")
    assert (refused.exit_code, "--book" in refused.output) == (2, True)


def day_of(path):
    """The as-of date that stands on the guide."""
    package = Package.open(path)
    title = "使用说明" if "使用说明" in sheets(path) else "Guide"
    return str(package.sheet(title).cell("C4").value)[:10]


@pytest.mark.slow
def test_a_further_copy_takes_the_day_of_its_book(tmp_path):
    first, copy = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    run("build", "-o", first, "--sample", "--as-of", "2025-06-30", "--lang", "zh")
    made = run("build", "-o", copy, "--owner", "王芳")
    assert "2025-06-30" in made.output
    assert day_of(copy) == day_of(first) == "2025-06-30"
    run("sync", tmp_path, "--as-of", "2025-07-15")
    run("build", "-o", tmp_path / "c.xlsx", "--role", "sales")
    assert day_of(tmp_path / "c.xlsx") == "2025-07-15"
    run("build", "-o", tmp_path / "d.xlsx", "--for", "王芳", "--as-of", "2025-07-01")
    assert day_of(tmp_path / "d.xlsx") == "2025-07-01"


@pytest.mark.slow
def test_a_copy_that_was_only_built_is_judged_at_its_first_sync_of_the_same_day(tmp_path):
    run("build", "-o", tmp_path / "a.xlsx", "--sample", "--as-of", "2025-06-30", "--lang", "zh")
    (before,) = run_json("status", tmp_path)[1]["workbooks"]
    assert (before["condition"], before["synced"]) == ("built", "")
    (told,) = run_json("sync", tmp_path, "--as-of", "2025-06-30")[1]["workbooks"]
    assert [issue["code"] for issue in told["issues"]].count("value.phone-doubtful") == 2
    (after,) = run_json("status", tmp_path)[1]["workbooks"]
    assert after["condition"] == "current"


@pytest.mark.slow
def test_a_copy_of_somebody_who_owns_nothing_is_refused_with_the_names_there_are(tmp_path):
    assert run("build", "-o", tmp_path / "全部.xlsx", "--example", "company", "--lang", "zh").exit_code == 0
    refused = run("build", "-o", tmp_path / "王方.xlsx", "--owner", "王方", "--lang", "zh")
    assert refused.exit_code == 2
    assert "没有由“王方”负责的客户" in refused.output
    assert "王芳" in refused.output
    assert not (tmp_path / "王方.xlsx").exists()
    assert run("build", "-o", tmp_path / "王芳.xlsx", "--owner", "王芳").exit_code == 0
    empty = run("build", "-o", tmp_path / "新.xlsx", "--new", "--owner", "王芳", "--lang", "en")
    assert empty.exit_code == 2
    assert "names no owner yet" in empty.output
