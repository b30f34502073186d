"""The oracle: LibreOffice computes the same formulas from the same cells, and every value must agree.

`worlds` makes seeded random tables, `templates` makes formulas for every function over every kind of argument,
`sheet` writes both as a workbook and lets LibreOffice recalculate it, `verdict` compares cell by cell, and
`departures` lists, with reasons, where LibreOffice itself leaves Excel's published behaviour.
"""
