"""A template changes the schemas, a template extends another, a workspace changes or extends all of them."""

from __future__ import annotations

import textwrap

import pytest

from crmbook.schema import SchemaError, load_book
from tests.schema.problems import find_problems
from tests.schema.world import write_world


def write(folder, **files):
    """Write files given as ``schemas__visits="…"``."""
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
    return folder


@pytest.fixture
def base(tmp_path):
    return write_world(tmp_path / "base")


@pytest.fixture
def workspace(tmp_path):
    return tmp_path / "workspace"


VISITS = """\
    table: visits
    title: {zh: 拜访, en: Visits}
    key: visit_id
    fields:
      visit_id: {title: {zh: 拜访ID, en: Visit ID}, type: id}
      customer_id: {title: {zh: 客户ID, en: Customer ID}, type: ref, to: customers}
      days: {title: {zh: 天数, en: Days}, type: integer, formula: '=COUNTIFS(visits[customer_id],[@customer_id])'}
    """


def test_workspace_adds_a_field_by_yaml_alone(base, workspace):
    write(
        workspace,
        schemas__more="""\
        table: customers
        fields:
          wechat: {title: {zh: 微信号, en: WeChat}, type: text, after: name}
          gender: {title: {zh: 称谓}}
          city: null
        """,
    )
    book = load_book(base=base, workspace=workspace)
    fields = book.tables["customers"].fields
    assert list(fields) == ["customer_id", "name", "wechat", "gender", "region", "birthday", "total", "level"]
    assert fields["gender"].titles == {"zh": "称谓", "en": "Gender"}
    assert fields["gender"].list == "gender"


def test_workspace_adds_a_table_by_yaml_alone(base, workspace):
    book = load_book(base=base, workspace=write(workspace, schemas__visits=VISITS))
    assert [sheet.name for sheet in book.sheets] == [
        "guide",
        "customers",
        "orders",
        "visits",
        "rules",
        "dictionary",
    ]
    assert ("visits", "days") in book.formulas


def test_template_of_the_workspace_says_where_the_new_table_stands(base, workspace):
    write(
        workspace,
        schemas__visits=VISITS,
        templates__mine="""\
        template: mine
        title: {zh: 我的, en: Mine}
        extends: standard
        add: [{table: visits, after: customers}]
        drop: [dictionary]
        """,
    )
    book = load_book("mine", base=base, workspace=workspace)
    assert [sheet.name for sheet in book.sheets] == ["guide", "customers", "visits", "orders", "rules"]
    assert book.title == "我的"
    assert "sales" in book.roles


def test_workspace_changes_a_shipped_template_under_its_own_name(base, workspace):
    write(workspace, templates__standard="template: standard\ntitle: {zh: 本店}\n")
    book = load_book("standard", base=base, workspace=workspace)
    assert (book.title, len(book.sheets)) == ("本店", 5)


def test_buttons_of_the_start_page_name_tables_and_pages(base, workspace):
    text = "pages: {{guide: {{links: [{{id: desk, title: {{zh: 柜台, en: Desk}}, sheets: [orders, guide, {}]}}]}}}}\n"
    write(workspace, templates__pages=text.format("customers"))
    [links] = load_book(base=base, workspace=workspace).pages["guide"].links
    assert (links.title, links.sheets) == ("柜台", ("orders", "guide", "customers"))
    write(workspace, templates__pages=text.format("order"))
    with pytest.raises(SchemaError) as caught:
        load_book(base=base, workspace=workspace)
    [found] = caught.value.problems
    assert (found.code, found.suggestion) == ("schema.unknown-sheet", "orders")


def test_a_template_may_drop_a_page_to_which_shipped_buttons_lead(workspace):
    write(workspace, templates__mine="template: standard\ndrop: [card, tasks]\n")
    book = load_book(workspace=workspace)
    assert "card" not in book.pages
    assert {"card", "tasks"} <= {name for links in book.pages["guide"].links for name in links.sheets}


def test_a_field_that_says_whose_a_row_is_must_exist(base, workspace):
    write(workspace, schemas__a="extends: orders\nowned_by: cod\n")
    with pytest.raises(SchemaError) as caught:
        load_book(base=base, workspace=workspace)
    [found] = caught.value.problems
    assert (found.code, found.suggestion) == ("schema.unknown-field", "code")


