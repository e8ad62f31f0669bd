from . import access_command
from . import access_device
from . import access_gateway
from . import access_gateway_policy
from . import access_pairing_attempt
from . import access_point
from . import access_policy_change
from . import ir_http
