"""What an office program drops when it saves, put back: validations, conditional formats, names, table parts.

`repair` compares a workbook with what build would make of the same book, every field at the column where it is
now, and puts back what is gone, shortened or split. What people chose (a style of their own, a width, a rule, a
validation beside the tables) is left alone, and a workbook that lacks nothing is not touched.
"""

from crmbook.render.repair.lost import restore_lost
from crmbook.render.repair.note import RepairNote
from crmbook.render.repair.repair import repair

__all__ = ["RepairNote", "repair", "restore_lost"]
