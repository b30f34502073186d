"""What reading raises."""

from __future__ import annotations

from crmbook.base import CrmbookError


class ReadError(CrmbookError):
    """The file is no workbook, or not one of this book; nothing of it was taken."""
