"""Sentences that the figures choose: as many as there is room for, and how many more there are."""

from __future__ import annotations

from datetime import date

import pytest

from crmbook.build import choose_advice
from crmbook.schema import load_book, recompute, table_frame

TODAY = date(2024, 6, 30)
BAD = {
    "customers": [{"customer_id": "001", "registered_on": date(2023, 3, 1)}],
    "transactions": [{"customer_id": "001", "date": date(2023, 3, 1), "amount": 100}],
    "surveys": [{"date": date(2024, 3, 1), "score": 2}, {"date": date(2023, 3, 1), "score": 5}],
    "alerts": [{"customer_id": "001", "last_purchase": date(2023, 3, 1), "frequency": 9}],
    "followups": [{"customer_id": "001", "next_followup": date(2024, 6, 1)}],
    "tasks": [{"task_id": "11001", "customer_id": "001", "due": date(2024, 6, 1)}],
    "feedback": [{"customer_id": "001", "status": "未处理"}, {"customer_id": "001", "status": "Open"}],
}
"""Every second figure is bad: eight rules hold."""


def lines(lang: str, rows: dict[str, list[dict[str, object]]]) -> list[str]:
    """Return the lines of a book that holds just `rows`."""
    book = load_book("standard", lang)
    frames = {
        name: table_frame(table, {key: [row.get(key) for row in rows.get(name, [])] for key in table.fields})
        for name, table in book.tables.items()
        if table.managed and not table.seed
    }
    _, shown = choose_advice(book.pages["summary"], recompute(book, frames, TODAY))
    return list(shown)


def test_praise_is_for_figures_that_are_there() -> None:
    shown = lines("zh", {"customers": [{"customer_id": "001"}]})
    assert shown == ["各项指标正常，请保持。", "", "", "", "", "", ""]


@pytest.mark.parametrize(("lang", "words"), [("zh", "第{}步"), ("en", "Step {}")])
def test_a_book_without_customers_says_what_to_do_first(lang, words) -> None:
    shown = lines(lang, {})
    numbers = "一二三" if lang == "zh" else "123"
    assert all(
        line.startswith(f"• {words.format(number)}") for line, number in zip(shown, numbers, strict=False)
    )
    assert shown[3:] == ["", "", "", ""]


@pytest.mark.parametrize(
    ("lang", "shown"),
    [
        (
            "zh",
            ["• 客户满意度低于警", "• 客户满意度比上期", "• 新增客户比上期减", "• 销售额低于上期：",
             "• 有客户处于高流失", "• 有跟进已经逾期：", "…另有 2 条，处理"],
        ),
        (
            "en",
            ["• Satisfaction is below", "• Satisfaction is falling", "• Fewer new", "• Sales are lower",
             "• Some customers", "• Some follow-ups", "… and 2 more,"],
        ),
    ],
)  # fmt: skip
def test_what_there_is_no_room_for_is_counted(lang, shown) -> None:
    assert [line[: len(words)] for line, words in zip(lines(lang, BAD), shown, strict=True)] == shown
