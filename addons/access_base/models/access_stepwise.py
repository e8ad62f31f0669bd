import json
from time import monotonic

from odoo import fields, models
from odoo.exceptions import UserError

# After so long a step answers, once the page it is at is done.
STEP_SECONDS = 0.7


class AccessStepwise(models.AbstractModel):
    """Long work in steps, each a call from a browser that shows how far it is.

    What one step leaves for the next is kept on the record, as JSON that nobody reads
    or writes from outside: a caller says which record, and nothing else.
    """

    _name = "access.stepwise"
    _description = "Work in Steps"

    progress = fields.Text(
        copy=False, exportable=False, prefetch=False, groups=fields.NO_ACCESS
    )

    progress_base = fields.Text(
        copy=False, exportable=False, prefetch=False, groups=fields.NO_ACCESS
    )

    def _begin_steps(self, title, work):
        """Keep what the first step begins with; give what shows the progress."""
        self.ensure_one()
        self.sudo().write({"progress": json.dumps(work), "progress_base": False})
        return {
            "type": "ir.actions.client",
            "tag": "access_progress",
            "name": title,
            "params": {"model": self._name, "id": self.id},
        }

    def action_step(self):
        """Work for a moment; tell how far it is, and at the end what comes next."""
        self.ensure_one()
        self._check_may_step()
        kept = self.sudo().progress
        if not kept:
            raise UserError(self.env._("This is done already, or was stopped."))
        work = json.loads(kept)
        until = monotonic() + STEP_SECONDS
        is_done = self._work(work, lambda: monotonic() < until)
        if is_done:
            self._end_steps()
        else:
            self.sudo().progress = json.dumps(work)
        answer = {"done": work.get("done", 0), "total": work.get("total", 0)}
        return answer | {"next": self._after_steps()} if is_done else answer

    def action_stop(self):
        """Leave the work as it is; what was done of it counts for nothing."""
        self.ensure_one()
        self._check_may_step()
        self._end_steps()
        return self._after_steps()

    def _end_steps(self):
        self.sudo().write({"progress": False, "progress_base": False})

    def _keep_for_steps(self, base):
        """Keep what all steps go by, so that it is not written anew by each."""
        self.sudo().progress_base = json.dumps(base)

    def _kept_for_steps(self):
        return json.loads(self.sudo().progress_base)

    def _check_may_step(self):
        """Refuse who may not begin such work either."""
        raise NotImplementedError

    def _work(self, work, has_time):
        """Go on with the work, one page at least; tell whether all is done.

        What is left to be done next time goes into ``work``, which is kept as JSON;
        ``done`` and ``total`` in it are shown.
        """
        raise NotImplementedError

    def _after_steps(self):
        """Give the action that shows what came of it."""
        return {"type": "ir.actions.act_window_close"}
