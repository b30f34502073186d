"""Records what programs make of the shop's workbook."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from tests.programs.desk import save
from tests.programs.recorded import HERE, RECORDED, type_edit
from tests.sync.shop import Shop

if __name__ == "__main__":
    for program in RECORDED:
        with tempfile.TemporaryDirectory() as folder:
            shop = Shop(Path(folder) / "shop")
            shop.sync()
            type_edit(shop)
            save(program, shop.main.path)
            shutil.copy(shop.main.path, HERE / f"{program}.xlsx")
