"""Write the book of a fictitious company: 200 customers, 2,000 purchases, every sheet filled.

A customer is a story first (`Customer`): when it was found, how far it came, how often it buys, whether it
left. Every table is then told from the same stories, so that the sheets agree with each other. The numbers
come from one seeded generator: the same files at every run, on every machine. What its texts are in an English book,
``words.csv`` says, see `company_english`.

    python examples/generate_company.py [FOLDER]
"""

from __future__ import annotations

import csv
import random
import sys
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import company_words as words
from company_english import make_words

SEED: Final = 20250630
AS_OF: Final = date(2025, 6, 30)
FIRST_DAY: Final = date(2023, 1, 3)
CUSTOMERS: Final = 200
TRANSACTIONS: Final = 2000
REACHED: Final = ((200, 1), (176, 2), (158, 3), (140, 4), (118, 5), (34, 6))
"""How many customers came at least to each stage."""
AVERTED: Final = "067"
"""Who stayed after having been at risk."""

Row = dict[str, object]
Tables = dict[str, list[Row]]


@dataclass(slots=True)
class Customer:
    """One customer's story.

    Attributes
    ----------
    stage
        The furthest stage the customer reached, 1 to 6.
    found
        Day of registration.
    buys
        Relative frequency of purchases; 0 for customers that have not bought yet.
    left
        Day of the loss, if the customer was lost.
    recovered
        Whether the customer came back after stage 6.
    won_back
        Day on which the customer was won back, or the risk averted.
    left_again
        Day of a second loss.
    """

    customer_id: str
    name: str
    pinyin: str
    gender: str
    company: str
    industry: str
    position: str
    region: str
    city: str
    address: str
    owner: str
    stage: int
    found: date
    buys: float
    left: date | None = None
    recovered: bool = False
    won_back: date | None = None
    left_again: date | None = None
    purchases: list[tuple[date, float]] = field(default_factory=list)


def main(folder: Path) -> None:
    """Write every table of the company as CSV into `folder`."""
    dice = random.Random(SEED)
    customers = make_customers(dice)
    tables: Tables = {"transactions": make_transactions(dice, customers)}
    win_back(customers)
    tables |= make_customer_tables(dice, customers)
    tables |= make_stages(dice, customers)
    tables |= make_contacts(dice, customers)
    tables |= make_campaigns(dice, customers)
    tables["tasks"] = make_tasks(dice, customers)
    tables["targets"] = make_targets(random.Random(SEED), customers)
    for name, rows in tables.items():
        write_table(folder / f"{name}.csv", rows)
        print(f"{name}: {len(rows)}")
    write_table(folder / "words.csv", make_words(customers, tables))


