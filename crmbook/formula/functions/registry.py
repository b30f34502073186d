"""The one register of functions: signature, category, implementation.

A signature is written in a line, one word per parameter, in Excel's own parameter names. The character after a
word says what the parameter takes:

======  =====================================================================================
(none)  one value per row
``:``   a range: whole columns of a table
``#``   a range or an array constant
``*``   values, ranges and array constants alike; blank, text and logical cells are left out
``?``   (last) may be left out
======  =====================================================================================

`repeat` says how many of the last parameters may come again, `tail` names one that may follow the repetitions.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

MAX_ARGUMENTS = 255
Implementation = Callable[..., Any]
_Run = TypeVar("_Run", bound=Implementation)


class Takes(StrEnum):
    """What a parameter takes."""

    VALUE = ""
    RANGE = ":"
    ARRAY = "#"
    ANY = "*"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a function."""

    name: str
    takes: Takes
    optional: bool


@dataclass(frozen=True, slots=True)
class Function:
    """A function that formulas may call.

    Attributes
    ----------
    name
        As Excel shows it.
    category
        Excel's group, the name of its module.
    parameters, repeat, tail
        The signature, see the module's text.
    run
        The implementation: takes a `Vector` for each value and an `Area` for each range, returns a `Vector`.
    future
        Whether a workbook file wants the prefix ``_xlfn.`` before the name.
    volatile
        Whether the result depends on the day; `run` then takes that day first.
    in_cells
        Whether office programs have it. What they lack is computed here alone, and a workbook carries the value.
    """

    name: str
    category: str
    parameters: tuple[Parameter, ...]
    repeat: int
    tail: str
    run: Implementation
    future: bool
    volatile: bool
    in_cells: bool

    @property
    def fewest(self) -> int:
        """The least number of arguments."""
        return sum(not parameter.optional for parameter in self.parameters)

    @property
    def most(self) -> int:
        """The greatest number of arguments."""
        return MAX_ARGUMENTS if self.repeat else len(self.parameters)

    def parameter(self, index: int, count: int) -> Parameter:
        """Return the parameter that takes argument `index` of `count`."""
        if index < len(self.parameters):
            return self.parameters[index]
        if self.tail and index == count - 1 and self.dangling(count):
            return Parameter(self.tail, Takes.VALUE, optional=True)
        fixed = len(self.parameters) - self.repeat
        return self.parameters[fixed + (index - fixed) % self.repeat]

    def dangling(self, count: int) -> int:
        """Return how many of `count` arguments are left over from whole repetitions."""
        extra = count - len(self.parameters)
        return extra % self.repeat if self.repeat and extra > 0 else 0

    @property
    def usage(self) -> str:
        """The signature for people, ``SUMIF(range, criteria, [sum_range])``."""
        words = [f"[{item.name}]" if item.optional else item.name for item in self.parameters]
        words += ["…"] if self.repeat else []
        words += [f"[{self.tail}]"] if self.tail else []
        return f"{self.name}({', '.join(words)})"

    @property
    def description(self) -> str:
        """The docstring, cleaned."""
        return inspect.getdoc(self.run) or ""


FUNCTIONS: dict[str, Function] = {}
"""All functions by name."""


def excel(  # noqa: PLR0913 the parts of a signature are better seen than packed
    name: str,
    signature: str = "",
    *,
    repeat: int = 0,
    tail: str = "",
    future: bool = False,
    volatile: bool = False,
) -> Callable[[_Run], _Run]:
    """Register the decorated implementation under an Excel name."""

    def register(run: _Run) -> _Run:
        category = run.__module__.rpartition(".")[2]
        parameters = tuple(_parameter(word) for word in signature.split())
        FUNCTIONS[name] = Function(
            name, category, parameters, repeat, tail, run, future, volatile, in_cells=True
        )
        return run

    return register


def ours(name: str, signature: str) -> Callable[[_Run], _Run]:
    """Register the decorated implementation of a function that no office program has."""

    def register(run: _Run) -> _Run:
        excel(name, signature)(run)
        FUNCTIONS[name] = replace(FUNCTIONS[name], in_cells=False)
        return run

    return register


def _parameter(word: str) -> Parameter:
    optional = word.endswith("?")
    word = word.removesuffix("?")
    takes = Takes(word[-1]) if word[-1] in ":#*" else Takes.VALUE
    return Parameter(word.rstrip(":#*"), takes, optional)
