"""Rows known again: by id, by key, by content, and never two for one."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbook.build.identity import number_of
from crmbook.merge import differs
from tests.ingest.identify.visits import BOOK, IDS, NAMES, people, person, stored, visit

LAW = settings(derandomize=True, deadline=None, max_examples=15)
FOUR = people(4)


def without(row, *labels):
    return {label: value for label, value in row.items() if label not in labels}


def beside(ids, rows):
    """The rows as they stand when only the visible columns were moved: ids stay where they were."""
    return [
        without(row, "row_id") | ({"row_id": text} if text else {})
        for text, row in zip(ids, rows, strict=True)
    ]


@pytest.mark.parametrize(
    ("rows", "ids"),
    [
        pytest.param(FOUR, IDS[:4], id="untouched"),
        pytest.param(FOUR[::-1], IDS[3::-1], id="other order"),
        pytest.param([person(0, customer_id="A-1"), *FOUR[1:]], IDS[:4], id="one key renamed"),
        pytest.param([person(0, customer_id="A-1"), person(1, customer_id="B-2"), *FOUR[2:]], IDS[:4], id="two renamed"),
        pytest.param(
            beside(IDS[:4], [person(1, customer_id="A-1"), person(1, customer_id="B-2"), *FOUR[2:]]), IDS[:4],
            id="renamed and made alike",
        ),
        pytest.param([person(0, customer_id="002"), *FOUR[1:]], IDS[:4], id="renamed to a key that is taken"),
        pytest.param([person(0, name="别人", phone=None, gender=None), *FOUR[1:]], IDS[:4], id="all but the key changed"),
        pytest.param([FOUR[0], FOUR[3]], [IDS[0], IDS[3]], id="rows deleted"),
        pytest.param(
            [person(at, customer_id=f"{at + 2:03d}") for at in range(4)], IDS[:4], id="all renumbered by one"
        ),
        pytest.param(
            [person(0, customer_id="002"), person(1, customer_id="001"), *FOUR[2:]], IDS[:4], id="two keys exchanged"
        ),
    ],
)  # fmt: skip
def test_rule_02_a_row_is_its_id_wherever_it_stands_and_whatever_changed(rows, ids):
    seen = visit(rows, image=stored(4))
    assert seen.ids() == ids
    assert seen.identity.new["customers"] == seen.identity.blank["customers"] == ()
    assert seen.codes() == {}


@pytest.mark.parametrize(
    ("rows", "ids", "moved"),
    [
        pytest.param(beside(IDS[:4], FOUR[::-1]), IDS[3::-1], 4, id="sorted downwards"),
        pytest.param(beside(IDS[:2], FOUR[1::-1]), [IDS[1], IDS[0]], 2, id="two rows"),
        pytest.param(beside(IDS[:4], [FOUR[1], FOUR[0], *FOUR[2:]]), [IDS[1], IDS[0], *IDS[2:4]], 2, id="only some"),
        pytest.param(
            beside(IDS[:4], [person(3, name="改名"), FOUR[2], FOUR[1], FOUR[0]]), IDS[3::-1], 4, id="and edited"
        ),
        pytest.param(
            beside(IDS[:4], [FOUR[3], person(2, customer_id="C-3"), FOUR[1], FOUR[0]]), IDS[3::-1], 3, id="and renamed"
        ),
        pytest.param(
            beside(IDS[:4], [person(1, customer_id="B-2"), person(0, customer_id="A-1"), *FOUR[2:]]),
            [IDS[1], IDS[0], *IDS[2:4]], 2, id="both renamed",
        ),
        pytest.param(
            beside(IDS[:4], [person(2, customer_id="C", phone=None), person(0, customer_id="A"), FOUR[3], person(1, customer_id="B")]),
            [IDS[2], IDS[0], IDS[3], IDS[1]], 3, id="three renamed, one edited",
        ),
        pytest.param(beside(IDS[:3], FOUR[1:]), IDS[1:4], 3, id="cells moved up"),
        pytest.param(beside(IDS[2:3], FOUR[3:]), IDS[3:4], 1, id="the last row moved up"),
        pytest.param(
            beside([*IDS[:4], None], [FOUR[0], person(8), *FOUR[1:]]), [IDS[0], "new", *IDS[1:4]], 3, id="moved down"
        ),
    ],
)  # fmt: skip
def test_rule_02_ids_that_came_off_are_put_back_by_key_and_said(rows, ids, moved):
    seen = visit(rows, image=stored(4))
    assert ["new" if text not in IDS[:4] else text for text in seen.ids()] == ids
    assert seen.codes()["identify.rematched"]["count"] == moved
    assert len(seen.identity.blank["customers"]) >= moved


def test_rule_02_where_nothing_but_keys_is_typed_two_of_them_are_a_sort():
    bare = [{"customer_id": f"{at:03d}", "row_id": IDS[at]} for at in range(3)]
    image = visit(bare).frames
    seen = visit(beside(IDS[:3], bare[::-1]), image=image)
    assert seen.ids() == IDS[2::-1]


@pytest.mark.parametrize("from_head", [False, True])
def test_rule_01_stripped_ids_are_matched_by_key_and_said(from_head):
    known = stored(4)
    rows = [without(row, "row_id") for row in FOUR[::-1]]
    seen = visit(rows, head=known) if from_head else visit(rows, image=known, head={})
    assert seen.ids() == IDS[3::-1]
    assert seen.identity.new["customers"] == ()
    assert len(seen.identity.blank["customers"]) == 4
    assert seen.codes() == {"identify.by-key": {"table": "客户", "count": 4}}


def test_rule_01_keys_that_are_computed_are_keys_too():
    known = stored(1)
    upper = known["bands"].iloc[1]
    seen = visit(
        [person(0)], bands=[{"rule": upper["rule"], "from": upper["from"], "result": "钻石"}], image=known
    )
    assert seen.ids("bands") == [known["bands"].index[1]]


def test_rule_01_a_workbook_without_a_store_is_taken_over_with_its_ids():
    repeated, strange = person(3) | {"row_id": IDS[0]}, person(4) | {"row_id": "x-1"}
    seen = visit([*FOUR[:2], person(2, row_id=False), repeated, strange])
    assert seen.ids()[:2] == IDS[:2]
    assert len(set(seen.ids())) == 5
    assert len(seen.identity.blank["customers"]) == 3
    assert seen.codes() == {}


@pytest.mark.parametrize(
    ("copies", "kept"),
    [
        pytest.param([person(1), person(1)], 0, id="identical: the upper one"),
        pytest.param([person(1, phone="13900000000"), person(1)], 1, id="the copy above was edited"),
        pytest.param([person(1), person(1, phone="13900000000")], 0, id="the copy below was edited"),
        pytest.param([person(1, customer_id=None), person(1)], 1, id="the copy lost its key"),
        pytest.param(
            [person(1, customer_id=None), person(1, name="改", phone=None)], 1, id="the key speaks before other cells"
        ),
        pytest.param([person(1), person(1), person(1, name="改")], 0, id="three"),
    ],
)  # fmt: skip
def test_rule_03_of_copies_the_one_closest_to_its_image_keeps_the_id(copies, kept):
    seen = visit([person(0), *copies, person(2)], image=stored(3))
    assert [place for place, text in enumerate(seen.ids()[1:-1]) if text == IDS[1]] == [kept]
    assert len(set(seen.ids())) == len(copies) + 2
    said = [issue for issue in seen.identity.issues if issue.code == "identify.copied"]
    assert len(said) == len(copies) - 1 == len(seen.identity.new["customers"])
    assert {issue.params["kept"] for issue in said} == {3 + kept}


def test_rule_03_a_copied_key_is_an_issue_on_both_rows_and_no_edit_is_lost():
    seen = visit([person(0), person(0, name="抄来的")], image=stored(1))
    frame = seen.frames["customers"]
    assert frame["customer_id"].tolist() == ["001", "001"]
    assert frame["name"].tolist() == ["甲0", "抄来的"]
    assert [issue.code for issue in seen.checked.issues].count("check.duplicate-key") == 2


def test_rule_03_blanking_the_copied_key_gives_the_copy_a_number_of_its_own():
    image = visit([person(0), person(0, name="抄来的")], image=stored(1)).frames
    copy = image["customers"].index[1]
    seen = visit([person(0), person(0, name="抄来的", row_id=copy, customer_id=None)], image=image)
    assert seen.frames["customers"]["customer_id"].tolist() == ["001", "002"]


def test_rule_03_an_id_filled_down_over_others_does_no_harm():
    seen = visit([person(at) | {"row_id": IDS[0]} for at in range(4)], image=stored(4))
    assert seen.ids() == IDS[:4]
    assert seen.identity.new["customers"] == ()
    assert len(seen.identity.blank["customers"]) == 3


def journalled(*rows):
    """A store that took in rows without ids: its image, and their ids."""
    image = visit([*FOUR[:2], *rows], image=stored(2))
    return image.frames, [image.identity.ids["customers"][row] for row in image.identity.new["customers"]]


NEW = {"name": "新人", "phone": "13911112222", "gender": "女"}
OTHER = {"name": "旧识", "phone": "13933334444", "gender": "男"}


@pytest.mark.sample(6)
@pytest.mark.parametrize(
    ("rows", "same"),
    [
        pytest.param([NEW, OTHER], [0, 1], id="as they were"),
        pytest.param([OTHER, NEW], [1, 0], id="other order"),
        pytest.param([NEW | {"name": "改名"}, OTHER], [0, 1], id="one edited"),
        pytest.param([OTHER | {"phone": None}, NEW | {"email": "a@b.cn"}], [1, 0], id="both edited, other order"),
        pytest.param([NEW, OTHER, NEW], [0, 1, None], id="one repeated"),
        pytest.param([OTHER], [1], id="one deleted"),
        pytest.param([NEW, {"name": "第三", "email": "c@d.cn"}, OTHER], [0, None, 1], id="a third"),
        pytest.param([{"name": "全变", "email": "c@d.cn"}, OTHER], [None, 1], id="nothing left of one"),
        pytest.param([NEW | {"customer_id": "077"}, OTHER], [0, 1], id="given a key by hand"),
    ],
)  # fmt: skip
def test_rule_04_rows_taken_in_without_an_id_are_not_added_twice(rows, same):
    image, journal = journalled(NEW, OTHER)
    rows = [{label: value for label, value in row.items() if value is not None} for row in rows]
    seen = visit(
        [*FOUR[:2], *rows], image=image, journal=journal, counters={"row:customers": number_of(journal[-1])}
    )
    given = seen.ids()[2:]
    assert [journal.index(text) if text in journal else None for text in given] == same
    assert len(set(seen.ids())) == len(rows) + 2
    assert seen.codes() == {}


def test_rule_04_twins_are_told_apart_by_number():
    image, journal = journalled(NEW, NEW)
    assert visit([*FOUR[:2], NEW, NEW], image=image, journal=journal).ids() == [*IDS[:2], *journal]
    assert visit([*FOUR[:2], NEW], image=image, journal=journal).ids() == [*IDS[:2], journal[0]]


def test_rule_04_a_row_that_the_journal_does_not_name_is_never_matched_by_content():
    seen = visit([FOUR[0], without(FOUR[1], "row_id", "customer_id")], image=stored(2))
    assert seen.identity.new["customers"] == (3,)


def test_an_id_that_nobody_knows_is_no_id():
    foreign = person(7) | {"row_id": IDS[15]}
    seen = visit([*FOUR, foreign], image=stored(4))
    assert seen.ids()[-1] not in IDS[:4]
    assert seen.codes() == {"identify.strangers": {"table": "客户", "count": 1}}


@pytest.mark.parametrize(("counter", "first"), [(40, 41), (None, 4), (1, 4)])
def test_rule_02_new_ids_count_on_and_never_meet_one_that_stands_somewhere(counter, first):
    counters = {} if counter is None else {"row:customers": counter}
    seen = visit([*FOUR, person(7, row_id=False)], image=stored(4), counters=counters)
    assert [number_of(text) for text in seen.ids()[4:]] == [first]
    assert seen.identity.counters["row:customers"] == first


@pytest.mark.parametrize(
    ("row", "is_new"),
    [
        pytest.param(person(2, row_id=False), False, id="the same row"),
        pytest.param({"customer_id": "003", "email": "c@d.cn"}, False, id="nothing speaks against it"),
        pytest.param(
            person(2, row_id=False, name="同号的另一人"), True, id="two people counted to one number"
        ),
    ],
)
def test_rule_02_a_number_that_the_head_gave_meanwhile_is_the_row_only_if_nothing_contradicts(row, is_new):
    seen = visit([*FOUR[:2], row], image=stored(2), head=stored(3))
    assert bool(seen.identity.new["customers"]) == is_new
    assert (seen.ids()[2] == IDS[2]) == (not is_new)


def test_rule_02_a_key_blanked_by_mistake_comes_back():
    seen = visit([person(0, customer_id=None), FOUR[1]], image=stored(2))
    assert seen.frames["customers"]["customer_id"].tolist() == ["001", "002"]
    assert seen.identity.keys == {"customers": {3: "001"}} or list(
        seen.identity.keys["customers"].values()
    ) == ["001"]


def test_new_rows_get_keys_that_count_on_and_names_resolve_to_them():
    rows = [*FOUR[:2], {"name": "新人", "phone": "13911112222"}]
    orders = [{"order_id": "1001", "customer_id": "新人", "date": date(2023, 3, 1), "amount": 5.0}]
    seen = visit(rows, image=stored(2), counters={"key:customers.customer_id": 9}, orders=orders)
    assert seen.frames["customers"]["customer_id"].tolist() == ["001", "002", "010"]
    assert seen.frames["orders"]["customer_id"].tolist() == ["010"]
    assert seen.counters["key:customers.customer_id"] == 10


ACTIONS = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from(["strip", "edit", "delete", "copy", "foreign", "nothing"])),
    max_size=8,
)


@LAW
@given(order=st.permutations(range(10)), actions=ACTIONS)
def test_rule_02_and_03_no_row_is_ever_lost_or_doubled(order, actions):
    known = stored(10)
    rows = {number: person(number) for number in order}
    copies = []
    for number, action in actions:
        row = rows.get(number)
        if row is None or action == "nothing":
            continue
        if action == "delete":
            del rows[number]
        elif action == "copy":
            copies.append(dict(row))
        elif action == "strip":
            row.pop("row_id", None)
        elif action == "foreign":
            row["row_id"] = "zz-9"
        else:
            row["phone"] = "13999999999"
    seen = visit([*rows.values(), *copies], image=known, counters={"row:customers": 9})
    given_ids = seen.ids()
    assert len(set(given_ids)) == len(given_ids) == len(rows) + len(copies)
    names = dict(zip(given_ids, seen.frames["customers"]["name"].tolist(), strict=True))
    for number in rows:
        assert names[IDS[number]] == f"{NAMES[number]}{number}"
    assert {IDS[number] for number in range(10)} & set(given_ids) >= {IDS[number] for number in rows}
    assert len(seen.identity.new["customers"]) == len(given_ids) - len(set(given_ids) & set(IDS[:10]))


@pytest.mark.slow
@LAW
@given(order=st.permutations(range(6)), ids=st.lists(st.booleans(), min_size=6, max_size=6))
def test_rule_02_sorting_what_can_be_seen_changes_nothing(order, ids):
    known = stored(6)
    texts = [text if kept else None for text, kept in zip(IDS[:6], ids, strict=True)]
    seen = visit(beside(texts, [person(number) for number in order]), image=known)
    assert seen.ids() == [IDS[number] for number in order]
    ours, theirs = seen.frames["customers"].loc[known["customers"].index], known["customers"]
    assert not any(differs(ours[label], theirs[label]).any() for label in theirs.columns)
    again = visit([person(number) for number in order], image=seen.frames)
    assert again.ids() == seen.ids()
    assert again.codes() == {}


def test_every_message_of_identifying_has_words():
    seen = visit([person(0), person(0), person(7) | {"row_id": "zz-9"}, *FOUR[2:0:-1]], image=stored(3))
    for issue in seen.identity.issues:
        for lang in ("zh", "en"):
            assert "{" not in issue.text(lang) + issue.remedy(lang)
    assert BOOK.tables["customers"].key == "customer_id"