def test_extends_alone_changes_the_table_and_with_a_name_copies_it(base, workspace):
    write(
        workspace,
        schemas__a="extends: customers\nstage: 3\n",
        schemas__b="extends: orders\ntable: returns\ntitle: {zh: 退货, en: Returns}\nfields: {done: null}\nadvance: null\n",
    )
    book = load_book(base=base, workspace=workspace)
    assert book.tables["customers"].stage == 3
    assert "done" in book.tables["orders"].fields
    assert "done" not in book.tables["returns"].fields
    assert book.tables["returns"].fields["amount"].formula.references == {
        ("returns", "price"),
        ("returns", "count"),
    }


def test_workspace_changes_lists_rules_and_pages(base, workspace):
    write(
        workspace,
        schemas__words="""\
        lists:
          gender: {values: {other: {zh: 其他, en: Other}}}
          size: {title: {zh: 尺码, en: Size}, values: {small: {zh: 小, en: Small}}}
        bands:
          level: {bands: [{from: 0, result: level.low}, {from: 5, result: level.high}]}
        parameters:
          days: {value: 60}
        """,
        templates__pages="pages: {guide: {cells: [{id: sales, title: {zh: 总额}}]}}\n",
    )
    book = load_book(base=base, workspace=workspace)
    assert book.lists["gender"].texts == ("男", "女", "其他")
    assert "size.small" in book.scope.constants
    assert [band.start for band in book.bands["level"].bands] == [0, 5]
    assert book.parameters["days"].value == 60
    assert [cell.title for cell in book.pages["guide"].cells] == ["截止日期", "总额"]


def test_template_overrides_reach_tables_lists_rules_and_pages(base, workspace):
    write(
        workspace,
        templates__shop="""\
        template: shop
        title: {zh: 门店, en: Shop}
        extends: standard
        overrides: {customers: {title: {zh: 会员}, fields: {name: {required: false}}}}
        lists: {gender: {values: {male: {zh: 先生}}}}
        bands: {level: {title: {zh: 会员等级}}}
        parameters: {days: {value: 7}}
        pages: {guide: {title: {zh: 首页}, advice: [{id: more, drop: true}]}}
        """,
        templates__corner="template: corner\ntitle: {zh: 小店, en: Corner}\nextends: shop\nparameters: {days: {value: 8}}\n",
    )
    book = load_book("corner", base=base, workspace=workspace)
    assert book.tables["customers"].title == "会员"
    assert not book.tables["customers"].fields["name"].required
    assert book.lists["gender"].texts == ("先生", "女")
    assert (book.bands["level"].title, book.parameters["days"].value) == ("会员等级", 8)
    assert (book.pages["guide"].title, book.pages["guide"].advice) == ("首页", ())
    assert load_book("shop", base=base, workspace=workspace).parameters["days"].value == 7
    assert load_book("standard", base=base, workspace=workspace).tables["customers"].title == "客户"


@pytest.mark.parametrize(
    ("files", "code", "place"),
    [
        ({"schemas__a": "extends: custmers\n"}, "schema.unknown-table", ("schemas/a.yaml", 1, 10)),
        ({"schemas__a": "table: [x]\n"}, "schema.wrong-type", ("schemas/a.yaml", 1, 8)),
        ({"schemas__a": "title: x\n"}, "schema.missing-key", ("schemas/a.yaml", 1, 1)),
        ({"schemas__a": "lists: [x]\n"}, "schema.wrong-type", ("schemas/a.yaml", 1, 8)),
        ({"templates__a": "template: a\nextends: b\n", "templates__b": "template: b\nextends: a\n"},
         "schema.template-cycle", ("templates/b.yaml", 2, 10)),
        ({"templates__a": "template: a\ntitle: {zh: a, en: a}\nextends: standard\nadd: [{table: customers, after: x}]\n"},
         "schema.unknown-sheet", ("templates/a.yaml", 4, 33)),
        ({"templates__a": "template: a\ntitle: {zh: a, en: a}\nextends: standard\ndrop: [orderz]\n"},
         "schema.unknown-sheet", ("templates/a.yaml", 4, 8)),
        ({"templates__a": "extends: standard\n"}, "schema.missing-key", ("templates/a.yaml", 1, 1)),
        ({"schemas__a": "table: customers\nfields: {name: {requird: true}}\n"},
         "schema.unknown-key", ("schemas/a.yaml", 2, 17)),
        ({"schemas__a": "table: customers\nfields: {wechat: {type: text}}\n"},
         "schema.missing-key", ("schemas/a.yaml", 2, 10)),
    ],
)  # fmt: skip
def test_mistake_in_the_workspace_is_told_in_the_workspace(base, workspace, files, code, place):
    write(workspace, **files)
    found = [item for item in find_problems(workspace, base=base) if item.code == code]
    name, line, column = place
    assert (str(workspace / name), line, column) in [
        (item.location.file, item.location.line, item.location.column) for item in found
    ]


