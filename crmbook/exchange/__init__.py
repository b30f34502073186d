"""Tables that come from, or go to, other places than a workbook."""
