"""People's own YAML, broken in one way each: the first line of the output is the true place and the true reason.

Every case changes one text of a file that is right; ``⟪`` marks the character that is told. The words of both languages are
the catalogue's and the file's: nothing of the parser's own slips into either.
"""

from __future__ import annotations

import re

import pytest

from crmbook.base.issues import catalogue
from crmbook.schema import FIELD_TYPES, SchemaError, find_doubts, json_schema, load_book
from crmbook.schema.jsonschema import FILE_KINDS
from tests.schema.world import MARK, WORLD, marked_place, write_world

VISITS = """\
table: visits
title: {zh: 拜访, en: Visits}
key: visit_id
fields:
  visit_id: {title: {zh: 拜访ID, en: Visit ID}, type: id, start: 1}
  customer_id: {title: {zh: 客户ID, en: Customer ID}, type: ref, to: customers}
  date: {title: {zh: 日期, en: Date}, type: date}
  minutes: {title: {zh: 时长, en: Minutes}, type: integer, min: 1}
  mood: {title: {zh: 心情, en: Mood}, type: enum, list: gender}
  note:
    title: {zh: 备注, en: Note}
    type: text
"""
PLANS = """\
table: plans
title: {zh: 计划, en: Plans}
key: plan_id
fields:
  plan_id: {title: {zh: 计划ID, en: Plan ID}, type: id, start: 1}
  visit_id: {title: {zh: 拜访, en: Visit}, type: ref, to: visits}
  minutes: {title: {zh: 时长, en: Minutes}, type: integer, formula: '=SUMIFS(visits[minutes],visits[visit_id],[@visit_id])'}
"""
MINUTES, NOTE = "type: integer, min: 1", "    type: text\n"

