"""A defect: what an office program would repair, drop in silence, or refuse to open."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Defect:
    """One finding in a package.

    Attributes
    ----------
    code
        Stable code, ``lint.kebab-name``, a key of the message catalogue.
    part
        Name of the part (no leading slash), or ``""`` for the package itself.
    place
        Cell, range, element, attribute or identifier inside the part; ``""`` where the part says it all.
    params
        Further values for the placeholders of the message.
    """

    code: str
    part: str
    place: str = ""
    params: Mapping[str, object] = field(default_factory=dict, hash=False)

    @property
    def key(self) -> tuple[str, str, str]:
        """What stays the same when the package around the defect is edited."""
        return self.code, self.part, self.place

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value!r}" for name, value in self.params.items())
        return " ".join(filter(None, [self.part, self.place, self.code, f"({details})" if details else ""]))
