from werkzeug.exceptions import NotFound

from odoo.exceptions import UserError
from odoo.http import Controller, request, route

from odoo.addons.access_base.models.access_portal import drawing

STAY = "/pool/stay/<string:token>"
TERMINAL = "/pool/terminal/<string:token>"
OPEN = {"type": "http", "auth": "public", "website": True, "sitemap": False}
READ = {**OPEN, "methods": ["GET"], "readonly": True}
# Of type "http", so that each of them asks for the CSRF token.
ACT = {**OPEN, "methods": ["POST"]}


class GuestPages(Controller):
    """Pages of guests, who have no login: who knows an address sees that page alone."""

    # -- the guest's own phone ----------------------------------------------------

    @route(STAY, **READ)
    def stay_page(self, token, **_kw):
        return self._stay_page(self._stay(token))

    @route(f"{STAY}/pay", **ACT)
    def stay_pay(self, token, who="", **_kw):
        stay = self._stay(token)
        try:
            with request.env.cr.savepoint():
                address = stay._pay_online(group=who == "group")
        except UserError as error:
            return self._stay_page(stay, error=str(error))
        return request.redirect(address)

    def _stay(self, token):
        stay = request.env["access.stay"]._by_token(token)
        if not stay:
            raise NotFound()
        return stay.with_company(stay.company_id)

    def _stay_page(self, stay, error=""):
        values = {**stay._page_values(), **stay._own_page_values(), "error": error}
        return self._page("access_pool.stay_page", values)

    # -- the info terminal --------------------------------------------------------

    @route(TERMINAL, **READ)
    def terminal(self, token, **_kw):
        terminal = self._terminal(token)
        values = {"terminal": terminal, "path": f"/pool/terminal/{token}/read"}
        return self._page("access_pool.terminal_page", values)

    @route(f"{TERMINAL}/read", **ACT)
    def terminal_read(self, token, value="", **_kw):
        """Tell what is on a band; its number is in no address, and so in no log."""
        stay = self._terminal(token)._read(value)
        values = {"is_known": bool(stay)}
        if stay:
            values |= stay.with_company(stay.company_id)._page_values()
            values["qr"] = drawing(stay._page_url())
        return self._page("access_pool.terminal_answer", values)

    def _terminal(self, token):
        terminal = request.env["access.pool.terminal"]._by_token(token)
        if not terminal:
            raise NotFound()
        return terminal

    # -- how ----------------------------------------------------------------------

    def _page(self, template, values):
        """Keep it off search engines, shared caches and frames of other sites."""
        response = request.render(template, values)
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
        response.headers["Content-Security-Policy"] = "frame-ancestors 'self'"
        return response
