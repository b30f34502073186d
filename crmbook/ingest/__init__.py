"""Workbook → head: identify rows, guard, merge, settle, follow up; nothing is read or stored here."""
