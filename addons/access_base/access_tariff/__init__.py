"""What a stay costs."""

from .bill import next_charge, owed_if_left_at, price
from .document import stay_from_document, tariff_from_document
from .party import PartyBill, price_party
