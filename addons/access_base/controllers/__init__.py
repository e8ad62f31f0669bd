from . import access_event_export
