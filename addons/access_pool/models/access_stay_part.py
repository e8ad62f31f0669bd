from odoo import fields, models


class AccessStayPart(models.AbstractModel):
    """What a guest holds for a stay."""

    _name = "access.stay.part"
    _description = "Part of a Stay"

    access_stay_id = fields.Many2one(
        "access.stay",
        string="Stay",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )


class AccessTicket(models.Model):
    _name = "access.ticket"
    _inherit = ["access.ticket", "access.stay.part"]


class AccessCredential(models.Model):
    _name = "access.credential"
    _inherit = ["access.credential", "access.stay.part"]

    def _shown_end(self):
        """Tell a guest's band by the number that is printed on it."""
        band = self.sudo().access_stay_id.wristband_id
        is_it = band and band.value == self.value
        return band.number if is_it else super()._shown_end()
