"""The connection by which the ERP wakes a gateway, on the evented server of the bus."""

import threading
from contextlib import suppress
from weakref import WeakValueDictionary

from odoo import SUPERUSER_ID, api
from odoo.http import Controller, request, route

from odoo.addons.bus.models.bus import dispatch
from odoo.addons.bus.websocket import (
    CloseCode,
    Websocket,
    WebsocketConnectionHandler,
    acquire_cursor,
)

from ..models.ir_http import WAKE, token_of

WORD = {"type": "wake"}

# The one of each gateway that this process has.
_sockets = WeakValueDictionary()


class WakeSocket(Websocket):
    """Says to one gateway that there is news for it, and nothing else.

    It hears on the gateway's own channel of the bus alone. There is no session behind
    it: each time the token is looked at again, so who is cut off hears nothing more.
    """

    def __init__(self, socket, session, token, gateway_id):
        super().__init__(socket, session, cookies={})
        self._token = token
        self._gateway_id = gateway_id

    def serve(self):
        """Listen until it is closed; who has something to say does that elsewhere."""
        # A server that stops does not wait for it, and it may take its time.
        threading.current_thread().type = "websocket"
        self._take_over()
        channel = (self._db, "access.gateway", self._gateway_id)
        # It dispatches once by that: the first word says that it listens.
        dispatch.subscribe([channel], 0, self._db, self)
        for _message in self.get_messages():
            self.close(CloseCode.MESSAGE_VIOLATING_POLICY)

    def _take_over(self):
        """Hang up on the one before: it is dead, or somebody opens too many."""
        key = (self._db, self._gateway_id)
        before, _sockets[key] = _sockets.get(key), self
        if before is not None:
            with suppress(OSError):  # it was closed already
                before.close(CloseCode.GOING_AWAY)

    def _dispatch_bus_notifications(self):
        self._waiting_for_dispatch = False
        with acquire_cursor(self._db) as cr:
            gateways = api.Environment(cr, SUPERUSER_ID, {})["access.gateway"]
            gateway = gateways._from_token(self._token)
            is_known = gateway.id == self._gateway_id
        if is_known:
            self._send(WORD)
        else:
            self._disconnect(CloseCode.SESSION_EXPIRED)


class WakeApi(Controller):
    @route(
        WAKE,
        type="http",
        auth="access_gateway",
        methods=["GET"],
        websocket=True,
        save_session=False,
    )
    def wake(self, **_arguments):
        # pylint: disable=protected-access
        """Accept a gateway's connection, as ``WebsocketConnectionHandler`` does."""
        handler = WebsocketConnectionHandler
        answer = handler._get_handshake_response(request.httprequest.headers)
        environ = request.httprequest._HTTPRequest__environ
        if "socket" not in environ:
            # This process takes no websockets: /websocket leads to the evented port.
            return request.make_response("", status=501)
        socket, session = environ["socket"], request.session
        token, gateway_id = token_of(request), request.env.context["access_gateway_id"]

        def serve():
            WakeSocket(socket, session, token, gateway_id).serve()

        answer.call_on_close(serve)
        return answer