# what stands in the file, what it becomes, the code that is told first, what is offered instead
NOTATION = [
    # full-width signs
    ("key: visit_id", "key⟪： visit_id", "schema.full-width", ":"),
    ("key: visit_id", "key⟪：visit_id", "schema.full-width", ":"),
    ("fields:\n", "fields⟪：\n", "schema.full-width", ":"),
    ("  date: {", "  date⟪：{", "schema.full-width", ":"),
    (NOTE, "    type⟪：text\n", "schema.full-width", ":"),
    ("zh: 拜访, en: Visits", "zh⟪： 拜访, en: Visits", "schema.full-width", ":"),
    ("zh: 拜访, en: Visits", "zh: 拜访⟪，en: Visits", "schema.full-width", ","),
    ("zh: 拜访, en: Visits", "zh: 拜访⟪、 en: Visits", "schema.full-width", ","),
    (MINUTES, "type: integer⟪，min: 1", "schema.full-width", ","),
    (MINUTES, "type: integer, formula: ⟪‘=[@date]*2’", "schema.full-width", "'"),
    (MINUTES, "type: integer, formula: ⟪“=[@date]*2”", "schema.full-width", '"'),
    (NOTE, "    type: text\n    formula: ⟪‘=[@date]*2’\n", "schema.full-width", "'"),
    (NOTE, "    type: ⟪“text”\n", "schema.full-width", '"'),
    ("key: visit_id", "key: ⟪‘visit_id’", "schema.full-width", "'"),
    ("min: 1}", "min: 1⟪｝", "schema.full-width", "}"),
    ("key: visit_id", "⟪\u3000key: visit_id", "schema.full-width", ""),
    ("  minutes:", "⟪\u3000\u3000minutes:", "schema.full-width", ""),
    ("key: visit_id", "key: visit_id\nidentity: [[date⟪，note]]", "schema.full-width", ","),
    # blanks, tabs, indentation
    ("key: visit_id", "key⟪:visit_id", "schema.no-blank-after-colon", ""),
    (NOTE, "    type⟪:text\n", "schema.no-blank-after-colon", ""),
    ("zh: 拜访, en: Visits", "zh⟪:拜访, en: Visits", "schema.no-blank-after-colon", ""),
    ("  minutes:", "⟪\tminutes:", "schema.tab", ""),
    (NOTE, "⟪\ttype: text\n", "schema.tab", ""),
    (NOTE, "   ⟪type: text\n", "schema.bad-indent", ""),
    (NOTE, "     ⟪type: text\n", "schema.bad-indent", ""),
    ("key: visit_id\n", "key: visit_id\n  ⟪stage: 1\n", "schema.bad-indent", ""),
    ("  note:\n", "  ⟪note\n", "schema.no-colon", ""),
    ("  note:\n", "  ⟪- note:\n", "schema.bad-indent", ""),
    # brackets
    ("min: 1}", "min: 1", "schema.unclosed-bracket", "}"),
    ("{zh: 备注, en: Note}", "⟪{zh: 备注, en: Note", "schema.unclosed-bracket", "}"),
    ("min: 1}", "min: 1}⟪}", "schema.stray-bracket", ""),
    ("key: visit_id", "key: visit_id\nidentity: ⟪[[date, note]", "schema.unclosed-bracket", "]"),
    ("key: visit_id", "key: visit_id\nidentity: [[date, note⟪}]", "schema.stray-bracket", ""),
    (NOTE, "    type: text\n    pattern: ⟪[A-Z]+\n", "schema.bracket-in-text", ""),
    (NOTE, "    type: text\n    pattern: ⟪[A-Z]\n", "schema.wrong-type", ""),
    # quotes
    (MINUTES, "type: integer, formula: ⟪'=[@date]*2", "schema.unclosed-quote", ""),
    (MINUTES, 'type: integer, formula: ⟪"=[@date]*2', "schema.unclosed-quote", ""),
    (MINUTES, "type: integer, help: {zh: ⟪'多久, en: How long}, example: '5'", "schema.unclosed-quote", ""),
    (MINUTES, "type: integer, formula: ⟪=[@date]*2", "schema.formula-unquoted", ""),
    ("zh: 备注", "zh: '备'⟪注", "schema.text-after-quote", ""),
    ("en: Note}", "en: 'it'⟪s'}", "schema.text-after-quote", ""),
    (NOTE, '    type: text\n    format: "0"⟪分钟""\n', "schema.text-after-quote", ""),
    (NOTE, '    type: text\n    pattern: "⟪\\d+"\n', "schema.bad-escape", ""),
    (NOTE, "    type: text\n    default: ⟪@x\n", "schema.sign-first", ""),
    (NOTE, "    type: text\n    default: ⟪%5\n", "schema.sign-first", ""),
    (NOTE, "    type: text\n    default: ⟪!x 5\n", "schema.sign-first", ""),
    (NOTE, "    type: text\n    default: ⟪*x\n", "schema.unknown-alias", ""),
    # colons and commas
    (NOTE, "    type: text\n    help: {zh: 注意⟪: 不要写, en: Careful}\n", "schema.colon-in-text", ""),
    (NOTE, "    type: text\n    help: 注意⟪: 不要写\n", "schema.colon-in-text", ""),
    ("zh: 备注, en: Note", "zh: 备注 en⟪: Note", "schema.colon-in-text", ""),
    ("{zh: 备注, en: Note}", "zh⟪: 备注, en: Note", "schema.colon-in-text", ""),
    # values
    (MINUTES, "type: date, min: ⟪2025-13-01", "schema.no-such-day", ""),
    (MINUTES, "type: date, default: ⟪2025-02-30", "schema.no-such-day", ""),
    (MINUTES, "type: date, min: ⟪2025/1/5", "schema.wrong-type", ""),
    (NOTE, "    type: text\n⟪---\ntable: more\n", "schema.second-document", ""),
    ("min: 1}", "min: 1⟪\x00}", "schema.bad-character", ""),
]  # fmt: skip
MEANING = [
    ("table: visits", "⟪Table: visits", "schema.unknown-key", "table"),
    ("table: visits", "table: ⟪Visits", "schema.bad-name", "visits"),
    ("table: visits", "table: ⟪拜访", "schema.bad-name", ""),
    ("  minutes:", "  ⟪时长:", "schema.bad-name", ""),
    ("  minutes:", "  ⟪Total Minutes:", "schema.bad-name", "total_minutes"),
    ("key: visit_id", "key: ⟪拜访ID", "schema.bad-name", "visit_id"),
    ("to: customers", "to: ⟪客户", "schema.bad-name", "customers"),
    ("list: gender", "list: ⟪性别", "schema.bad-name", "gender"),
    ("list: gender", "list: gender, default: ⟪男", "schema.unknown-value", "male"),
    ("list: gender", "list: gender, default: ⟪Male", "schema.unknown-value", "male"),
    (MINUTES, "type: ⟪整数", "schema.unknown-field-type", ""),
    (MINUTES, "type: integer, width: ⟪0", "schema.out-of-range", ""),
    (MINUTES, "type: integer, required: ⟪yes", "schema.wrong-type", ""),
    (MINUTES, "type: text, pattern: 'a⟪(b'", "schema.bad-pattern", ""),
    ("key: visit_id", "key: visit_id\nstage: ⟪9", "schema.out-of-range", ""),
    ("type: id, start: 1", "type: id, format: ⟪A-001", "schema.bad-id-format", "A-000"),
    ("type: id, start: 1", "type: id, format: ⟪2025-0001", "schema.bad-id-format", "yyyy-0000"),
    ("type: id, start: 1", "type: id, format: ⟪yyyy0000", "schema.bad-id-format", ""),
    ("type: id, start: 1", "type: id, format: ⟪'A-'", "schema.bad-id-format", ""),
    # formulas
    (MINUTES, "type: integer, formula: '=[@⟪时长]*2'", "formula.unknown-field", "minutes"),
    (MINUTES, "type: integer, formula: '=[@⟪Visit ID]*2'", "formula.unknown-field", "visit_id"),
    (MINUTES, "type: integer, formula: '=⟪日期*2'", "formula.unknown-name", "[@date]"),
    (MINUTES, "type: integer, formula: '=⟪截止日期'", "formula.unknown-name", "as_of"),
    (MINUTES, "type: integer, formula: '=SUM(⟪订单[amount])'", "formula.unknown-table", "orders"),
    (MINUTES, "type: integer, formula: '=SUM(orders[⟪金额])'", "formula.unknown-field", "amount"),
    (MINUTES, "type: integer, formula: '=COUNTIFS(customers[name],⟪男)'", "formula.unknown-name", "gender.male"),
    (MINUTES, "type: text, formula: '=⟪gender.男'", "formula.unknown-constant", "gender.male"),
    (MINUTES, "type: text, formula: '=⟪性别.男'", "formula.unknown-constant", "gender.male"),
    (MINUTES, "type: integer, formula: '=IF([@date]>1⟪;2;3)'", "formula.semicolon", ","),
    (MINUTES, "type: integer, formula: '=IF([@date]>1⟪，2,3)'", "formula.full-width", ","),
]  # fmt: skip


