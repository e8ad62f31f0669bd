import logging
import re

from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import HTTPException, Unauthorized

from odoo import models
from odoo.exceptions import UserError
from odoo.http import request

_logger = logging.getLogger(__name__)

API = "/access/gateway/"
# Below the path that proxies lead to the evented server.
WAKE = "/websocket/access_gateway"
BEARER = re.compile(r"bearer\s+(\S+)", re.IGNORECASE)


class GatewayError(UserError):
    """A refusal that the gateway understands: HTTP status, code and words."""

    def __init__(self, status, code, message, **details):
        super().__init__(message)
        self.http_status = status
        self.code = code
        self.details = details


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _auth_method_access_gateway(cls):
        """Let in a gateway by its own token, which is good for nothing else."""
        token = token_of(request)
        cls._auth_method_public()
        gateways = request.env["access.gateway"].sudo()
        gateway = gateways._from_token(token) if token else gateways
        if not gateway:
            raise Unauthorized(
                "This gateway is not paired, or was cut off.",
                www_authenticate=WWWAuthenticate("bearer"),
            )
        request.session.can_save = False
        request.update_context(access_gateway_id=gateway.id)

    @classmethod
    def _handle_error(cls, exception):
        response = super()._handle_error(exception)
        if not request.httprequest.path.startswith((API, WAKE)):
            return response
        if isinstance(response, HTTPException):
            response = response.get_response(request.httprequest.environ)
        # The framework's body carries a traceback: nothing for the other side.
        status = getattr(response, "status_code", 500)
        body = _error_body(exception, status)
        if status >= 500:
            _logger.error("Gateway API: %s", type(exception).__name__)
        answer = request.make_json_response(body, status=status)
        if request.httprequest.path.startswith(WAKE):
            answer.data = b""  # Odoo's server sends none after a handshake
        if "WWW-Authenticate" in response.headers:
            answer.headers["WWW-Authenticate"] = response.headers["WWW-Authenticate"]
        return answer


def token_of(request):
    """Give the bearer token of a request, or none."""
    header = request.httprequest.headers.get("Authorization", "")
    bearer = BEARER.fullmatch(header.strip())
    return bearer and bearer[1]


def _error_body(exception, status):
    if isinstance(exception, GatewayError):
        return {
            "error": exception.code,
            "message": exception.args[0],
            **exception.details,
        }
    if isinstance(exception, Unauthorized):
        return {"error": "token_invalid", "message": exception.description}
    if status < 500 and isinstance(exception, HTTPException):
        return {"error": "bad_request", "message": exception.description}
    return {"error": "server_error", "message": "The server could not do this now."}
