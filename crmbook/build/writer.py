"""XlsxWriter, made strict: the one home of that library.

XlsxWriter answers a mistake with a warning or a negative return code and leaves the thing out of the file.
A workbook with a dropdown silently missing is worse than none, so every call made through a `Strict` proxy
turns both into a `WorkbookError`.
"""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException

from crmbook.base import CrmbookError

if TYPE_CHECKING:
    from collections.abc import Callable


class WorkbookError(CrmbookError):
    """The workbook that was asked for cannot be written."""


class Strict:
    """A proxy of an XlsxWriter object whose every call either does its work or raises `WorkbookError`."""

    def __init__(self, target: Any) -> None:
        self.target = target

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self.target, name)
        return self._strict(name, attribute) if callable(attribute) else attribute

    def _strict(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                try:
                    result = method(*args, **kwargs)
                except (Warning, XlsxWriterException) as problem:
                    raise WorkbookError("workbook.refused", call=name, reason=str(problem)) from problem
            if isinstance(result, int) and not isinstance(result, bool) and result < 0:
                raise WorkbookError("workbook.refused", call=name, reason=f"{args!r} → {result}")
            return result

        return call


class Writer:
    """A workbook under construction, in memory.

    Formats are made once per set of properties, so that the style table stays small.
    """

    def __init__(self, font: str) -> None:
        self._buffer = io.BytesIO()
        options = {"in_memory": True, "default_format_properties": {"font_name": font, "font_size": 10}}
        self.book = Strict(xlsxwriter.Workbook(self._buffer, options))
        self._font = font
        self._formats: dict[tuple[tuple[str, object], ...], Any] = {}

    def format(self, **properties: object) -> Any:
        """Return the cell format with `properties` on top of the book's font, vertically centred."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            # Tied to a scheme, Excel would show the font of the office theme in the place of the named one.
            base = {"font_name": self._font, "font_scheme": "none", "font_size": 10, "valign": "vcenter"}
            self._formats[key] = self.book.add_format(base | properties)
        return self._formats[key]

    def rule(self, **properties: object) -> Any:
        """Return a differential format for a conditional format: only what it changes."""
        key = (("rule", True), *sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(dict(properties))
        return self._formats[key]

    def sheet(self, title: str) -> Strict:
        """Add a worksheet and return it, strict."""
        return Strict(self.book.add_worksheet(title))

    def chart(self, **options: object) -> Strict:
        """Add a chart and return it, strict."""
        return Strict(self.book.add_chart(dict(options)))

    def define_hidden_name(self, name: str, area: str) -> None:
        """Define a name that the name manager of an office program does not show."""
        self.book.define_name(name, f"={area}")
        self.book.defined_names[-1][3] = (
            True  # XlsxWriter offers no option; it writes this place as ``hidden``
        )

    def close(self) -> bytes:
        """Finish the workbook and return its bytes."""
        self.book.close()
        return self._buffer.getvalue()
