"""An import as a workbook: what will happen, and dropdowns for what a person wants otherwise; saved, it is the answer."""

from crmbook.exchange.preview.errors import PreviewError
from crmbook.exchange.preview.read import Preview, is_preview, read_preview
from crmbook.exchange.preview.write import preview_name, write_preview

__all__ = ["Preview", "PreviewError", "is_preview", "preview_name", "read_preview", "write_preview"]