def write_table(path: Path, rows: list[Row]) -> None:
    """Write rows as CSV: UTF-8, machine field names as header, dates in ISO form."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def between(dice: random.Random, first: date, last: date) -> date:
    """Return a day from `first` to `last`, both included."""
    return first + timedelta(days=dice.randint(0, max(0, (last - first).days)))


def maybe(dice: random.Random, chance: float, value: object) -> object:
    """Return `value` with probability `chance`, else a blank."""
    return value if dice.random() < chance else ""


def make_customers(dice: random.Random) -> list[Customer]:
    """Return the customers in the order in which they were found."""
    stages = [max(stage for count, stage in REACHED if place < count) for place in range(CUSTOMERS)]
    dice.shuffle(stages)
    days = sorted(between(dice, FIRST_DAY, date(2025, 6, 20)) for _ in range(CUSTOMERS))
    names: set[str] = set()
    customers = [
        make_customer(dice, number, stage, day, names)
        for number, (stage, day) in enumerate(zip(stages, days, strict=True), start=1)
    ]
    for customer in customers:
        decide_loss(dice, customer)
    return customers


def make_customer(dice: random.Random, number: int, stage: int, found: date, names: set[str]) -> Customer:
    """Return one customer with a name that nobody else has."""
    while True:
        gender = dice.choice(("male", "female"))
        surname = dice.choice(list(words.SURNAMES))
        given = dice.choice(list(words.GIVEN_NAMES[gender]))
        if surname + given not in names:
            break
    names.add(surname + given)
    industry = dice.choice(list(words.FIRM_KINDS))
    region, province, cities, _ = dice.choices(words.PLACES, [place[3] for place in words.PLACES])[0]
    city, city_name = dice.choice(cities)
    return Customer(
        customer_id=f"{number:03}",
        name=surname + given,
        pinyin=words.SURNAMES[surname] + words.GIVEN_NAMES[gender][given],
        gender=gender,
        company=dice.choice(words.FIRM_NAMES) + dice.choice(words.FIRM_KINDS[industry]),
        industry=industry,
        position=dice.choice(words.POSITIONS),
        region=region,
        city=city,
        address=f"{province}{city_name}{dice.choice(words.STREETS)}{dice.randint(1, 399)}号",
        owner=dice.choice(words.OWNERS),
        stage=stage,
        found=found,
        buys=dice.choice((0.2, 0.4, 0.7, 1.0, 1.6, 3.0)) if stage >= 4 else 0.0,
    )


def decide_loss(dice: random.Random, customer: Customer) -> None:
    """Let two thirds of the customers in stage 6 leave, and some of these come back."""
    known_long = (AS_OF - customer.found).days > 240
    if customer.stage == 6 and known_long and dice.random() < 0.67:
        customer.left = between(dice, customer.found + timedelta(days=180), AS_OF - timedelta(days=20))
        customer.recovered = dice.random() < 0.25


def make_transactions(dice: random.Random, customers: list[Customer]) -> list[Row]:
    """Return the purchases by date; who buys often and has been here long buys most of them."""
    buyers = [
        customer for customer in customers if customer.buys and customer.found < AS_OF - timedelta(days=10)
    ]
    weights = [buyer.buys * (AS_OF - buyer.found).days for buyer in buyers]
    drawn = buyers + dice.choices(buyers, weights, k=TRANSACTIONS - len(buyers))
    rows = [make_purchase(dice, customer) for customer in drawn]
    rows.sort(key=lambda row: (str(row["date"]), str(row["customer_id"])))
    return [{"transaction_id": 1001 + place, **row} for place, row in enumerate(rows)]


def win_back(customers: list[Customer]) -> None:
    """Say when customers were won back; the first of them is lost again, and a risk is averted before a loss."""
    returned = [customer for customer in customers if customer.recovered]
    for customer in returned:
        customer.won_back = (customer.left or AS_OF) + timedelta(days=25)
    first = returned[0]
    first.left_again = max(day for day, _ in first.purchases) + timedelta(days=21)
    at_risk = next(one for one in customers if one.customer_id == AVERTED)
    at_risk.won_back = AS_OF - timedelta(days=15)


def make_purchase(dice: random.Random, customer: Customer) -> Row:
    """Return one purchase of the customer, while the customer was here."""
    last = customer.left - timedelta(days=30) if customer.left and not customer.recovered else AS_OF
    day = between(dice, customer.found + timedelta(days=5), last)
    product, price, _ = dice.choices(words.PRODUCTS, [item[2] for item in words.PRODUCTS])[0]
    quantity = dice.choice((1, 1, 1, 1, 2, 2, 3) if price < 1000 else (1, 1, 1, 2))
    payment = dice.choices([name for name, _ in words.PAYMENTS], [weight for _, weight in words.PAYMENTS])[0]
    customer.purchases.append((day, float(price * quantity)))
    return {
        "customer_id": customer.customer_id,
        "date": day,
        "amount": price * quantity,
        "product": product,
        "payment": payment,
        "unit_price": price,
        "quantity": quantity,
    }


def make_customer_tables(dice: random.Random, customers: list[Customer]) -> Tables:
    """Return the customers themselves and the sheets with one row for each."""
    return {
        "customers": [make_customer_row(dice, place, customer) for place, customer in enumerate(customers)],
        "classes": [
            {"class_id": 4001 + place, "customer_id": customer.customer_id, "urgency": urgency(dice)}
            for place, customer in enumerate(customers)
        ],
        "lifecycle": [
            {"lifecycle_id": 5001 + place, "customer_id": customer.customer_id}
            for place, customer in enumerate(customers)
        ],
        "loyalty": [
            {
                "analysis_id": 7001 + place,
                "customer_id": customer.customer_id,
                "referrals": dice.choice((0, 0, 0, 1, 1, 2, 3, 5, 6)) if customer.purchases else "",
            }
            for place, customer in enumerate(customers)
        ],
        "alerts": [
            {"alert_id": 8001 + place, "customer_id": customer.customer_id}
            for place, customer in enumerate(customers)
        ],
    }


def urgency(dice: random.Random) -> str:
    """Return how urgent a customer's need is."""
    return dice.choices(("urgent", "normal", "relaxed"), (2, 5, 3))[0]


