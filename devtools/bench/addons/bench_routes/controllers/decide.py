from odoo.http import Controller, request, route


class Decide(Controller):
    """No gateway may ask this: its token would open and count at doors of others."""

    @route(
        "/bench/decide",
        type="json2",
        auth="access_gateway",
        methods=["POST"],
        save_session=False,
    )
    def decide(self, point, kind, value):
        """Know the device by its token, and let the ERP decide and record."""
        point = request.env["access.point"].sudo().browse(point)
        decision = point._decide(kind, value)
        return {"granted": decision.granted, "reason": decision.reason.value}
