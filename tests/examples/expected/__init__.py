"""Every computed field and cell of every template, counted anew from the requirements and not from the schemas.

A field that is not here and not among `EXCEPTIONS` fails a test: who adds a formula says here, in other words, what it
should give.
"""

from tests.examples.expected import between, card, churn, customers, leaders, purchases, summary, targets
from tests.examples.expected.ledger import CELLS, FIELDS, ONLY, TYPED_OVER, Ledger, Plain, ledger, plain

ORDER = "an order of rows in any scale; the lists of the card, which are counted, show it"
LOSSES = (
    "a step between two columns; 流失状态, 回流日期 and every figure of the summary that reads it are counted"
)
SALES = "what the lists of the ten largest are made of, which are counted"
EXCEPTIONS = {
    **{
        (table, "order_key"): ORDER
        for table in ("transactions", "interactions", "feedback", "preferences", "surveys")
    },
    **{
        (f"card_{table}_keys", f"k{place}"): ORDER
        for table, count in (
            ("purchase", 10),
            ("contact", 10),
            ("survey", 5),
            ("feedback", 5),
            ("preference", 6),
        )
        for place in range(1, count + 1)
    },
    ("card_preferences", "place"): ORDER,
    **{
        (table, name): SALES
        for table, prefix in (("customers", "period"), ("campaigns", "period"), ("transactions", "product"))
        for name in (f"{prefix}_sales", f"{prefix}_weight")
    },
    **{
        ("transactions", name): "a step on the way to 复购率, which is counted"
        for name in ("previous_purchase", "next_purchase", "day_share")
    },
    **{
        (
            "",
            name,
        ): "counts the lines of a list that build and sync write; tests/build/test_guide.py counts them"
        for name in ("due_overdue", "due_today", "due_week", "open_conflicts")
    },
    ("customers", "deal_stage"): "a step on the way to 在谈机会, which are counted by stage",
    ("region_sales", "weight"): "an order of regions in any scale; 销售额前十地区 shows it",
    ("tasks", "owner_position"): "an order of owners in any scale; 任务负责人汇总 shows it",
    **{
        (table, "owner_position"): "an order of owners in any scale; 负责人销售额 shows it"
        for table in ("customers", "targets")
    },
    **{
        ("targets", name): "a step on the way to 负责人销售额 and 目标完成率, which are counted"
        for name in ("period_target", "reached")
    },
    **{
        ("churn", name): LOSSES
        for name in (
            "bought_again",
            "won_back",
            "loss",
            "ended_on",
            "previous_churn",
            "previous_end",
            "place",
        )
    },
}
"""Computed fields that have no meaning of their own, with the reason."""

__all__ = [
    "CELLS", "EXCEPTIONS", "FIELDS", "ONLY", "TYPED_OVER", "Ledger", "Plain", "between", "card", "churn", "customers",
    "leaders", "ledger", "plain", "purchases", "summary", "targets",
]  # fmt: skip