def make_customer_row(dice: random.Random, place: int, customer: Customer) -> Row:
    """Return the row of 客户基本信息; telephone numbers are well-formed and belong to nobody."""
    spent = sum(amount for _, amount in customer.purchases)
    kind = "vip" if spent >= 12000 else "regular" if customer.purchases else "prospective"
    status = {1: "potential", 2: "pending", 3: "following"}.get(customer.stage, "closed")
    prefix = dice.choice(("136", "138", "139", "158", "186"))
    return {
        "customer_id": customer.customer_id,
        "name": customer.name,
        "gender": customer.gender,
        "phone": f"{prefix}0000{place + 1:04}",
        "email": f"{customer.pinyin}{place + 1:03}@example.com",
        "address": customer.address,
        "birth_date": between(dice, date(1965, 1, 1), date(2002, 12, 31)),
        "company": customer.company,
        "position": customer.position,
        "industry": customer.industry,
        "customer_type": kind,
        "region": customer.region,
        "city": customer.city,
        "status": status,
        "owner": customer.owner,
        "registered_on": customer.found,
        "opportunity": maybe(dice, 0.6, dice.randint(2, 60) * 1000),
        "hobbies": maybe(dice, 0.6, "、".join(dice.sample(words.HOBBIES, 2))),
        "anniversary": maybe(dice, 0.3, between(dice, date(2015, 1, 1), date(2022, 12, 31))),
        "verified_on": maybe(dice, 0.8, between(dice, max(customer.found, date(2024, 9, 1)), AS_OF)),
        "notes": maybe(
            dice, 0.2, dice.choice(("称呼全名即可", "周一上午不便接电话", "重视交货时间", "喜欢喝茶"))
        ),
    }


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


def make_contacts(dice: random.Random, customers: list[Customer]) -> Tables:
    """Return interactions, feedback, preferences and surveys."""
    partners = [customer for customer in customers if customer.stage >= 3]
    buyers = [customer for customer in customers if customer.purchases]
    return {
        "interactions": numbered(
            "interaction_id", 10001, [make_interaction(dice, partners) for _ in range(900)]
        ),
        "feedback": numbered("feedback_id", 2001, [make_feedback(dice, buyers) for _ in range(140)]),
        "preferences": [
            {
                "preference_id": 3001 + place,
                "customer_id": customer.customer_id,
                "kind": kind,
                "description": description,
            }
            for place, (customer, (kind, description)) in enumerate(
                (customer, dice.choice(words.PREFERENCES)) for customer in partners
            )
        ],
        "surveys": numbered("survey_id", 6001, [make_survey(dice, buyers) for _ in range(260)]),
    }


def numbered(key: str, start: int, rows: list[Row]) -> list[Row]:
    """Return rows by date, each with its number."""
    ordered = sorted(rows, key=lambda row: (str(row["date"]), str(row["customer_id"])))
    return [{key: start + place, **row} for place, row in enumerate(ordered)]


def make_interaction(dice: random.Random, customers: list[Customer]) -> Row:
    """Return one contact; contacts grow denser towards the as-of date."""
    customer = dice.choice(customers)
    days = (AS_OF - customer.found).days
    day = AS_OF - timedelta(days=int(days * dice.random() ** 1.6))
    content, action = dice.choice(words.TALKS)
    return {
        "customer_id": customer.customer_id,
        "date": day,
        "method": dice.choice(("telephone", "meeting", "email", "social", "wechat", "conference")),
        "content": content,
        "next_action": action,
        "next_date": day + timedelta(days=dice.randint(3, 21)) if action else "",
        "owner": customer.owner,
    }


