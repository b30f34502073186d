"""Seeded random tables: a world is a set of small tables with every kind of cell that people leave behind.

Model: a cell is None (blank), a text, a number, a truth value, a date, or an `Error`. Worlds are small and many,
so that whole-column functions see many different columns. The same seed gives the same world on every machine.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class Error(str):
    """An error value standing in an input cell."""

    __slots__ = ()


Content = None | bool | int | float | str | dt.date | dt.datetime | Error
Column = list[Content]
Table = dict[str, Column]

ERRORS = tuple(map(Error, ("#N/A", "#DIV/0!", "#VALUE!", "#NUM!", "#REF!", "#NAME?", "#NULL!")))

_EDGES: tuple[float, ...] = (
    0, 1, -1, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.1, 1 / 3, 1.005, 2.675, 9.995, -9.995, 1e-9, 99.99, 100, 365,
    999.5, 1000, 5000, 12345.678, 1e12, -1e12, 123456789012345, 1e15, 0.05, 0.045, 1e-5, 60, 61, 36526, 44985.75,
)  # fmt: skip
_WORDS = (
    "abc", "ABC", "Abc", "abd", "apple", "Apple pie", "banana", "张三", "张三丰", "李四", "客户", "北京市海淀区",
    "VIP客户", "x", "Z", "a b  c", " lead", "trail ", "two  inner", "a*c", "a?c", "a~*c", "abcabc", "hello",
    'say "hi"', "it's", "line\nbreak", "50 off", "高", "中", "低", "A-1", "a.b", "(x)", "[y]", "x+y",
)  # fmt: skip
_NUMERIC_TEXTS = ("12", "-3.5", "007", "1e3", " 8 ", "0", ".5", "5.", "001", "3", "100")
_PATTERNS = (
    "abc", "a*", "*c", "?bc", "a??", "*", "?*", "a~*c", "a~?c", "~~a", "<>abc", "=abc", "<>a*", "=a*", ">b", "<=m",
    ">5", ">=1", "<0", "<=2.5", "=1", "<>1", "<>0", "5", "1", "=", "<>", "张*", "*客户", "=高", "<>高", "12", "007",
    ">=abc", "*a*", "=0", "<1000", ">-1", "??", "abc*", "ABC",
)  # fmt: skip
_DATES = tuple(
    map(
        dt.date.fromisoformat,
        (
            "2023-01-31", "2023-02-28", "2024-02-29", "2020-02-29", "2023-12-31", "2024-01-01", "1999-12-31",
            "2000-02-29", "2023-04-30", "2022-08-31", "2024-03-31", "2023-01-01", "2023-05-30", "1990-05-05",
            "1998-06-30", "2100-02-28", "2016-02-29", "2023-11-05",
        ),
    )
)  # fmt: skip


@dataclass(frozen=True)
class World:
    """Tables by name, each a mapping of field to its column of cells, and the scalar names."""

    seed: int
    tables: Mapping[str, Table]
    names: Mapping[str, Content]

    @property
    def rows(self) -> int:
        """Number of rows of the table that holds the formulas."""
        return len(self.tables["facts"]["number"])


def build_world(seed: int, rows: int = 60, orders: int = 90) -> World:
    """Return the world of a seed: `rows` rows of facts looking at `orders` rows of orders and some bands."""
    chance = random.Random(seed)
    tables = {
        "facts": _facts(chance, rows),
        "orders": _orders(chance, orders),
        "bands": _bands(chance),
        "single": {"number": [round(chance.uniform(-9, 9), 2)], "word": ["abc"], "nothing": [None]},
    }
    names: dict[str, Content] = {"as_of": chance.choice(_DATES[:12]), "rate": 0.065, "label": "客户"}
    return World(seed, tables, names)


def _column(
    chance: random.Random, count: int, *choices: tuple[int, Callable[[random.Random], Content]]
) -> Column:
    """Draw `count` cells, each from one of the weighted makers."""
    weights, makers = zip(*choices, strict=True)
    return [maker(chance) for maker in chance.choices(makers, weights, k=count)]


def _pick(values: Sequence[Content]) -> Callable[[random.Random], Content]:
    return lambda chance: chance.choice(values)


def _number(chance: random.Random) -> float:
    if chance.random() < 0.45:
        return chance.choice(_EDGES)
    return round(chance.uniform(-2000, 2000), chance.choice((0, 1, 2, 3, 6))) + 0.0


def _plain(chance: random.Random) -> float:
    return round(chance.uniform(-50, 50), chance.choice((0, 0, 1, 2))) + 0.0  # never -0.0


def _small(chance: random.Random) -> float:
    return chance.choice((-2, -1, 0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 12, 0.5, 1.5, 2.9, -0.7))


def _money(chance: random.Random) -> float:
    return chance.choice(
        (round(chance.uniform(0, 9999), 2), chance.randint(0, 200) / 8, float(chance.randint(0, 99999)))
    )


def _date(chance: random.Random) -> dt.date:
    if chance.random() < 0.5:
        return chance.choice(_DATES)
    return dt.date(2015, 1, 1) + dt.timedelta(days=chance.randrange(4500))


def _moment(chance: random.Random) -> dt.datetime:
    return dt.datetime.combine(_date(chance), dt.time(chance.randrange(24), chance.choice((0, 15, 30, 45))))


def _blank(_: random.Random) -> None:
    return None


def _empty(_: random.Random) -> str:
    return ""


_MIXED = (
    (8, _number), (3, _plain), (3, _pick(_NUMERIC_TEXTS)), (2, _pick(_WORDS)), (3, _blank), (1, _empty),
    (2, _pick((True, False))), (1, _date),
)  # fmt: skip


def _facts(chance: random.Random, rows: int) -> Table:
    return {
        "key": _column(
            chance, rows, (8, _pick([f"{n:03d}" for n in range(1, 30)])), (1, _blank), (1, _pick(_WORDS))
        ),
        "number": _column(chance, rows, (1, _number)),
        "plain": _column(chance, rows, (1, _plain)),
        "gaps": _column(chance, rows, (5, _plain), (2, _blank)),
        "mixed": _column(chance, rows, *_MIXED),
        "faulty": _column(chance, rows, (5, _number), (1, _blank), (1, _pick(_WORDS)), (3, _pick(ERRORS))),
        "money": _column(chance, rows, (1, _money)),
        "small": _column(chance, rows, (1, _small)),
        "word": _column(chance, rows, (1, _pick(_WORDS))),
        "text": _column(
            chance, rows, (6, _pick(_WORDS)), (2, _pick(_NUMERIC_TEXTS)), (1, _blank), (1, _empty)
        ),
        "digits": _column(chance, rows, (1, _pick(_NUMERIC_TEXTS))),
        "pattern": _column(chance, rows, (6, _pick(_PATTERNS)), (1, _plain), (1, _small)),
        "flag": _column(chance, rows, (1, _pick((True, False)))),
        "flags": _column(chance, rows, (4, _pick((True, False))), (1, _blank), (1, _small)),
        "date": _column(chance, rows, (1, _date)),
        "due": _column(chance, rows, (4, _date), (1, _blank)),
        "moment": _column(chance, rows, (1, _moment)),
        "anyday": _column(
            chance, rows, (5, _date), (1, _blank), (1, _pick(_WORDS)), (1, _moment), (1, _number)
        ),
        "nothing": [None] * rows,
    }


def _orders(chance: random.Random, rows: int) -> Table:
    return {
        "key": _column(
            chance, rows, (8, _pick([f"{n:03d}" for n in range(1, 26)])), (1, _pick(_WORDS)), (1, _blank)
        ),
        "amount": _column(chance, rows, (1, _plain)),
        "loose": _column(chance, rows, *_MIXED),
        "broken": _column(chance, rows, (9, _plain), (1, _pick(ERRORS[:2]))),
        "kind": _column(
            chance,
            rows,
            (6, _pick(_WORDS)),
            (1, _blank),
            (1, _empty),
            (1, _pick(_NUMERIC_TEXTS)),
            (1, _small),
        ),
        "day": _column(chance, rows, (6, _date), (1, _blank)),
        "paid": _column(chance, rows, (5, _pick((True, False))), (1, _blank)),
        "weight": _column(chance, rows, (4, _small), (1, _blank)),
        "nothing": [None] * rows,
    }


def _bands(chance: random.Random) -> Table:
    """Sorted columns, as a lookup by range needs them, with what each step yields."""
    steps = sorted({chance.randint(-40, 60) + chance.choice((0, 0.5)) for _ in range(12)})
    names = sorted(
        {"apple", "banana", "cherry", "dog", "egg", "fig", "grape", "hat", "ink", "jam", "kit", "lemon"}
    )
    count = min(len(steps), len(names))
    return {
        "from": list(steps[:count]),
        "name": list(names[:count]),
        "result": _column(chance, count, (3, _small), (2, _pick(_WORDS)), (1, _blank)),
        "label": [f"{chance.choice(_WORDS)}{index}" for index in range(count)],
        "id": chance.sample([f"{n:03d}" for n in range(1, 30)], count),
        "since": sorted(_date(chance) for _ in range(count)),
    }
