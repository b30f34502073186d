"""``python -m tests.tour [LANG …]``: draw the pictures of `docs/guide.*.md` anew, from workbooks built for it."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.tour.pictures import take_pictures
from tests.tour.workbook import make_workbook

PICTURES = Path(__file__).parents[2] / "docs" / "guide"


def main(languages: list[str]) -> None:
    for lang in languages or ["zh", "en"]:
        with TemporaryDirectory() as folder:
            workbook = make_workbook(Path(folder), lang)
            for picture in take_pictures(workbook, lang, PICTURES / lang):
                print(picture)


if __name__ == "__main__":
    main(sys.argv[1:])
