from odoo import Command, api, fields, models
from odoo.exceptions import AccessError


class AccessRehearsalRule(models.AbstractModel):
    """A rule that can be rehearsed: a draft of it never opens a door."""

    _name = "access.rehearsal.rule"
    _inherit = "access.policy.part"
    _description = "Rule that can be Rehearsed"

    rehearsal_id = fields.Many2one(
        "access.rehearsal",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="cascade",
        help="Only a draft belongs to a rehearsal.",
    )

    _draft_is_archived = models.Constraint(
        "CHECK (rehearsal_id IS NULL OR active IS NOT TRUE)",
        "A draft opens no door: apply the rehearsal instead.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_may_draft(*vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._check_may_draft(vals)
        return super().write(vals)

    def _check_may_draft(self, *vals_list):
        """Let only a rehearsal make drafts: it deletes what it takes for its own."""
        if not self.env.su and any(vals.get("rehearsal_id") for vals in vals_list):
            raise AccessError(self.env._("Only a rehearsal makes a draft."))

    def _policy_records(self):
        """Leave out drafts: nothing follows them."""
        return super()._policy_records().filtered(lambda one: not one.rehearsal_id)

    def action_rehearse(self):
        """Begin a rehearsal and open it."""
        self.ensure_one()
        self.check_access("write")
        name = "right_id" if self._name == "access.right" else "band_id"
        rehearsal = self.env["access.rehearsal"].create({name: self.id})
        return rehearsal._get_records_action()

    def action_view_rehearsal(self):
        """Go back from the draft."""
        return self.rehearsal_id._get_records_action()

    def _rule_fields(self):
        """Name the fields that say what the rule says, but for its lines."""
        return set()

    def _rule_lines(self):
        """Give the field of the rule's lines, and the fields that make one."""
        raise NotImplementedError

    def _rule_words(self):
        raise NotImplementedError

    def _rule_values(self):
        """Give what the rule says as JSON, so that two versions compare."""
        self.ensure_one()
        values = {
            name: _plain_value(self, name) for name in sorted(self._rule_fields())
        }
        lines, columns = self._rule_lines()
        rows = [[_plain_value(line, name) for name in columns] for line in self[lines]]
        return values | {lines: sorted(rows)}

    def _change_to(self, values):
        """Bring it to what ``_rule_values`` gave of its draft, and write no more."""
        lines, columns = self._rule_lines()
        now = self._rule_values()
        changed = {k: v for k, v in values.items() if k != lines and now[k] != v}
        for name, value in changed.items():
            if self._fields[name].type == "many2many":
                changed[name] = [Command.set(value)]
        if values[lines] != now[lines]:
            changed[lines] = self._line_commands(values[lines], lines, columns)
        if changed:
            self.write(changed)

    def _line_commands(self, rows, lines, columns):
        """Keep the lines that stay, so that only what is new is written."""
        wanted = [list(row) for row in rows]
        commands = []
        for line in self[lines]:
            row = [_plain_value(line, name) for name in columns]
            if row in wanted:
                wanted.remove(row)
            else:
                commands.append(Command.delete(line.id))
        return commands + [
            Command.create(dict(zip(columns, row, strict=True))) for row in wanted
        ]


def _plain_value(record, name):
    field, value = record._fields[name], record[name]
    if field.type == "many2many":
        return sorted(value.ids)
    if field.type == "many2one":
        return value.id
    if field.type in ("date", "datetime"):
        return field.to_string(value) if value else False
    return value
