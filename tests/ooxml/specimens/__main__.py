"""Print the table of specimens."""

from tests.ooxml.specimens import REFUSED, SPECIMENS

for specimen in SPECIMENS:
    print(f"{specimen.name:32} {specimen.feature}")
print()
for specimen in REFUSED:
    print(f"{specimen.name:32} {specimen.feature} → {specimen.code}")
