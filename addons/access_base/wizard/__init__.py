from . import access_order_dialog
