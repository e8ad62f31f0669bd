from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import AccessError

SHOWN = 20


class AccessCheck(models.TransientModel):
    """Shows in words whether the log is whole."""

    _name = "access.check"
    _description = "Check of the Log"

    state = fields.Selection(
        [("new", "Not checked yet"), ("whole", "Whole"), ("broken", "Broken")],
        default="new",
        readonly=True,
    )
    event_count = fields.Integer(string="Passages Checked", readonly=True)
    words = fields.Html(readonly=True)
    is_different = fields.Boolean(readonly=True)

    def action_check(self):
        """Check the log of the companies that are chosen, and what follows from it."""
        self._check_may("access_base.group_auditor", "access_base.group_manager")
        verify = self.env["access.verify"].sudo()
        breaks = verify._breaks(self.env.companies)
        differences = verify._differences(self.env.companies)
        lines = [verify._break_words(found) for found in breaks]
        lines += self._difference_lines(differences)
        self.write(
            {
                "state": "broken" if lines else "whole",
                "event_count": self.env["access.event"].search_count([]),
                "words": _list(lines),
                "is_different": bool(differences),
            }
        )
        return self._shown_again()

    def action_rebuild(self):
        """Make uses and presence anew from the log."""
        self._check_may("access_base.group_manager")
        self.env["access.verify"].sudo()._rebuild(self.env.companies)
        return self.action_check()

    def _check_may(self, *groups):
        if not any(self.env.user.has_group(group) for group in groups):
            raise AccessError(self.env._("Only auditors and managers check the log."))

    def _difference_lines(self, differences):
        verify = self.env["access.verify"].sudo()
        lines = [verify._difference_words(found) for found in differences[:SHOWN]]
        if more := len(differences) - len(lines):
            lines.append(self.env._("And %(count)s more differences.", count=more))
        return lines

    def _shown_again(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Check the Log"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }


def _list(lines):
    items = Markup("").join(Markup("<li>%s</li>") % line for line in lines)
    return Markup("<ul>%s</ul>") % items if lines else False
