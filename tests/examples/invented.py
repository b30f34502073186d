"""Invented rows for a book: few customers, everything that happens to them at the edges of the rules, seeded.

Model: what `tests/formula/oracle/rows.py` leaves out is the point here. Cells hold what the schema allows, references
meet, days cluster around today, around the limits of the rules and around one another, amounts add up to limits; so two
computations of the same requirement may be compared row by row, where rows that no sync would accept are no question.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import TYPE_CHECKING

from crmbook.schema import Storage
from crmbook.schema.recompute import table_frame

if TYPE_CHECKING:
    import pandas as pd

    from crmbook.schema import Book, Field, Table

CUSTOMERS = 24
EVENTS = 70
BLANK = 0.12
TYPED_OVER = 0.15
STEPS = (0, 0, 1, 6, 7, 8, 29, 30, 31, 59, 60, 89, 90, 91, 182, 183, 364, 365, 366, 547, 548, 730, 1095)
AMOUNTS = (500, 499.99, 1000, 999.99, 2000, 5000, 4999.99, 10000, 0.01, 12.34, 0, -100, -500, -999.99, 260.5)
SMALL = (0, 1, 2, 3, 4, 5, 8, 10, 20)
OFTEN = ("transactions", "lessons", "interactions")
ALWAYS = {
    "transactions": {"customer_id", "amount", "date"},
    "participations": {"customer_id", "campaign"},
    "interactions": {"customer_id"},
    "surveys": {"score"},
    "lessons": {"customer_id", "date", "attendance"},
    "prospects": {"name", "customer_id"},
    "churn": {"customer_id"},
    "tasks": {"customer_id", "due"},
    "customers": {"name"},
}
"""What sync asks for, but the days that may be missing."""


class Inventor:
    """Makes the tables of a book as of a day; the same seed makes the same rows."""

    def __init__(self, book: Book, today: date, seed: int) -> None:
        self.book = book
        self.today = today
        self.chance = random.Random(f"{book.template} {seed}")
        self.days = [today - timedelta(days=step) for step in STEPS]
        self.days += [
            today.replace(day=1),
            today.replace(month=1, day=1),
            date(2024, 2, 29),
            date(2020, 2, 29),
        ]
        self.days += [day + timedelta(days=self.chance.choice((-1, 1))) for day in self.days]
        self.keys = [f"{number:03}" for number in range(1, CUSTOMERS + 1)]

    def frames(self) -> dict[str, pd.DataFrame]:
        """Return a frame of each table that people fill, campaigns before who takes part in them."""
        made = {}
        for name, table in self.book.tables.items():
            if table.managed and not table.seed:
                columns = self._table(table)
                made[name] = table_frame(table, columns)
        return made

    def _table(self, table: Table) -> dict[str, list[object]]:
        if (
            table.one_per is not None
            or table.key == "customer_id"
            or table.name in ("customers", "prospects")
        ):
            every = table.name == "customers" or table.one_per is not None
            keys = [key for key in self.keys if every or self.chance.random() < 0.8]
        else:
            keys = []
        count = len(keys) or (4 if table.name == "campaigns" else EVENTS * (3 if table.name in OFTEN else 1))
        columns = {field.name: self._column(table, field, count) for field in table.fields.values()}
        if keys:
            columns["customer_id"] = [*keys]
        if table.name == "campaigns":
            columns["name"] = [f"活动{number}" for number in range(1, count + 1)]
        if table.name == "customers":
            self.registered = dict(zip(keys, columns["registered_on"], strict=True))
        if table.name == "churn":
            self._part(columns)
        return columns

    def _part(self, columns: dict[str, list[object]]) -> None:
        """Let no two losses of a customer stand on one day, and none before the registration: sync warns of both."""
        seen = set()
        for place, pair in enumerate(zip(columns["customer_id"], columns["churn_date"], strict=True)):
            registered = self.registered.get(pair[0])
            if pair in seen or (None not in (registered, pair[1]) and pair[1] < registered):
                columns["churn_date"][place] = None
                columns["recovered_on"][place] = self.today
            seen.add(pair)

    def _column(self, table: Table, field: Field, count: int) -> list[object]:
        if (table.name, field.name) in self.book.formulas:
            rate = TYPED_OVER if field.override else 0
        else:
            rate = 1 if field.name in ALWAYS.get(table.name, ()) else 1 - BLANK
        if field.name == table.key:
            return [f"{number}" for number in range(1001, 1001 + count)]
        return [self._value(table, field) if self.chance.random() < rate else None for _ in range(count)]

    def _value(self, table: Table, field: Field) -> object:
        if field.to:
            return self.chance.choice(self.keys if field.to == "customers" else ["活动1", "活动2", "活动3"])
        if field.list:
            choices = self.book.lists[field.list].values  # noqa: PD011 - a list's own values
            return self.chance.choice([item.text for item in choices.values()])
        if field.storage is Storage.DATE:
            if table.name in ("lifecycle", "alerts"):  # typed over, of what has happened
                return min(self.today, self.chance.choice(self.days))
            return self.chance.choice(self.days) + timedelta(days=self.chance.choice((0, 0, 0, 5)))
        if field.storage is Storage.NUMBER:
            if field.type == "rating":
                return float(self.chance.randint(1, 5))
            if field.type == "percent":
                return self.chance.choice((1.0, 0.9, 0.85, 0.5))
            return float(self.chance.choice(AMOUNTS if field.type == "money" else SMALL))
        return self.chance.choice(("王芳", "李强", "赵磊", "手机", "电话回访"))
