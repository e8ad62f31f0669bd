from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from werkzeug.exceptions import NotFound

from odoo import fields
from odoo.exceptions import UserError
from odoo.http import request, route

from odoo.addons.portal.controllers.portal import CustomerPortal, pager

from ..models.access_portal import LIMITS

HOME = "/my/access"
STEP = 20
# Bookings further ahead are not known to the rules.
AHEAD = timedelta(days=45)
READ = {"type": "http", "auth": "user", "website": True, "readonly": True}
# Of type "http", so that each of them asks for the CSRF token.
ACT = {"type": "http", "auth": "user", "website": True, "methods": ["POST"]}


class AccessPortal(CustomerPortal):
    """A member's own access: as superuser, for the contact that is logged in."""

    # -- pages: they change nothing -----------------------------------------------

    @route(HOME, **READ)
    def my_access(self, **_kw):
        return self._keys_page()

    @route(f"{HOME}/rights", **READ)
    def my_access_rights(self, **_kw):
        portal, partner = self._access_of_member()
        return self._page(
            "rights",
            plans=portal._plans(partner),
            rights=portal._rights(partner),
            tickets=portal._tickets(partner),
        )

    @route([f"{HOME}/visits", f"{HOME}/visits/page/<int:page>"], **READ)
    def my_access_visits(self, page=1, **_kw):
        portal, partner = self._access_of_member()
        events, domain = portal.env["access.event"], portal._visits(partner)
        total = events.search_count(domain)
        pages = pager(url=f"{HOME}/visits", total=total, page=page, step=STEP)
        visits = events.search(domain, limit=STEP, offset=pages["offset"])
        return self._page("visits", visits=visits, pager=pages)

    @route(f"{HOME}/visits/<int:event_id>", **READ)
    def my_access_visit(self, event_id, **_kw):
        portal, partner = self._access_of_member()
        mine = portal._visits(partner) & fields.Domain("id", "=", event_id)
        visit = portal.env["access.event"].search(mine)
        if not visit or visit.result != "refused":
            raise NotFound()
        key = visit.credential_id.filtered(lambda one: one.partner_id == partner)
        told = portal.env["access.explanation"]._explain(
            partner, visit.point_id, visit.date, key
        )
        return self._page("visit", visit=visit, told=told)

    @route(f"{HOME}/check", **READ)
    def my_access_check(self, point=None, at=None, **_kw):
        portal, partner = self._access_of_member()
        points = portal._entrances(partner)
        chosen = points.browse()
        if point:
            chosen = points.filtered(lambda one: str(one.id) == point)
            if not chosen:
                raise NotFound()
        moment, error = self._moment(chosen, at)
        told = None
        # Who has no key, ticket or plan has no name in the log: reading makes none.
        if chosen and not error and partner.access_person_ids:
            told = portal.env["access.explanation"]._explain(partner, chosen, moment)
        return self._page(
            "check",
            points=points,
            point=chosen,
            at=at or "",
            error=error,
            moment=moment,
            told=told,
            nothing=portal._may_not_add(partner),
        )

    # -- what a member does -------------------------------------------------------

    @route(f"{HOME}/qr", **ACT)
    def access_qr(self, **_kw):
        portal, partner = self._access_of_member()
        return self._json(lambda: portal._codes(partner))

    @route(f"{HOME}/qr/new", **ACT)
    def access_qr_new(self, **_kw):
        portal, partner = self._access_of_member()
        return self._done(lambda: portal._ensure_rotating_qr(partner), "rotating_qr")

    @route(f"{HOME}/pin/<int:credential_id>", **ACT)
    def access_pin(self, credential_id, **_kw):
        portal, partner = self._access_of_member()
        key = self._key(credential_id, "pin")
        return self._json(lambda: {"pin": portal._pin(partner, key)})

    @route(f"{HOME}/lost/<int:credential_id>", **ACT)
    def access_lost(self, credential_id, **_kw):
        key = self._key(credential_id, "card", "wristband")
        return self._done(key.action_report_lost, "card")

    @route(f"{HOME}/add", **ACT)
    def access_add(self, kind=None, value="", **_kw):
        if kind not in LIMITS:
            raise NotFound()
        portal, partner = self._access_of_member()
        return self._done(lambda: portal._add(partner, kind, value), kind, value)

    @route(f"{HOME}/remove/<int:credential_id>", **ACT)
    def access_remove(self, credential_id, **_kw):
        portal, partner = self._access_of_member()
        key = portal._key(partner, credential_id, *LIMITS)
        if key.state == "returned":  # in another tab
            words = request.env._("It is removed already.")
            return self._keys_page(error_kind=key.kind, error=words)
        key = self._key(credential_id, *LIMITS)
        return self._done(key.action_return, key.kind)

    # -- how ----------------------------------------------------------------------

    def _access_of_member(self):
        return request.env["access.portal"].sudo(), request.env.user.partner_id.sudo()

    def _key(self, credential_id, *kinds):
        """Give an active credential of the member's own.

        One that staff blocked is not taken back, as it could be added anew then.
        """
        portal, partner = self._access_of_member()
        key = portal._key(partner, credential_id, *kinds)
        if key.state != "active":
            raise NotFound()
        return key

    def _moment(self, point, text):
        """Read a time on the clock of a point, and say what is wrong with it."""
        now = fields.Datetime.now()
        if not text or not point:
            return now, ""
        try:
            local = datetime.fromisoformat(text).replace(tzinfo=None)
            zone = ZoneInfo(point.venue_id.tz)
            at = local.replace(tzinfo=zone).astimezone(timezone.utc)
        except (ValueError, OverflowError):
            return now, request.env._("Choose a day and a time.")
        moment = at.replace(tzinfo=None)
        if not now - timedelta(days=1) <= moment <= now + AHEAD:
            days = AHEAD.days
            return now, request.env._("Choose a time in the next %(n)s days.", n=days)
        return moment, ""

    def _done(self, act, kind, value=""):
        """Do it and show the keys; or say beside the field why it was not done."""
        try:
            with request.env.cr.savepoint():
                act()
        except UserError as error:
            return self._keys_page(error_kind=kind, error=str(error), typed=value)
        return request.redirect(f"{HOME}#{kind}")

    def _json(self, ask):
        try:
            answer = ask()
        except UserError as error:
            answer = {"error": str(error)}
        return self._private(request.make_json_response(answer))

    def _keys_page(self, **values):
        portal, partner = self._access_of_member()
        company = portal._company(partner)
        limits = {kind: company[field] for kind, field in LIMITS.items()}
        return self._page(
            "keys",
            keys=portal._keys(partner),
            none=portal.env["access.credential"],
            may_not_add=portal._may_not_add(partner),
            limits=limits,
            **{"error_kind": "", "error": "", "typed": "", **values},
        )

    def _page(self, name, module="access_base", **values):
        portal, partner = self._access_of_member()
        values |= self._prepare_portal_layout_values()
        values |= {
            "page_name": f"access_{name}",
            "access_page": name,
            "access_portal": portal,
            "partner": partner,
        }
        return self._private(
            request.render(f"{module}.portal_my_access_{name}", values)
        )

    def _private(self, response):
        """Keep it off shared caches, and out of frames of other sites."""
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
        response.headers["Content-Security-Policy"] = "frame-ancestors 'self'"
        return response
