from . import guest_pages
from . import portal