def broken(folder, text, name="schemas/visits.yaml", **others):
    """Write a workspace with one broken file, and return what loading it says."""
    base = write_world(folder / "base")
    for path, inner in {name: text, **others}.items():
        file = folder / "own" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(inner.replace(MARK, ""), encoding="utf-8", newline="")
    with pytest.raises(SchemaError) as caught:
        load_book(base=base, workspace=folder / "own")
    return caught.value.problems


@pytest.mark.sample(17)
@pytest.mark.parametrize(("old", "new", "code", "suggestion"), [*NOTATION, *MEANING])
def test_first_line_is_the_true_place_and_reason(tmp_path, old, new, code, suggestion):
    assert VISITS.count(old) == 1
    text = VISITS.replace(old, new)
    found = broken(tmp_path, text)
    told = [(item.code, item.location.line, item.location.column) for item in found]
    if MARK in new:
        assert told == [(code, *marked_place(text))]
    else:  # what is missing is told where it began
        assert told == [(code, 8, 12)]
    assert found[0].location.file == str(tmp_path / "own/schemas/visits.yaml")
    assert found[0].suggestion == suggestion
    check_words(found[0], text)


TEMPLATE = """\
template: standard
title: {zh: 标准, en: Standard}
theme: {accent: '#8C2F39', font: {zh: 黑体, en: Arial}}
"""
OTHERS = [
    ("templates/mine.yaml", TEMPLATE, "'#8C2F39'", "⟪#8C2F39", "schema.colour-unquoted"),
    ("templates/mine.yaml", TEMPLATE, "{accent: '#8C2F39', font: {zh: 黑体, en: Arial}}", "\n  accent: ⟪#8C2F39",
     "schema.colour-unquoted"),
    ("templates/mine.yaml", TEMPLATE, "'#8C2F39'", "⟪'8C2F39'", "schema.bad-colour"),
    ("templates/mine.yaml", TEMPLATE, "'#8C2F39'", "⟪red", "schema.bad-colour"),
    ("templates/mine.yaml", TEMPLATE, "template: standard\n", "⟪templat: standard\n", "schema.unknown-key"),
    ("templates/mine.yaml", TEMPLATE, TEMPLATE, "⟪" + VISITS, "schema.wrong-folder"),
    ("schemas/mine.yaml", TEMPLATE, TEMPLATE, "⟪" + TEMPLATE, "schema.wrong-folder"),
    ("schemas/mine.yaml", TEMPLATE, TEMPLATE, "⟪# a remark\n", "schema.empty-file"),
    ("schemas/mine.yaml", TEMPLATE, TEMPLATE, "title: {zh: 表, en: T}\nkey: a\n", "schema.missing-key"),
    ("schemas/mine.yaml", TEMPLATE, TEMPLATE, "lists:\n  mood: {title: {zh: 心情, en: Mood}, values: {good: {zh: 好⟪，en: Good}}}\n",
     "schema.full-width"),
    ("schemas/mine.yaml", TEMPLATE, TEMPLATE, "table: orders\nfields:\n  price: {max: ⟪很多}\n", "schema.wrong-type"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "whole", "old", "new", "code"), OTHERS)
