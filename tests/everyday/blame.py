"""What of a packed day brings about its fault: the day is played in halves until nothing can be left out.

Where neither half shows the fault, it takes what stands in both: then the one is played with ever less of the other.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.everyday.scenario import Scenario, Task

    Fault = Callable[[Scenario], str]

MOST = 16
"""Days that are played for one fault; what is left then is named as it is."""


class Blame:
    """The search of one fault; `fault_of` plays a scenario and returns what is wrong with it.

    What the fault of the whole day names is tried first: the tables that its text speaks of, and customers.
    """

    def __init__(self, scenario: Scenario, fault_of: Fault, most: int = MOST, fault: str = "") -> None:
        self.scenario, self.fault_of, self.left = scenario, fault_of, most
        self.fault = fault

    def find(self) -> Scenario:
        """Return the scenario with as few of its tasks as still show a fault, the last seen in `fault`."""
        words = {*re.findall(r"[a-z_]+", self.fault.partition("\n")[2]), "customers"}
        named = [task for task in self.scenario.tasks if task.table in words]
        is_named = len(named) < len(self.scenario.tasks) and self._shows(named)
        least = set(self._least(named if is_named else self.scenario.tasks, ()))
        return self.scenario.only(task for task in self.scenario.tasks if task in least)

    def _least(self, tasks: Sequence[Task], beside: Sequence[Task]) -> tuple[Task, ...]:
        """Return as few of some tasks as show a fault with those `beside` them."""
        if beside and self._shows(beside):
            return ()
        if len(tasks) == 1:
            return tuple(tasks)
        first, second = tasks[: len(tasks) // 2], tasks[len(tasks) // 2 :]
        for half in (first, second) if not beside else ():
            if self._shows(half):
                return self._least(half, ())
        some = self._least(second, (*beside, *first))
        return (*self._least(first, (*beside, *some)), *some)

    def _shows(self, tasks: Sequence[Task]) -> bool:
        if not self.left or not tasks:
            return False
        self.left -= 1
        chosen = set(tasks)
        fault = self.fault_of(self.scenario.only(task for task in self.scenario.tasks if task in chosen))
        self.fault = fault or self.fault
        return bool(fault)
