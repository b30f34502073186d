"""The atheris entry: ``python -m tests.fuzz.atheris_target [seconds] [corpus folder]``.

Coverage-guided fuzzing of `target.use`, from the specimens as seeds. The input's first bytes choose between the
file as it is and a part of it spoilt by `mutate`, so that the check sums of the zip file are no wall.
"""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["crmbook.ooxml"]):
    from tests.fuzz.mutate import spoil_part
    from tests.fuzz.target import use

from tests.ooxml.specimens import SPECIMENS

SMALL = [specimen for specimen in SPECIMENS if len(specimen.data) < 12_000]
HEADER = 5


def one_input(data: bytes) -> None:
    """Run one input: a package as bytes, or a seed for a structural mutation of a specimen."""
    if len(data) > HEADER and data[0] % 2:
        dice = random.Random(data[1:])
        use(spoil_part(SMALL[data[1] % len(SMALL)].data, dice))
    else:
        use(data[1:])


def main() -> None:
    """Fuzz for the given number of seconds (20)."""
    seconds = sys.argv[1] if len(sys.argv) > 1 else "20"
    with tempfile.TemporaryDirectory() as scratch:
        corpus = Path(sys.argv[2] if len(sys.argv) > 2 else scratch)
        corpus.mkdir(parents=True, exist_ok=True)
        for specimen in SMALL:
            (corpus / specimen.name).write_bytes(b"\0" + specimen.data)
        options = [
            f"-max_total_time={seconds}",
            "-timeout=10",
            "-rss_limit_mb=1024",
            "-max_len=16384",
            f"-artifact_prefix={corpus}/",
            str(corpus),
        ]
        atheris.Setup([sys.argv[0], *options], one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
