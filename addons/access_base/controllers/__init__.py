from . import access_event_export
from . import portal
