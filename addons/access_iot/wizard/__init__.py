from . import access_pairing_code
