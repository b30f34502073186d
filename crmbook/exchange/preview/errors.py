"""Why an edited preview cannot be taken as an answer."""

from __future__ import annotations

from crmbook.base import CrmbookError


class PreviewError(CrmbookError):
    """A workbook is no preview, is not one of this list any more, or holds an answer that is none."""