def test_other_files_are_told_alike(tmp_path, name, whole, old, new, code):
    text = whole.replace(old, new)
    found = broken(tmp_path, text, name)
    place = marked_place(text) if MARK in text else (1, 1)
    assert [(item.code, item.location.line, item.location.column) for item in found] == [(code, *place)]
    assert found[0].location.file == str(tmp_path / "own" / name)
    check_words(found[0], text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("schemas/mine.yaml", "table: customers\n⟪title: null\n"),
        ("schemas/mine.yaml", "table: customers\n⟪fields: null\n"),
        ("schemas/mine.yaml", "table: customers\n⟪key:\n"),
        ("schemas/mine.yaml", "table: customers\nfields: {name: {⟪title: null}}\n"),
        ("schemas/mine.yaml", "table: customers\nfields: {city: {⟪type: null}}\n"),
        ("schemas/mine.yaml", "table: customers\nfields: {gender: {⟪list: null}}\n"),
        ("schemas/mine.yaml", "lists: {gender: {⟪title: null}}\n"),
        ("schemas/mine.yaml", "bands: {level: {⟪bands: null}}\n"),
        ("templates/mine.yaml", "template: standard\n⟪title: null\n"),
        ("templates/mine.yaml", "template: standard\n⟪sheets: null\n"),
        ("templates/mine.yaml", "template: standard\npages: {guide: {⟪title: null}}\n"),
        ("templates/mine.yaml", "template: standard\noverrides: {customers: {⟪title: null}}\n"),
    ],
)
def test_what_may_not_be_missing_cannot_be_removed(tmp_path, name, text):
    """It is told at the very null, and nothing that would follow from it: what stood there counts as if it still did."""
    found = broken(tmp_path, text, name)
    told = [(item.code, item.location.line, item.location.column) for item in found]
    assert told == [("schema.cannot-remove", *marked_place(text))]
    assert found[0].location.file == str(tmp_path / "own" / name)
    check_words(found[0], text)


def test_there_are_enough_of_them():
    assert len(NOTATION) + len(MEANING) + len(OTHERS) >= 60


