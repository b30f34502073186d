"""The six stages of the fictitious company's customers, and their losses, told from their stories."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import company_words as words
from company_story import AS_OF, Customer, Row, Tables, between, maybe

if TYPE_CHECKING:
    import random


def make_stages(dice: random.Random, customers: list[Customer]) -> Tables:
    """Return the six stages; a customer has a row in every stage up to the one it reached."""
    reached = {
        stage: [customer for customer in customers if customer.stage >= stage] for stage in range(1, 7)
    }
    return {
        "prospects": [make_prospect(dice, customer) for customer in reached[1]],
        "evaluation": [make_evaluation(dice, customer) for customer in reached[2]],
        "followups": [make_followup(dice, customer) for customer in reached[3]],
        "relationships": [make_relationship(dice, customer) for customer in reached[4]],
        "maintenance": [make_maintenance(dice, customer) for customer in reached[5]],
        "recovery": [make_recovery(dice, customer) for customer in reached[6]],
        "churn": make_losses(dice, reached[6]),
    }


def moves_on(customer: Customer, stage: int) -> str:
    """Return whether the customer went on from `stage`."""
    return "yes" if customer.stage > stage else "no"


def make_prospect(dice: random.Random, customer: Customer) -> Row:
    """Return the row of stage 1."""
    return {
        "name": customer.name,
        "contact": f"{customer.pinyin}{customer.customer_id}@example.com",
        "company": customer.company,
        "position": customer.position,
        "industry": customer.industry,
        "need": dice.choice(words.NEEDS),
        "customer_id": customer.customer_id,
        "source": dice.choice(
            ("referral", "exhibition", "website", "search", "social", "telephone", "partner")
        ),
        "owner": customer.owner,
        "registered_on": customer.found,
        "advance": moves_on(customer, 1),
    }


def make_evaluation(dice: random.Random, customer: Customer) -> Row:
    """Return the row of stage 2; whoever came far was rated well."""
    best = 5 if customer.stage >= 4 else 4
    ratings = [dice.randint(max(1, best - 3), best) for _ in range(3)]
    return {
        "customer_id": customer.customer_id,
        "power_analysis": dice.choice(
            ("年度采购预算充足", "预算需逐级审批", "付款及时", "资金较紧，倾向分期")
        ),
        "willingness_analysis": dice.choice(
            ("已有明确采购计划", "正在比较供应商", "有意向但不急", "由总部统一决定")
        ),
        "loyalty_analysis": dice.choice(("习惯固定供应商", "更看重价格", "合作过一次，评价良好", "首次接触")),
        "economy": dice.choices(("good", "fair", "poor"), (5, 4, 1))[0],
        "budget": dice.choice(("below_1", "from_1", "from_5", "from_10", "from_50")),
        "need_strength": dice.choice(("high", "medium", "low")),
        "decision_speed": dice.choice(("fast", "medium", "slow")),
        "brand_loyalty": dice.choice(("high", "medium", "low")),
        "purchase_history": dice.choice(("曾采购同类产品", "从其他供应商采购", "首次采购")),
        "power_score": ratings[0],
        "willingness_score": ratings[1],
        "loyalty_score": ratings[2],
        "owner": customer.owner,
        "advance": moves_on(customer, 2),
    }


def make_followup(dice: random.Random, customer: Customer) -> Row:
    """Return the row of stage 3; the next contact lies around the as-of date."""
    return {
        "customer_id": customer.customer_id,
        "resolution": dice.choices(("none", "resolved", "in_progress", "open"), (4, 4, 2, 1))[0],
        "feedback": maybe(
            dice, 0.6, dice.choice(("希望加快交货", "价格合适", "对方案满意", "希望增加培训", "再考虑一下"))
        ),
        "satisfaction": dice.choices((2, 3, 4, 5), (1, 3, 5, 4))[0],
        "next_followup": AS_OF + timedelta(days=dice.choices((-12, -4, 2, 5, 15, 28), (1, 1, 2, 2, 4, 4))[0]),
        "owner": customer.owner,
        "advance": moves_on(customer, 3),
    }


def make_relationship(dice: random.Random, customer: Customer) -> Row:
    """Return the row of stage 4."""
    start = customer.found + timedelta(days=dice.randint(15, 60))
    return {
        "customer_id": customer.customer_id,
        "mode": dice.choice(("framework", "single", "distribution", "subscription", "project")),
        "start": start,
        "end": start + timedelta(days=dice.choice((365, 730, 1095)) - 1),
        "results": dice.choice(("首批交付完成", "完成设备安装", "签订框架协议", "试用效果良好")),
        "amount": dice.randint(3, 60) * 1000,
        "owner": customer.owner,
        "advance": moves_on(customer, 4),
    }


def make_maintenance(dice: random.Random, customer: Customer) -> Row:
    """Return the row of stage 5."""
    last = between(dice, max(customer.found, date(2025, 1, 1)), AS_OF)
    return {
        "customer_id": customer.customer_id,
        "satisfaction": dice.choices((2, 3, 4, 5), (1, 3, 5, 4))[0],
        "plan": dice.choice(("monthly", "quarterly", "festival", "training", "benefits", "dedicated")),
        "last_care": last,
        "next_care": last + timedelta(days=dice.choice((60, 90, 120, 180))),
        "owner": dice.choice(words.SERVICE),
        "advance": moves_on(customer, 5),
    }


def make_recovery(dice: random.Random, customer: Customer) -> Row:
    """Return the row of stage 6: measures, and what came of them."""
    lost = customer.left is not None and not customer.recovered
    status = "recovered" if customer.recovered else "lost" if lost and dice.random() < 0.6 else "in_progress"
    effect = {"recovered": "effective", "lost": "ineffective"}.get(status) or dice.choice(
        ("pending", "partial")
    )
    if customer.left_again:
        status, effect = "in_progress", "pending"
    elif customer.won_back:
        status, effect = "recovered", "effective"
    return {
        "customer_id": customer.customer_id,
        "measures": dice.choice(
            ("电话回访", "上门拜访并致歉", "提供优惠方案", "更换专属客服", "赠送延保服务")
        ),
        "effect": effect,
        "status": status,
        "recovered_on": "" if customer.left_again else customer.won_back or "",
        "owner": customer.owner,
    }


def make_losses(dice: random.Random, customers: list[Customer]) -> list[Row]:
    """Return the rows of 客户流失分析: losses and risks, then the losses of who was won back before."""
    rows = [make_churn(dice, customer) for customer in customers if customer.left or dice.random() < 0.5]
    rows += [
        {
            "customer_id": customer.customer_id,
            "churn_date": customer.left_again,
            "reason": "service",
            "followup": "电话了解原因",
            "recovered_on": "",
            "effect": "",
        }
        for customer in customers
        if customer.left_again
    ]
    return [{"churn_id": 13001 + place, **row} for place, row in enumerate(rows)]


def make_churn(dice: random.Random, customer: Customer) -> Row:
    """Return a customer's first row of 客户流失分析; without a date it is a risk, not a loss."""
    return {
        "customer_id": customer.customer_id,
        "churn_date": customer.left or "",
        "reason": dice.choices(
            ("price", "service", "product", "competitor", "need", "other"), (4, 3, 2, 4, 2, 1)
        )[0],
        "followup": dice.choice(("电话了解原因", "发送满意度问卷", "安排区域经理拜访", "暂列观察名单")),
        "recovered_on": customer.won_back or "",
        "effect": "effective" if customer.won_back else "",
    }