def make_feedback(dice: random.Random, customers: list[Customer]) -> Row:
    """Return one complaint or wish; old ones have been handled."""
    customer = dice.choice(customers)
    day = between(dice, customer.found + timedelta(days=7), AS_OF)
    complaint, solution = dice.choice(words.COMPLAINTS)
    handled = day + timedelta(days=dice.choice((0, 1, 1, 2, 3, 5, 9)))
    open_still = handled > AS_OF or dice.random() < 0.08
    status = dice.choice(("open", "in_progress")) if open_still else "done"
    return {
        "customer_id": customer.customer_id,
        "date": day,
        "content": complaint,
        "status": status,
        "solution": "" if open_still else solution,
        "handler": "" if status == "open" else dice.choice(words.SERVICE),
        "handled_on": "" if open_still else handled,
    }


def make_survey(dice: random.Random, customers: list[Customer]) -> Row:
    """Return one answer, one in twelve of them anonymous."""
    customer = dice.choice(customers)
    score = dice.choices((1, 2, 3, 4, 5), (2, 4, 12, 22, 18))[0]
    anonymous = dice.random() < 1 / 12
    return {
        "customer_id": "" if anonymous else customer.customer_id,
        "date": between(dice, customer.found + timedelta(days=7), AS_OF),
        "score": score,
        "subject": dice.choice(words.SUBJECTS),
        "suggestion": words.SUGGESTIONS[score],
        "recommend": min(10, max(0, 2 * score + dice.randint(-1, 0))),
        "anonymous": "yes" if anonymous else "no",
    }


def make_campaigns(dice: random.Random, customers: list[Customer]) -> Tables:
    """Return the campaigns and who took part in them."""
    records: list[Row] = []
    for name, start, end, *_ in words.CAMPAIGNS:
        first, last = date.fromisoformat(start), date.fromisoformat(end)
        known = [customer for customer in customers if customer.found < first]
        for customer in dice.sample(known, min(len(known), dice.randint(20, 45))):
            bought = [day for day, _ in customer.purchases if 0 <= (day - first).days <= 30]
            records.append(
                {
                    "customer_id": customer.customer_id,
                    "campaign": name,
                    "date": min([between(dice, first, last), *bought]),  # a purchase comes after it
                    "effect": "high" if bought else dice.choice(("medium", "low")),
                    "note": "活动后下单" if bought else maybe(dice, 0.5, "暂无购买"),
                }
            )
    keys = ("name", "start", "end", "goal", "budget", "effect")
    return {
        "campaigns": [dict(zip(keys, campaign, strict=True)) for campaign in words.CAMPAIGNS],
        "participations": numbered("record_id", 9001, records),
    }


def make_tasks(dice: random.Random, customers: list[Customer]) -> list[Row]:
    """Return tasks: the old ones done, the late ones late, the new ones under way."""
    rows: list[Row] = []
    for place in range(150):
        customer = dice.choice(customers)
        milestone, task, target, unit = dice.choice(words.TASKS)
        start = between(dice, max(customer.found, AS_OF - timedelta(days=400)), AS_OF + timedelta(days=10))
        due = start + timedelta(days=dice.randint(7, 45))
        done = due - timedelta(days=dice.randint(0, 5))
        completed = done <= AS_OF and dice.random() < 0.9
        share = 1.0 if completed else 0.0 if start > AS_OF else dice.choice((0.0, 0.25, 0.5))
        rows.append(
            {
                "task_id": 11001 + place,
                "customer_id": customer.customer_id,
                "milestone": milestone,
                "task": task,
                "owner": customer.owner,
                "start": start,
                "due": due,
                "completed_on": done if completed else "",
                "target": target,
                "target_unit": unit,
                "progress": int(target * share),
            }
        )
    return rows


def make_targets(dice: random.Random, customers: list[Customer]) -> list[Row]:
    """Return what each owner is to sell in each month of two years, near what was sold; the last owner has none yet."""
    rows: list[Row] = []
    for year, months in ((2024, 12), (2025, AS_OF.month)):
        for owner in words.OWNERS[:-1]:
            amounts = (
                amount
                for one in customers
                if one.owner == owner
                for day, amount in one.purchases
                if day.year == year
            )
            usual = sum(amounts) / months * dice.uniform(0.85, 1.2)
            for month in range(1, 13):
                amount = max(500, round(usual * dice.uniform(0.9, 1.1) / 500) * 500)
                rows.append({"owner": owner, "month": date(year, month, 1), "amount": amount})
    rows.sort(key=lambda row: str(row["month"]))
    return [{"target_id": 14001 + place, **row} for place, row in enumerate(rows)]


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "company")
