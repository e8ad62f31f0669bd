from odoo import api, fields, models

STATES_OF_OLD = [("lost", "It is lost"), ("returned", "It was handed back")]


class AccessCredential(models.Model):
    """A new credential for one that is lost or broken, each naming the other."""

    _inherit = "access.credential"

    replaces_id = fields.Many2one(
        "access.credential",
        string="Replaces",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    replacement_ids = fields.One2many("access.credential", "replaces_id")
    replaced_by_id = fields.Many2one(
        "access.credential", compute="_compute_replaced_by_id"
    )
    replaced_state = fields.Selection(
        STATES_OF_OLD,
        string="Old One",
        store=False,
        default="lost",
        help="What happened to the credential that is replaced.",
    )

    @api.depends("replacement_ids")
    def _compute_replaced_by_id(self):
        for credential in self:
            credential.replaced_by_id = credential.replacement_ids[:1]

    def action_replace(self):
        """Open the form that issues another one to the same holder."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Replace %(old)s", old=self.display_name),
            "res_model": "access.credential",
            "views": [
                (
                    self.env.ref("access_base.access_credential_view_form_issue").id,
                    "form",
                )
            ],
            "target": "new",
            "context": {
                "default_replaces_id": self.id,
                "default_replaced_state": (
                    "returned" if self.state == "returned" else "lost"
                ),
                "default_partner_id": self.partner_id.id,
                "default_company_id": self.company_id.id,
                "default_kind": self.kind,
                "default_venue_id": self.venue_id.id,
                "default_valid_from": self.valid_from,
                "default_valid_to": self.valid_to,
                "default_is_duress": self.is_duress,
            },
        }

    @api.model_create_multi
    def create(self, vals_list):
        defaults = self.default_get(["replaces_id", "replaced_state"])
        for vals in vals_list:
            # First, as the new one may have the number of the old one.
            asked = {**defaults, **vals}
            old = self.browse(asked.get("replaces_id"))
            if old.state in ("active", "blocked"):
                old.write({"state": asked["replaced_state"]})
        credentials = super().create(vals_list)
        for credential in credentials:
            credential._note_replacement()
        return credentials

    def _note_replacement(self):
        old = self.replaces_id
        if old:
            link = {"old": old._get_html_link(), "new": self._get_html_link()}
            old.message_post(body=self.env._("Replaced by %(new)s.", **link))
            self.message_post(body=self.env._("Replaces %(old)s.", **link))
