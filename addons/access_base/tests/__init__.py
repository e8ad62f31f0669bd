from . import test_access_credential
from . import test_access_event
from . import test_access_point
from . import test_access_policy
from . import test_access_policy_change
from . import test_access_right
from . import test_res_partner
from . import test_security
