"""What can be wrong with a formula.

Every error carries the same two attributes as the rest of crmbook, a stable ``code`` and the ``params`` of its
words (``crmbook/base/messages/formula.toml``). ``params`` always holds ``offset``, the 0-based character of the
formula text (the leading ``=`` is character 0) at which the trouble starts, and ``suggestion``, the nearest valid
spelling or ``""``.

::

    FormulaError
    ├── FormulaSyntaxError   the text is not a formula
    ├── FormulaNameError     a name, field, table, constant or function is unknown
    ├── FormulaCallError     a function is called in a way it does not take
    └── FormulaRenderError   the formula does not fit a workbook cell
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class FormulaError(Exception):
    """Base of the formula package's errors.

    Parameters
    ----------
    code
        Stable message code, e.g. ``"formula.unknown-field"``.
    offset
        0-based character of the formula text.
    suggestion
        The nearest valid spelling, or ``""``.
    params
        Further values for the placeholders of the message.
    """

    def __init__(self, code: str, offset: int = 0, *, suggestion: str = "", **params: object) -> None:
        super().__init__(code, offset, suggestion, params)
        self.code = code
        self.params: dict[str, object] = {"offset": offset, "suggestion": suggestion, **params}

    @property
    def offset(self) -> int:
        """0-based character of the formula text at which the trouble starts."""
        return int(str(self.params["offset"]))

    @property
    def suggestion(self) -> str:
        """The nearest valid spelling, or an empty text."""
        return str(self.params["suggestion"])

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value!r}" for name, value in self.params.items())
        return f"{self.code} ({details})"


class FormulaSyntaxError(FormulaError):
    """The text is not a formula of this language."""


class FormulaNameError(FormulaError):
    """A name, field, table, constant or function is unknown."""


class FormulaCallError(FormulaError):
    """A function is called with arguments it does not take."""


class FormulaRenderError(FormulaError):
    """The formula does not fit a workbook cell."""


def nearest(word: str, candidates: Iterable[str]) -> str:
    """Return the candidate that `word` most resembles, upper and lower case alike, or ``""``."""
    by_fold = {candidate.casefold(): candidate for candidate in sorted(candidates, reverse=True)}
    found = get_close_matches(word.casefold(), by_fold, n=1, cutoff=0.6)
    return by_fold[found[0]] if found else ""
