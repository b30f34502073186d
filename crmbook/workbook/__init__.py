"""crmbook.workbook."""