KEYS = {
    word for kind in FILE_KINDS for word in re.findall(r"\w+", str(json_schema(kind)["properties"].keys()))
}


def check_words(found, text):
    """Each language's line holds words of its own, of the files, and of the schema language; no others."""
    files = " ".join([text, *WORLD.values(), str(found.location), "schemas templates"])
    told = [words for code in (found.code, "schema.did-you-mean") for words in told_words(code)]
    for lang, other in (("zh", r"[A-Za-z]{2,}"), ("en", r"[\u4e00-\u9fff]+")):
        line = found.line(lang)
        own = " ".join(words for spoken, words in told if spoken == lang)
        allowed = files + own + " ".join((*KEYS, *FIELD_TYPES)) + found.suggestion
        if found.code == "schema.wrong-type":
            allowed += " ".join(
                catalogue()[f"schema.expects-{kind}"][lang] for kind in found.params["expected"]
            )
        strange = [word for word in re.findall(other, line) if word not in allowed and word != "U"]
        assert strange == [], (lang, line)
        assert re.search(r"[\u4e00-\u9fff]" if lang == "zh" else r"[a-z]{3}", line.replace(text, ""))


def told_words(code):
    entry = catalogue()[code]
    for lang in ("zh", "en"):
        yield lang, entry[lang]
        yield lang, entry.get("remedy", {}).get(lang, "")


@pytest.mark.sample(18)
@pytest.mark.parametrize(("old", "new"), [case[:2] for case in NOTATION])
def test_what_follows_from_a_broken_file_is_not_told(tmp_path, old, new):
    found = broken(tmp_path, VISITS.replace(old, new), **{"schemas/plans.yaml": PLANS})
    assert {item.location.file for item in found} == {str(tmp_path / "own/schemas/visits.yaml")}


def test_what_does_not_follow_from_it_is_told(tmp_path):
    plans = PLANS.replace("=SUMIFS(visits[minutes],visits[visit_id],[@visit_id])", "=[@vist_id]").replace(
        "to: visits", "to: vists"
    )
    found = broken(
        tmp_path, VISITS.replace("key: visit_id", "key：visit_id"), **{"schemas/plans.yaml": plans}
    )
    told = [(item.code, item.value) for item in found]
    assert told == [
        ("schema.unknown-table", "vists"),
        ("formula.unknown-field", "vist_id"),
        ("schema.full-width", "："),
    ]


@pytest.mark.parametrize("first", ["Table: visits", "table: 拜访", "tabel: visits"])
def test_what_follows_from_a_table_without_name_is_not_told(tmp_path, first):
    text = VISITS.replace("table: visits", first).replace("zh: 拜访,", "zh: visits,")
    found = broken(tmp_path, text, **{"schemas/plans.yaml": PLANS})
    assert len(found) == 1
    assert found[0].location.line == 1


def test_a_broken_template_hides_its_roles_and_sheets_not_itself(tmp_path):
    found = broken(tmp_path, TEMPLATE.replace("template: standard", "template：mine"), "templates/mine.yaml")
    assert [item.code for item in found] == ["schema.full-width"]
    with pytest.raises(SchemaError) as caught:
        load_book("mine", base=tmp_path / "base", workspace=tmp_path / "own")
    assert [item.code for item in caught.value.problems] == ["schema.full-width"]


def doubts(folder, **files):
    base = write_world(folder / "base")
    for path, text in files.items():
        file = folder / "own" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.replace(MARK, ""), encoding="utf-8")
    load_book(base=base, workspace=folder / "own")
    return find_doubts(workspace=folder / "own", base=base)


