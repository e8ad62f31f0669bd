from . import card_photo
from . import guest_pages
from . import portal
