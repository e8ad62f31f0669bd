from . import access_tariff_question
