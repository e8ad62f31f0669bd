from . import access_order_dialog
from . import access_staff_record
from . import access_presence_correction
from . import access_manual_entry
from . import access_check
from . import access_ticket_give_back
from . import access_why
