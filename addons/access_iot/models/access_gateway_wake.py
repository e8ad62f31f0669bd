from odoo import fields, models

from . import waker


# pylint: disable=consider-merging-classes-inherited
class AccessGateway(models.Model):
    """Waking a gateway, so that it asks at once for what is new.

    Nothing of what is new is said by that, and nothing is kept: who does not listen
    asks by itself when it is back.
    """

    _inherit = "access.gateway"

    is_pushed = fields.Boolean(
        string="Told at Once",
        readonly=True,
        copy=False,
        help="It has a connection open by which it is told that something changed. "
        "Without one it asks each second.",
    )

    def _wake(self, news):
        """Wake the gateways that any of the news are for.

        :param news: ``("rules",)`` for all; ``("gateway", ID)`` for one; ``("facts",
            COMPANY, JOURNAL)`` for those of a company but the one that told
        """
        bus = self.env["bus.bus"]
        # Those of the bus without a row of its table, which would be kept for a day.
        bus._ensure_hooks()
        gateways = self.with_context(active_test=False).search([])
        channels = self.env.cr.postcommit.data["bus.bus.channels"]
        channels.update(
            (self.env.cr.dbname, gateway._name, gateway.id)
            for gateway in gateways
            if any(gateway._is_news(*one) for one in news)
        )

    def _is_news(self, kind, subject=None, teller=None):
        if kind == "facts":
            return self.company_id.id == subject and self.journal_id.id != teller
        return kind == "rules" or self.id == subject

    def _wake_after_commit(self):
        """Let them find out what concerns them: say, that they are cut off."""
        news = [("gateway", gateway.id) for gateway in self]
        waker.pressing.after_commit(self.env.cr, *news)
