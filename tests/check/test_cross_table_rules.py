"""The shipped rules across fields and tables, each at its boundary and beside it, in one workbook."""

from __future__ import annotations

from functools import cache

import pytest

from crmbook.base.issues import Severity
from tests.check.filled import day, found

REGISTERED = {f"{number:03}": day("01-01") for number in range(1, 41)}
ODD = {"003": day("07-01"), "004": day("06-30"), "009": None}
VERIFIED = {"001": day("01-02"), "002": day("01-01"), "005": day("07-01"), "006": day("06-30")}
CUSTOMERS = [
    {
        "customer_id": key,
        "name": f"客户{key}",
        "email": f"c{key}@example.com",
        "registered_on": ODD.get(key, registered),
        "verified_on": VERIFIED.get(key),
        "birth_date": day("1993-05-12") if key in {"011", "012", "013"} else None,
        "age": {"011": 30, "012": 33, "014": 5}.get(key),
    }
    for key, registered in REGISTERED.items()
]


def chain(*stages):
    """One row in each stage table for each (customer, stages it has)."""
    names = ("prospects", "evaluation", "followups", "relationships", "maintenance", "recovery")
    tables = {name: [] for name in names}
    for key, held in stages:
        for number in held:
            row = {"customer_id": key}
            if number == 1:
                row |= {"name": f"客户{key}", "contact": f"c{key}@example.com"}
            tables[names[number - 1]].append(row)
    return tables


STAGES = chain(
    ("001", (1, 2, 3, 4, 5, 6)), ("002", (1, 3)), ("003", (2, 3)), ("004", (1, 2, 3, 5)), ("005", (6,)),
    ("006", (1, 2, 3, 4)), ("007", (1, 2)), ("008", (1, 2)), *((f"{n:03}", (1, 2, 3, 4, 5, 6)) for n in (21, 22, 23, 24)),
)  # fmt: skip


def patch(table, key, **values):
    next(row for row in STAGES[table] if row["customer_id"] == key).update(values)


patch("evaluation", "007", advance="是", power_score=3, willingness_score=3)
patch("evaluation", "008", advance="是", power_score=3, willingness_score=3, loyalty_score=1)
patch("followups", "006", last_contact=day("07-01"))
patch("followups", "004", last_contact=day("06-30"))
patch("maintenance", "021", last_care=day("07-01"))
patch("maintenance", "022", last_care=day("06-30"))
patch("recovery", "001", status="已挽回", recovered_on=day("07-01"))
patch("recovery", "021", status="已流失")
patch("recovery", "022", status="已挽回")
patch("recovery", "023", status="已流失")


def orders(*given):
    return [
        {"transaction_id": key, "customer_id": customer, "date": day(when), "amount": 10}
        for key, customer, when in given
    ]


