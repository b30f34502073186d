from .notices import Notices as Notices
from .notices import try_settings as try_settings
from .outbox import NOBODY as NOBODY
from .outbox import Unsent as Unsent
from .outbox import read_unsent as read_unsent
from .settings import FILE as FILE
from .settings import Settings as Settings
from .settings import load_settings as load_settings
