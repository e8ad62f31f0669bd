from . import gateway_api
