"""The everyday matrix: every pair of what can meet in one scenario, and everything with everything.

What meets: a template, a kind of copy, the program that saves it, and in each of a few tables what two people do.
A scenario holds several tables at once, as a day's work does; within a table both edits count as a pair too.
`pairwise` is a covering array, chosen greedily by `choose_pairs` and kept in ``pairwise.txt``, where scenarios have
lasting names; `complete` leaves nothing out but what cannot be.
"""

from __future__ import annotations

import functools
from functools import cache
from itertools import combinations, count, product
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from crmbook.build.roles import role_book
from tests.books import TEMPLATES, book_of
from tests.everyday.bases import SCOPES, language
from tests.everyday.hands import EDITS
from tests.everyday.lots import PLAIN
from tests.everyday.scenario import PROGRAMS, Scenario, Task

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PAIRWISE = Path(__file__).with_name("pairwise.txt")
TASKS = 6
"""Tables in which something is done in one scenario."""
TOGETHER, KEYS = {"customers", "campaigns"}, {"rename", "add", "delete", "reuse"}
"""Tables that others refer to, and what changes their keys: there, what both people do must meet as well."""
DAYS = len(PLAIN) + 3
"""Packed days of one template, kind of copy and program: every other edit meets each of hers, and three to sort."""
_DRAFTS = 30
"""Scenarios from which each next one is chosen."""
_numbers = count()
FIXED = {"bands": {"rename"}, "parameters": {"rename"}}
"""Edits that cannot be: a key that is computed, a code by which formulas know the row."""


@cache
def tables(template: str, kind: str) -> tuple[str, ...]:
    """Return the tables that people fill in a copy."""
    book = role_book(book_of(template, language(kind)), SCOPES[kind].get("role", ""))
    return tuple(name for name, table in book.tables.items() if table.managed)


def edits(table: str) -> list[str]:
    """Return what can be done in a table."""
    return [edit for edit in EDITS if edit not in FIXED.get(table, ())]


def complete() -> Iterator[Scenario]:
    """Yield every template × kind of copy × program × table × both edits, packed into a few days.

    On each day whoever works in the copy makes every edit of a row in every table, except that in half of the tables she
    only sorts on some days; the colleague's edits go round: each day another meets each of hers, in each table another.
    """
    for template, kind, program, day in product(TEMPLATES, SCOPES, PROGRAMS, range(DAYS)):
        tasks = [
            Task(name, mine, other)
            for number, name in enumerate(tables(template, kind))
            for mine, other in _meetings(day, number)
            if {mine, other} <= set(edits(name))
        ]
        yield Scenario(template, kind, program, tuple(tasks), is_packed=True)


def _meetings(day: int, number: int) -> list[tuple[str, str]]:
    """Return the pairs of edits of a day in the table of a number."""
    count = len(PLAIN)
    to_sort = [count - 1, count] if number % 2 else [count + 1, count + 2]
    if day in to_sort:
        return [("sort", edit) for edit in (PLAIN if day == to_sort[0] else ["sort"])]
    place = [one for one in range(DAYS) if one not in to_sort].index(day)
    turn = (place + number) % (count + 1)
    if turn == count:
        return [(edit, "sort") for edit in PLAIN]
    return [(edit, PLAIN[(own + turn) % count]) for own, edit in enumerate(PLAIN)]


def single(scenario: Scenario) -> list[Scenario]:
    """Return what meets in a packed day, each alone."""
    return [scenario.only([task]) for task in scenario.tasks]


def by_work(scenarios: Iterable[Scenario]) -> dict[tuple[Any, ...], list[Scenario]]:
    """Return scenarios by what is done in which copy: those that begin with one draft stand together."""
    groups: dict[tuple[Any, ...], list[Scenario]] = {}
    for one in scenarios:
        groups.setdefault((one.template, one.kind, one.work), []).append(one)
    return groups


def pairwise() -> list[Scenario]:
    """Return few scenarios in which every pair of values of two factors occurs."""
    return [Scenario.of(line) for line in PAIRWISE.read_text(encoding="utf-8").splitlines()]


def all_pairs() -> int:
    """Return all pairs that can occur, as a set of bits."""
    return functools.reduce(int.__or__, map(pairs_of, _single()))


def choose_pairs() -> list[Scenario]:
    """Choose scenarios until every pair occurs in one of them; those that are there already stay."""
    random, chosen = Random(2024), pairwise()
    open_pairs = all_pairs() & ~functools.reduce(int.__or__, map(pairs_of, chosen), 0)
    while open_pairs:
        drafts = [_draft(random, open_pairs) for _ in range(_DRAFTS)]
        best = max(drafts, key=lambda draft: (pairs_of(draft) & open_pairs).bit_count())
        chosen.append(best)
        open_pairs &= ~pairs_of(best)
    return chosen


def _single() -> Iterator[Scenario]:
    """Yield scenarios of one task each that have all pairs there are."""
    for template, kind in product(TEMPLATES, SCOPES):
        for number, name in enumerate(tables(template, kind)):
            for place, (mine, other) in enumerate(product(edits(name), repeat=2)):
                program = PROGRAMS[(number + place) % len(PROGRAMS)]
                yield Scenario(template, kind, program, (Task(name, mine, other),))


def pairs_of(scenario: Scenario) -> int:
    """Return the pairs that occur in a scenario, as a set of bits."""
    world = (scenario.template, scenario.kind, scenario.program)
    bits = sum(_bit(pair) for pair in combinations(world, 2))
    for task in scenario.tasks:
        bits |= _pairs_in(task) | _pairs_with(world, task)
    return bits


@cache
def _bit(values: tuple[str, ...]) -> int:
    return 1 << next(_numbers)


@cache
def _pairs_in(task: Task) -> int:
    own = (task.table, f"mine {task.mine}", f"other {task.other}")
    bits = sum(_bit(pair) for pair in combinations(own, 2))
    return bits | _bit(own) if task.table in TOGETHER and {task.mine, task.other} <= KEYS else bits


def _pairs_with(world: tuple[str, ...], task: Task) -> int:
    own = ((world, task.table), (world, f"mine {task.mine}"), (world, f"other {task.other}"))
    return functools.reduce(int.__or__, (_with(*each) for each in own))


@cache
def _with(world: tuple[str, ...], value: str) -> int:
    return sum(_bit((one, value)) for one in world)


def _draft(random: Random, open_pairs: int) -> Scenario:
    """Return a scenario that covers much that is still open: each table with the edits that add most."""
    world = (random.choice(TEMPLATES), random.choice(list(SCOPES)), random.choice(PROGRAMS))
    names = list(tables(*world[:2]))
    random.shuffle(names)
    tasks: list[Task] = []
    for name in names:
        made = [Task(name, mine, other) for mine, other in product(edits(name), repeat=2)]
        random.shuffle(made)
        new = [((_pairs_in(task) | _pairs_with(world, task)) & open_pairs).bit_count() for task in made]
        best = max(range(len(made)), key=new.__getitem__)
        if new[best] or len(tasks) < TASKS // 2:
            tasks.append(made[best])
            open_pairs &= ~(_pairs_in(made[best]) | _pairs_with(world, made[best]))
        if len(tasks) == TASKS:
            break
    return Scenario(*world, tuple(sorted(tasks)))
