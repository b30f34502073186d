"""Entries of lists."""

from __future__ import annotations

import pytest

from crmbook.values import Choice, Choices, Domain, Surroundings, ValueKind, parse_column, parse_value

WAYS = Choices(
    (Choice("电话", ("Phone",)), Choice("面谈"), Choice("社交媒体"), Choice("邮件"), Choice("尺码/规格"))
)
YES_NO = Choices((Choice("是", ("Yes",)), Choice("否", ("No",))))
CITIES = Choices(
    (
        Choice("海淀区", of="北京"),
        Choice("朝阳区", of="北京"),
        Choice("朝阳区", of="长春"),
        Choice("浦东新区", of="上海"),
    )
)


@pytest.mark.parametrize(
    ("typed", "label"),
    [("电话", "电话"), ("phone", "电话"), (" 电　话 ", "电话"), ("ＰＨＯＮＥ", "电话"), ("", None)],
)
def test_an_entry_is_found_whatever_its_width_case_and_spaces(typed, label):
    parsed = parse_value(Domain(ValueKind.ENUM, WAYS), typed)
    assert (parsed.value, parsed.problem) == (label, None)


@pytest.mark.parametrize(("typed", "nearest"), [("面谈会", "面谈"), ("面淡", "面谈"), ("社交", "社交媒体")])
def test_a_near_miss_is_suggested_and_not_taken(typed, nearest):
    parsed = parse_value(Domain(ValueKind.ENUM, WAYS), typed)
    assert (parsed.value, parsed.problem) == (None, "value.not-in-list-near")
    assert parsed.params["nearest"] == nearest


def test_what_resembles_nothing_is_answered_with_the_list():
    parsed = parse_value(Domain(ValueKind.ENUM, WAYS), "qwerty")
    assert parsed.problem == "value.not-in-list"
    assert parsed.params["choices"] == ("电话", "面谈", "社交媒体", "邮件", "尺码/规格")


@pytest.mark.parametrize(
    ("typed", "label"), [("√", "是"), ("Y", "是"), ("no", "否"), (True, "是"), (0.0, "否")]
)
def test_a_list_of_yes_and_no_knows_its_signs(typed, label):
    assert parse_value(Domain(ValueKind.ENUM, YES_NO), typed).value == label


@pytest.mark.parametrize(
    ("typed", "value", "code"),
    [
        ("是", True, None),
        ("√", True, None),
        ("true", True, None),
        (1.0, True, None),
        ("N", False, None),
        ("×", False, None),
        (False, False, None),
        ("x", None, "value.not-yes-or-no"),
        ("maybe", None, "value.not-yes-or-no"),
        (2, None, "value.not-yes-or-no"),
    ],
)
def test_truth_values(typed, value, code):
    parsed = parse_value(Domain(ValueKind.BOOLEAN), typed)
    assert (parsed.value, parsed.problem) == (value, code)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("电话、面谈", "电话、面谈"),
        ("电话,面谈", "电话、面谈"),
        ("电话；面谈", "电话、面谈"),
        ("电话/面谈", "电话、面谈"),
        ("面谈\n电话", "面谈、电话"),
        ("尺码/规格", "尺码/规格"),
        ("尺码/规格、电话", "尺码/规格、电话"),
        ("、", None),
    ],
)
def test_several_entries(typed, value):
    parsed = parse_value(Domain(ValueKind.MULTI_ENUM, WAYS), typed)
    assert (parsed.value, parsed.problem) == (value, None)


def test_an_entry_named_twice_counts_once_and_is_noted():
    parsed = parse_value(Domain(ValueKind.MULTI_ENUM, WAYS), "电话、电话")
    assert (parsed.value, parsed.note) == ("电话", "value.choice-twice")


def test_one_bad_entry_of_several_is_named():
    parsed = parse_value(Domain(ValueKind.MULTI_ENUM, WAYS), "电话、qwerty")
    assert parsed.params["entry"] == "qwerty"


def test_a_dependent_entry_must_belong_to_its_parent():
    domain = Domain(ValueKind.DEPENDENT_ENUM, CITIES)
    assert parse_value(domain, "朝阳区", Surroundings(parent="长春")).value == "朝阳区"
    wrong = parse_value(domain, "海淀区", Surroundings(parent="上海"))
    assert (wrong.problem, wrong.params["belongs"]) == ("value.not-of-parent", ("北京",))
    assert parse_value(domain, "朝阳区").value == "朝阳区"


def test_a_column_of_dependent_entries_is_read_row_by_row():
    column = parse_column(
        Domain(ValueKind.DEPENDENT_ENUM, CITIES), ["海淀区", "海淀区", None], parents=["北京", "上海", None]
    )
    assert column.cells == ["海淀区", None, None]
    assert list(column.findings) == [1]


@pytest.mark.parametrize(
    ("typed", "parent", "value"),
    [
        ("延边朝鲜族自治州", None, "延边"), ("西双版纳傣族自治州", None, "西双版纳"), ("和田地区", None, "和田"),
        ("海南藏族自治州", None, "海南州"), ("白沙黎族自治县", None, "白沙县"), ("吉林", None, "吉林市"),
        ("朝阳", "北京", "朝阳区"), ("朝阳市", None, "朝阳"), ("朝阳", None, "朝阳"), ("广", None, None),
    ],
)  # fmt: skip
def test_places_go_by_their_official_names(typed, parent, value):
    """朝阳 is a city; under 北京, where there is no such city, it is the district."""
    of = {"朝阳区": "北京", "朝阳": "辽宁"}
    labels = ("延边", "西双版纳", "和田", "海南州", "白沙县", "吉林市", "广州", "朝阳区", "朝阳")
    choices = Choices(tuple(Choice(label, of=of.get(label)) for label in labels))
    domain = Domain(ValueKind.DEPENDENT_ENUM, choices, places=True)
    assert parse_value(domain, typed, Surroundings(parent=parent)).value == value


@pytest.mark.parametrize(
    ("typed", "label"), [("北京", "北京市"), ("上海市", "上海"), ("广西壮族自治区", "广西")]
)
def test_regions_go_with_or_without_their_rank(typed, label):
    domain = Domain(
        ValueKind.REGION, Choices((Choice("北京市"), Choice("上海"), Choice("广西"))), places=True
    )
    assert parse_value(domain, typed).value == label