def test_files_below_the_working_folder_are_named_from_there(base, workspace, monkeypatch):
    write(workspace, schemas__a="table: customers\nstages: 1\n")
    monkeypatch.chdir(workspace)
    assert [str(item.location) for item in find_problems(workspace, base=base)] == ["schemas/a.yaml:2:1"]


@pytest.mark.parametrize("name", ["a.yaml", "z.yaml"])
def test_a_change_of_an_own_list_counts_whatever_its_file_is_called(tmp_path, name):
    (tmp_path / "templates").mkdir(parents=True)
    (tmp_path / "schemas").mkdir()
    (tmp_path / "templates" / "bare.yaml").write_text(
        "template: bare\ntitle: {zh: 空, en: Bare}\nsheets: [{page: guide}, {table: moods}]\n",
        encoding="utf-8",
    )
    (tmp_path / "schemas" / "moods.yaml").write_text(
        "table: moods\ntitle: {zh: 心情, en: Moods}\nkey: mood\nfields:\n"
        "  mood: {title: {zh: 心情, en: Mood}, type: enum, list: mood}\n"
        "lists:\n  mood: {title: {zh: 心情, en: Mood}, values: {good: {zh: 好, en: Good}}}\n",
        encoding="utf-8",
    )
    (tmp_path / "schemas" / name).write_text(
        "lists: {mood: {values: {bad: {zh: 坏, en: Bad}}}}\n", encoding="utf-8"
    )
    assert list(load_book("bare", "en", tmp_path).lists["mood"].values) == ["good", "bad"]


def test_a_sheet_has_the_fields_that_it_says_and_stands_where_it_says(tmp_path):
    base = write_world(tmp_path / "base")
    extended = "template: more\ntitle: {zh: 多, en: More}\nextends: standard\ndrop: [orders]\nadd:\n"
    write(
        tmp_path / "own",
        templates__more=f"{extended}  - {{table: visits, fields: [date, visit_id], after: customers}}\n"
        "  - {table: plans, hide: [note]}\n  - {page: welcome, after: customers}\n",
        templates__bare="template: bare\ntitle: {zh: 少, en: Bare}\nsheets: [{page: guide}, {table: plans, hide: [date]}]\n",
        templates__pages="pages: {welcome: {title: {zh: 欢迎, en: Welcome}}}\n",
        **{f"schemas__{name}": f"table: {name}\ntitle: {{zh: {name}, en: {name}}}\nkey: visit_id\nfields:\n"
           "  visit_id: {title: {zh: 编号, en: ID}, type: id}\n  date: {title: {zh: 日期, en: Date}, type: date}\n"
           "  note: {title: {zh: 备注, en: Note}, type: text, after: visit_id}\n" for name in ("visits", "plans")},
        schemas__orders="table: customers\nfields: {total: null, level: null}\n",
    )  # fmt: skip
    book = load_book("more", "en", tmp_path / "own", base=base)
    names = [sheet.name for sheet in book.sheets]
    assert names[: names.index("visits") + 1] == ["guide", "customers", "welcome", "visits"]
    assert names[-1] == "plans"
    assert list(book.tables["visits"].fields) == ["date", "visit_id"]
    assert list(book.tables["plans"].fields) == ["visit_id", "date"]
    bare = load_book("bare", "en", tmp_path / "own", base=base)
    assert list(bare.tables["plans"].fields) == ["visit_id", "note"]
