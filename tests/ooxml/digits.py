"""Numbers as cells hold them."""

from crmbook.ooxml.values import written_number


def as_kept(number: float) -> float:
    """Return a number in the 15 digits that are written."""
    return float(written_number(number))
