"""Write the book of a fictitious company: 200 customers, 2,000 purchases, every sheet filled.

A customer is a story first (`company_story.Customer`): when it was found, how far it came, how often it buys, whether it
left. Every table is then told from the same stories, so that the sheets agree with each other. The numbers
come from one seeded generator: the same files at every run, on every machine. What its texts are in an English book,
``words.csv`` says, see `company_english`.

    python examples/generate_company.py [FOLDER]
"""

from __future__ import annotations

import csv
import random
import sys
from datetime import date, timedelta
from pathlib import Path

import company_words as words
from company_english import make_words
from company_stages import make_stages
from company_story import (
    AS_OF,
    SEED,
    Customer,
    Row,
    Tables,
    between,
    make_customers,
    make_transactions,
    maybe,
    win_back,
)


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
        "birth_calendar": "lunar" if place % 6 == 1 else "",
        "consent": "given" if place % 5 < 2 else "",
        "consent_on": customer.found if place % 5 < 2 else "",
        "keep_until": customer.found.replace(year=customer.found.year + 5, day=1) if place % 5 == 0 else "",
        "notes": maybe(
            dice, 0.2, dice.choice(("称呼全名即可", "周一上午不便接电话", "重视交货时间", "喜欢喝茶"))
        ),
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
