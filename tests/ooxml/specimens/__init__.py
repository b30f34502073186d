"""The specimens: workbooks that hold one feature each, by which losslessness is judged.

`SPECIMENS` lists those that must come through an edit unharmed, `REFUSED` those that must be refused by name;
``python -m tests.ooxml.specimens`` prints both as a table.
"""

from tests.ooxml.specimens.assembled import ASSEMBLED
from tests.ooxml.specimens.containers import CONTAINERS
from tests.ooxml.specimens.refused import REFUSED
from tests.ooxml.specimens.specimen import Specimen
from tests.ooxml.specimens.written import WRITTEN

SPECIMENS: tuple[Specimen, ...] = (*WRITTEN, *ASSEMBLED, *CONTAINERS)

__all__ = ["REFUSED", "SPECIMENS", "Specimen"]
