"""Head → workbook: place rows, repair, compare, mark; what a workbook should hold next, as bytes."""
