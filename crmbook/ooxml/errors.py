"""The exception tree of the package layer.

Every error carries a stable ``code`` (``ooxml.kebab-name``) and the parameters of its message. The words are
outside this package, in a message catalogue; ``str(error)`` is a line for developers.

::

    OoxmlError
    ├── ContainerError      the zip container cannot be trusted or read
    ├── PartError           a part inside it is not what the standard says
    ├── MissingError        no such sheet, table, cell or part (also a KeyError)
    └── EditError           the edit asked for would damage the workbook, or cannot be written
"""

from __future__ import annotations


class OoxmlError(Exception):
    """Base of everything that this package raises on purpose.

    Parameters
    ----------
    code
        Stable message code, e.g. ``"ooxml.not-a-zip"``.
    params
        Values for the placeholders of the message.
    """

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code, params)
        self.code = code
        self.params: dict[str, object] = params

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value!r}" for name, value in self.params.items())
        return f"{self.code} ({details})" if details else self.code


class ContainerError(OoxmlError):
    """The file is no zip container, or one that must not be opened."""


class PartError(OoxmlError):
    """A part is malformed, of an unknown kind, or refused."""


class MissingError(OoxmlError, KeyError):
    """What was asked for by name does not exist."""

    __str__ = OoxmlError.__str__


class EditError(OoxmlError):
    """The edit is refused because it would damage the workbook or its value cannot be stored."""
