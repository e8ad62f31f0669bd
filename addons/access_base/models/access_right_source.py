from odoo import api, fields, models


class AccessRightSource(models.AbstractModel):
    """Something that gives rights, and keeps ``access.right`` records for that.

    A model that inherits it says in ``_right_values`` which rights a record gives now,
    and in ``_right_fields`` what that depends on. They follow it, and end with it.
    """

    _name = "access.right.source"
    _description = "Source of Rights"

    right_ids = fields.One2many(
        "access.right",
        "source_id",
        string="Rights Given",
        domain=lambda self: [("source_model", "=", self._name)],
        bypass_search_access=True,
        copy=False,
        readonly=True,
    )

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._sync_rights()
        return records

    def write(self, vals):
        result = super().write(vals)
        if not self._right_fields().isdisjoint(vals):
            self._sync_rights()
        return result

    def unlink(self):
        self._all_rights()._end()
        return super().unlink()

    def _right_fields(self):
        """Name the fields that say which rights the record gives."""
        return {"active"}

    def _right_values(self):
        """Give the rights of one record: values by a key that stays theirs."""
        self.ensure_one()
        return {}

    def _sync_rights(self):
        """Bring the rights to what ``_right_values`` says; archive the others."""
        kept_by = self._all_rights().grouped("source_id")
        for record in self:
            kept = kept_by.get(record.id, self.env["access.right"].sudo())
            wanted = record._right_values()
            for right in kept:
                if values := wanted.pop(right.source_key, None):
                    right._bring_to({"active": True, **values})
                else:
                    right._bring_to({"active": False})
            kept.create(
                [
                    {
                        **values,
                        "source_model": self._name,
                        "source_id": record.id,
                        "source_key": key,
                    }
                    for key, values in wanted.items()
                ]
            )
        self.invalidate_recordset(["right_ids"])

    def _all_rights(self):
        rights = self.env["access.right"].sudo().with_context(active_test=False)
        return rights.search(
            [("source_model", "=", self._name), ("source_id", "in", self.ids)]
        )