@pytest.mark.parametrize(
    ("formula", "code", "suggestion"),
    [
        ('=IF([@mood]=⟪"男",1,0)', "schema.word-of-list", "gender.male"),
        ('=IF(⟪"Male"<>[@mood],1,0)', "schema.word-of-list", "gender.male"),
        ('=COUNTIFS(customers[gender],⟪"女")', "schema.word-of-list", "gender.female"),
        ('=IF([@mood]=⟪"Femal",1,0)', "schema.no-such-word", "gender.female"),
        ('=IF([@mood]=⟪"是",1,0)', "schema.no-such-word", ""),
        ('=TEXT([@date],⟪"aaaa")', "schema.chinese-weekday", ""),
        ('=TEXT([@date],⟪"0.#")', "schema.bare-point", ""),
        ("=⟪PERCENTRANK(orders[count],1)", "schema.percentrank-digits", ""),
        ("=⟪WEEKNUM([@date],2)", "schema.last-week", ""),
        ("=⟪CHAR(200)", "schema.code-page", ""),
        ("=⟪CODE([@note])", "schema.code-page", ""),
    ],
)  # fmt: skip
def test_doubtful_formulas_are_pointed_at(tmp_path, formula, code, suggestion):
    text = VISITS.replace(MINUTES, f"type: value, formula: '{formula}'")
    (found,) = doubts(tmp_path, **{"schemas/visits.yaml": text})
    assert (found.code, found.location.line, found.location.column) == (code, *marked_place(text))
    assert (found.suggestion, str(found.severity)) == (suggestion, "warning")
    check_words(found, text)


@pytest.mark.parametrize("formula", ["=⟪COUNTA(visits[visit_id])+1", "=⟪MAX(visits[minutes])+1"])
def test_a_default_that_counts_its_own_table_is_pointed_at(tmp_path, formula):
    text = VISITS.replace(MINUTES, f"type: integer, default: '{formula}'")
    (found,) = doubts(tmp_path, **{"schemas/visits.yaml": text})
    assert (found.code, found.location.line, found.location.column) == (
        "schema.counting-default",
        *marked_place(text),
    )
    check_words(found, text)
    other = text.replace("visits[visit_id]", "orders[order_id]").replace("visits[minutes]", "orders[count]")
    assert doubts(tmp_path, **{"schemas/visits.yaml": other}) == ()


@pytest.mark.parametrize(
    "formula",
    [
        "=IF([@mood]=gender.male,1,0)", '=IF([@mood]="",1,0)', '=COUNTIFS(customers[gender],"<>")', '=[@mood]&"男"',
        "=PERCENTRANK(orders[count],1,9)", "=WEEKNUM([@date],21)", "=CHAR(10)", '=CODE("a")', '=TEXT([@date],"0.0")', '=TEXT([@date],"yyyy-mm-dd")', '=IF([@mood]="",[@mood],"男")', '=TEXT([@date],"0.0#")',
    ],
)  # fmt: skip
def test_formulas_that_say_what_they_mean_are_not(tmp_path, formula):
    text = VISITS.replace(MINUTES, f"type: value, formula: '{formula}'")
    assert doubts(tmp_path, **{"schemas/visits.yaml": text}) == ()


@pytest.mark.parametrize(
    "path", ["visits.yaml", "schema/visits.yaml", "schemas/more/visits.yml", "templates/more/visits.yaml"]
)
def test_yaml_that_is_not_read_is_pointed_at(tmp_path, path):
    found = doubts(tmp_path, **{"schemas/plans.yaml": PLANS.replace("to: visits", "to: orders").replace(
        "visits[minutes],visits[visit_id]", "orders[count],orders[order_id]"), path: VISITS, "settings.yaml": "mail: x\n"})  # fmt: skip
    assert [(item.code, item.location.file) for item in found] == [
        ("schema.stray-file", str(tmp_path / "own" / path))
    ]
    check_words(found[0], VISITS)


def test_an_empty_workspace_is_told(tmp_path):
    (tmp_path / "own").mkdir()
    (found,) = doubts(tmp_path)
    assert (found.code, str(found.location)) == ("schema.empty-workspace", str(tmp_path / "own"))
    (tmp_path / "own" / "schemas").mkdir()
    assert [item.code for item in doubts(tmp_path)] == ["schema.empty-workspace"]


@pytest.mark.slow
def test_shipped_files_are_beyond_doubt(tmp_path):
    assert find_doubts() == ()
