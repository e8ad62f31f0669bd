from . import gateway_api
from . import wake_socket
