from . import card_photo