ROWS = {
    "customers": CUSTOMERS,
    **STAGES,
    "transactions": orders(
        ("1", "001", "01-01"), ("2", "001", "2023-12-31"), ("3", "009", "2001-01-01"), ("4", "001", "06-30"),
        ("5", "001", "07-01"), ("6", "021", "05-02"), ("7", "022", "05-02"), ("8", "023", "05-01"), ("9", "024", "05-02"),
    ),
    "interactions": [
        {"interaction_id": "1", "customer_id": "001", "date": day("06-30")},
        {"interaction_id": "2", "customer_id": "001", "date": day("07-01")},
    ],
    "feedback": [
        {"feedback_id": "1", "customer_id": "001", "date": day("06-01"), "status": "已处理", "handled_on": day("06-30")},
        {"feedback_id": "2", "customer_id": "001", "date": day("06-01"), "status": "已处理", "handled_on": day("07-01")},
        {"feedback_id": "3", "customer_id": "001", "date": day("06-01"), "status": "未处理", "handled_on": day("06-02")},
        {"feedback_id": "4", "customer_id": "001", "date": day("06-01"), "status": "未处理"},
    ],
    "surveys": [
        {"survey_id": "1", "customer_id": "001", "date": day("06-30"), "score": 5},
        {"survey_id": "2", "customer_id": "001", "date": day("07-01"), "score": 5},
    ],
    "campaigns": [
        {"name": "春季", "start": day("03-01"), "end": day("03-31")},
        {"name": "无期"},
        {"name": "五月起", "start": day("05-01")},
    ],
    "participations": [
        {"record_id": str(number), "customer_id": "001", "campaign": campaign, "date": day(when)}
        for number, (campaign, when) in enumerate(
            [("春季", "03-01"), ("春季", "03-31"), ("春季", "02-29"), ("春季", "04-01"), ("无期", "2020-01-01"),
             ("五月起", "05-01"), ("五月起", "04-30")], start=1)
    ],
    "churn": [
        {"churn_id": "010", "customer_id": "010", "churn_date": day("2023-12-31")},
        {"churn_id": "011", "customer_id": "011", "churn_date": day("01-01")},
        *({"churn_id": key, "customer_id": key, "churn_date": day("05-01")} for key in ("021", "022", "023", "024")),
        {"churn_id": "001", "customer_id": "001"},
        {"churn_id": "006a", "customer_id": "006"},
        {"churn_id": "006b", "customer_id": "006"},
        {"churn_id": "007a", "customer_id": "007", "churn_date": day("05-01")},
        {"churn_id": "007b", "customer_id": "007", "churn_date": day("05-20")},
        {"churn_id": "008", "customer_id": "008", "churn_date": day("05-10"), "recovered_on": day("05-09")},
    ],
    "tasks": [
        {"task_id": "1", "customer_id": "001", "owner": "王芳", "due": day("06-30"), "completed_on": day("06-30")},
        {"task_id": "2", "customer_id": "001", "owner": "王芳", "due": day("06-30"), "completed_on": day("07-01")},
    ],
}  # fmt: skip

EXPECTED = {
    ("customers", "registered-on-in-the-past", "003"),
    ("customers", "verified-on-in-the-past", "005"),
    ("customers", "age-matches", "012"),
    ("transactions", "after-registration", "2"),
    ("transactions", "date-in-the-past", "5"),
    ("interactions", "date-in-the-past", "2"),
    ("feedback", "handled-on-in-the-past", "2"),
    ("feedback", "handled-has-status", "3"),
    ("surveys", "date-in-the-past", "2"),
    ("participations", "within-campaign", "3"),
    ("participations", "within-campaign", "4"),
    ("participations", "within-campaign", "7"),
    ("churn", "after-registration", "010"),
    ("churn", "no-later-purchase", "021"),
    ("churn", "no-later-purchase", "024"),
    ("churn", "one-open-risk", "006a"),
    ("churn", "one-open-risk", "006b"),
    ("churn", "after-the-loss-before", "007b"),
    ("churn", "won-back-after-the-loss", "008"),
    ("recovery", "not-lost-since", "001"),
    ("recovery", "won-back-in-the-past", "001"),
    ("recovery", "lost-without-later-purchase", "021"),
    ("evaluation", "stage-not-skipped", "003"),
    ("evaluation", "rated-before-moving-on", "007"),
    ("followups", "stage-not-skipped", "002"),
    ("followups", "last-contact-in-the-past", "006"),
    ("maintenance", "stage-not-skipped", "004"),
    ("maintenance", "last-care-in-the-past", "021"),
    ("recovery", "stage-not-skipped", "005"),
    ("tasks", "completed-on-in-the-past", "2"),
}


@cache
def issues():
    return found(ROWS)


def told():
    return {(one.table, one.params["rule"], one.row_key) for one in issues() if one.code == "check.rule"}


@pytest.mark.sample(17)
@pytest.mark.parametrize("rule", sorted(EXPECTED), ids="-".join)
def test_a_broken_rule_is_told(rule):
    assert rule in told()


def test_nothing_else_is_told():
    assert told() == EXPECTED
    assert {one.code for one in issues()} == {"check.rule"}


def test_rules_across_tables_only_warn_and_name_their_cell():
    for one in issues():
        assert one.severity is Severity.WARNING
        assert one.location.sheet
        assert one.location.cell
        assert one.field_name in one.params["fields"]
        assert one.text("zh") != one.text("en")
