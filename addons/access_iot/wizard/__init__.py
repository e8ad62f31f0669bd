from . import access_device_replacement
from . import access_locker_order
from . import access_pairing_code
from . import access_ticket_print
