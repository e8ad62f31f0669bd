from . import card_photo
from . import guest_pages
from . import payment_portal
from . import portal
