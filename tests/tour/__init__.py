"""The pictures of `docs/guide.*.md`: a workbook in use, and its pages as LibreOffice shows them."""
