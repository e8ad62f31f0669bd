from . import access_day_end
from . import access_pool_card_correction
from . import access_tariff_question
from . import access_wristband_registration
