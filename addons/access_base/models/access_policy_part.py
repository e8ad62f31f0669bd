from odoo import api, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_list

from .access_in_use import check_not_in_use

MOST = 1_000_000
MOST_COUNTED = 2**31 - 1


class AccessPolicyInput(models.AbstractModel):
    """A record, perhaps of another application, whose changes outdate policies."""

    _name = "access.policy.input"
    _description = "What Access Rules are Made of"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._policy_records()._rules_changed()
        return records

    def write(self, vals):
        if self._policy_fields().isdisjoint(vals):
            return super().write(vals)
        self._policy_records()._rules_changed()  # of what it belonged to
        result = super().write(vals)
        self._policy_records()._rules_changed()
        return result

    def unlink(self):
        self._policy_records()._rules_changed()
        return super().unlink()

    def _policy_records(self):
        """Give those of them that a policy is made from: all, unless overridden."""
        return self

    def _policy_fields(self):
        """Name what a policy is made from; a write of other fields leaves it as it is.

        To be added to by those who add such fields.
        """
        return set()

    def _rules_changed(self):
        if self:
            self.env["access.policy.change"].sudo()._mark(**self._changed_parts())

    def _changed_parts(self):
        """Tell what of the rules these records are, as ``_mark`` takes it."""
        return {}


class AccessPolicyPart(models.AbstractModel):
    """A record of the rules themselves, which stays with its company."""

    _name = "access.policy.part"
    _inherit = "access.policy.input"
    _description = "Part of the Access Rules"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_sense(vals)
        records = super().create(vals_list)
        # Also what came as a default.
        records._check_not_by_hand(
            name
            for name in self._system_fields()
            if any(record[name] for record in records.sudo())
        )
        return records

    def write(self, vals):
        self._check_company_kept(vals)
        self._check_not_by_hand(self._system_fields() & vals.keys())
        self._check_required(vals)
        return super().write(vals)

    def _check_required(self, vals):
        """Refuse what the database would, which tells the whole row: keys, numbers."""
        for name, value in vals.items():
            field = self._fields.get(name)
            if field and field.required and (value is None or value is False):
                label = field._description_string(self.env)
                raise ValidationError(self.env._("%(field)s is needed.", field=label))
        self._check_sense(vals)

    def _check_sense(self, vals):
        """Refuse names of nothing but blanks, and numbers beyond those of databases."""
        for name, value in vals.items():
            field = self._fields.get(name)
            if not field:
                continue
            label = field._description_string(self.env)
            if field.required and isinstance(value, str) and not value.strip():
                raise ValidationError(self.env._("%(field)s is needed.", field=label))
            # What is shown only is not typed, but counted: a version, say.
            most = MOST_COUNTED if field.readonly else MOST
            if field.type == "integer" and isinstance(value, int) and value > most:
                raise ValidationError(
                    self.env._("%(field)s is %(most)s at most.", field=label, most=most)
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_use(self):
        instead = self.env._("Take it out there first.")
        if "active" in self._fields:
            instead = self.env._("Archive it instead, or take it out there first.")
        check_not_in_use(self, instead)

    def _system_fields(self):
        """Name what nobody sets by hand, whatever the API is told."""
        return set()

    def _check_not_by_hand(self, names):
        # Constraints cannot say this: they run as the superuser.
        if not self.env.su and (name := next(iter(names), None)):
            label = self._fields[name]._description_string(self.env)
            raise AccessError(self.env._("%(field)s is not set by hand.", field=label))

    def _check_company_kept(self, vals):
        """Refuse to move it to another company, whose log and rules are others."""
        if "company_id" in vals and any(
            record.company_id.id != vals["company_id"] for record in self
        ):
            raise UserError(
                self.env._(
                    "%(record)s belongs to %(company)s. Make a new one elsewhere.",
                    record=self[0].display_name,
                    company=self[0].company_id.name,
                )
            )

    def _check_not_in_log(self, column, instead):
        """Refuse to delete what the log names: it would no longer be told in words."""
        events = self.env["access.event"].sudo()
        if events.search_count([(column, "in", self.ids)], limit=1):
            raise UserError(
                self.env._(
                    "The passage log names %(records)s. %(instead)s",
                    instead=instead,
                    records=format_list(self.env, self.mapped("display_name")),
                )
            )


class AccessVenuePart(models.AbstractModel):
    """A part that all points of a company share, kept in memory by version."""

    _name = "access.venue.part"
    _inherit = "access.policy.part"
    _description = "Part of the Venues' Rules"

    def _changed_parts(self):
        return {"venues": True}

    def _rules_changed(self):
        result = super()._rules_changed()
        self.company_id._access_venues_changed()
        return result
