from werkzeug.exceptions import NotFound

from odoo.http import Controller, request, route


class CardPhoto(Controller):
    @route("/access_pool/card/<int:card_id>/photo", type="http", auth="user")
    def photo(self, card_id):
        """Show a till whose card was read. Who may not see it is told of no card."""
        user = request.env.user
        card = request.env["access.pool.card"].sudo().browse(card_id).exists()
        is_theirs = card.company_id <= user.company_ids
        is_cashier = user.has_group("point_of_sale.group_pos_user")
        if not (card and is_theirs and is_cashier and card._wants_photo()):
            raise NotFound()
        stream = request.env["ir.binary"]._get_image_stream_from(
            card.partner_id, "image_256"
        )
        response = stream.get_response(max_age=0)
        response.headers["Cache-Control"] = "private, no-store"
        return response
