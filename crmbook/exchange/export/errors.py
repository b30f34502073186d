"""What can be wrong with a wish for an export."""

from __future__ import annotations

from crmbook.base import CrmbookError


class ExportError(CrmbookError):
    """An export that was asked for cannot be made; its code and params say why."""
