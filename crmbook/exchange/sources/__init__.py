"""What files hold, whatever wrote them: CSV, workbooks of every kind, address cards → lists of rows under headers."""

from crmbook.exchange.sources.errors import SourceError
from crmbook.exchange.sources.model import LeftOut, LeftOutKind, Source, SourceLayout, SourceSheet
from crmbook.exchange.sources.read import read_source
from crmbook.exchange.sources.vcard import CARD_HEADERS

__all__ = [
    "CARD_HEADERS",
    "LeftOut",
    "LeftOutKind",
    "Source",
    "SourceError",
    "SourceLayout",
    "SourceSheet",
    "read_source",
]
