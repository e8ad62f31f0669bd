from . import test_access_device
from . import test_access_gateway
from . import test_access_point
from . import test_gateway_api
from . import test_gateway_schema
from . import test_security
