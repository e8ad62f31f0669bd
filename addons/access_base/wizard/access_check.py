from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import AccessError

from ..models.access_verify import Break, Difference

SHOWN = 20


class AccessCheck(models.TransientModel):
    """Shows in words whether the log is whole."""

    _name = "access.check"
    _inherit = "access.stepwise"
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
        self._check_may_step()
        companies = self.env.companies
        events = self.env["access.event"].sudo()
        work = {
            "companies": companies.ids,
            "total": events.search_count([("company_id", "in", companies.ids)]),
            "walk": {},
            "is_read": False,
            "differences": [],
            "compared": 0,
        }
        return self._begin_steps(self.env._("Checking the log"), work)

    def _check_may_step(self):
        self._check_may("access_base.group_auditor", "access_base.group_manager")

    def _work(self, work, has_time):
        """Read the log page by page, then compare what follows from it."""
        verify = self.env["access.verify"].sudo()
        companies = self.env["res.company"].browse(work["companies"])
        parts = len(verify._compared())
        while True:
            if not work["is_read"]:
                work["is_read"] = verify._walk_on(companies, work["walk"])
                work["done"] = work["walk"]["done"]
            elif work["compared"] < parts:
                found = verify._differences_of(work["compared"], companies)
                work["differences"] += found
                work["compared"] += 1
            else:
                self._tell(verify, work, companies)
                return True
            if not has_time():
                return False

    def _tell(self, verify, work, companies):
        differences = [Difference(*found) for found in work["differences"]]
        breaks = [Break(*found) for found in work["walk"]["breaks"]]
        lines = [verify._break_words(found) for found in breaks]
        lines += self._difference_lines(differences)
        self.write(
            {
                "state": "broken" if lines else "whole",
                "event_count": work["done"],
                "words": _list(verify._known_gaps(companies) + lines),
                "is_different": bool(differences),
            }
        )

    def _after_steps(self):
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
