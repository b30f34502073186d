"""Book → a new workbook: what one copy shows, its sheets, lists, charts and help, written by XlsxWriter."""
