from odoo.http import Controller, request, route


class Bare(Controller):
    @route(
        "/bench/bare",
        type="json2",
        auth="public",
        methods=["POST"],
        save_session=False,
    )
    def bare(self, ref):
        """One search by an indexed column and one insert, by the ORM."""
        partner = request.env["res.partner"].sudo().search([("ref", "=", ref)])
        request.env["ir.logging"].sudo().create(
            {
                "name": "bench",
                "type": "server",
                "message": ref,
                "path": "bench",
                "func": "bare",
                "line": "1",
            }
        )
        return {"found": len(partner)}
