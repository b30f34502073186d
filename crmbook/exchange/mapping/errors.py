"""Why a mapping cannot be read or applied."""

from __future__ import annotations

from crmbook.base import CrmbookError


class MappingError(CrmbookError):
    """A mapping cannot be read, or does not go with a list."""
