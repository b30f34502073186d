"""The stories of the fictitious company's customers: when each was found, how far it came, what it bought, whether it left."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import company_words as words

if TYPE_CHECKING:
    import random

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
