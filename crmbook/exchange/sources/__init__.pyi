from .errors import SourceError as SourceError
from .model import LeftOut as LeftOut
from .model import LeftOutKind as LeftOutKind
from .model import Source as Source
from .model import SourceLayout as SourceLayout
from .model import SourceSheet as SourceSheet
from .read import read_source as read_source
from .vcard import CARD_HEADERS as CARD_HEADERS
