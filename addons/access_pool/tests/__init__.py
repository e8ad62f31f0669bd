from . import test_access_tariff
from . import test_access_tariff_question
from . import test_access_tariff_version
from . import test_security
from . import test_stay
from . import test_tills
from . import test_translations
from . import test_units
