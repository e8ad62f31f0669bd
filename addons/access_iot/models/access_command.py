import uuid
from datetime import timedelta

from odoo import api, fields, models

from . import waker

TIME_TO_LIVE = timedelta(seconds=10)
# What was opened stays in the log for ever; what became of an order does not.
KEPT = timedelta(days=90)
MOST_AT_ONCE = 10_000
_NOTICES = {"done": "success", "failed": "danger", "perhaps": "warning"}


class AccessCommand(models.Model):
    """An order of staff to a gateway. A late one must not be carried out.

    It is about an access point, a device, a locker, or the gateway itself.
    """

    _name = "access.command"
    _description = "Command to a Gateway"
    _order = "issued_at desc, id desc"
    _rec_name = "kind"

    identifier = fields.Char(
        required=True, readonly=True, default=lambda self: str(uuid.uuid4())
    )
    gateway_id = fields.Many2one(
        "access.gateway", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="gateway_id.company_id", store=True, index=True
    )
    kind = fields.Selection(
        [
            ("release", "Open"),
            ("test", "Test"),
            ("identify", "Show Where It Is"),
            ("restart", "Restart"),
            ("discover", "Look for Devices"),
            ("compare", "Compare"),
            ("open_locker", "Open Locker"),
            ("free_locker", "Free Locker"),
            ("hand_over_locker", "Give Locker"),
            ("print", "Print"),
        ],
        required=True,
        readonly=True,
        default="release",
    )
    point_id = fields.Many2one(
        "access.point", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    device_id = fields.Many2one(
        "access.device", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    locker_id = fields.Many2one(
        "access.locker", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    credential_id = fields.Many2one(
        "access.credential",
        string="For",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    # It names a person, and its code opens doors: gone when the command is over.
    ticket = fields.Json(readonly=True, copy=False, groups=fields.NO_ACCESS)
    note = fields.Char(string="Reason", readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Given by",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    issued_at = fields.Datetime(
        required=True, readonly=True, default=lambda self: fields.Datetime.now()
    )
    expires_at = fields.Datetime(
        required=True,
        readonly=True,
        default=lambda self: fields.Datetime.now() + TIME_TO_LIVE,
    )
    is_handed_out = fields.Boolean(
        readonly=True, copy=False, help="The gateway was given it, as far as we know."
    )
    about = fields.Char(compute="_compute_about", help="What the order is for.")
    result = fields.Selection(
        [("done", "Done"), ("failed", "Failed"), ("perhaps", "Perhaps done")],
        readonly=True,
        copy=False,
        help="Perhaps done: it broke off in the middle, so look before you repeat it.",
    )
    message = fields.Char(readonly=True, copy=False)
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("done", "Done"),
            ("failed", "Failed"),
            ("perhaps", "Perhaps done"),
            ("expired", "Not carried out in time"),
        ],
        compute="_compute_state",
    )

    _about_something = models.Constraint(
        "CHECK (CASE WHEN kind = 'release' THEN point_id IS NOT NULL"
        " WHEN kind IN ('test', 'identify', 'restart', 'print')"
        " THEN device_id IS NOT NULL"
        " WHEN kind = 'hand_over_locker'"
        " THEN locker_id IS NOT NULL AND credential_id IS NOT NULL"
        " WHEN kind LIKE '%_locker' THEN locker_id IS NOT NULL"
        " ELSE TRUE END)",
        "A command is about an access point, a device or a locker.",
    )
    _identifier_unique = models.Constraint(
        "UNIQUE (identifier)", "A command exists once."
    )

    @api.depends("device_id", "locker_id", "point_id", "gateway_id")
    def _compute_about(self):
        for command in self:
            about = command.device_id or command.locker_id or command.point_id
            command.about = (about or command.gateway_id).display_name

    @api.depends("result", "expires_at", "is_handed_out")
    def _compute_state(self):
        now = fields.Datetime.now()
        for command in self:
            # Who was given it and says nothing may have done it all the same.
            late = "perhaps" if command.is_handed_out else "expired"
            is_late = command.expires_at <= now
            command.state = command.result or (late if is_late else "waiting")

    @api.autovacuum
    def _gc_old(self):
        """Forget what was long ago, and what was not printed in time."""
        now = fields.Datetime.now()
        self.search([("issued_at", "<", now - KEPT)], limit=MOST_AT_ONCE).unlink()
        is_unprinted = [("kind", "=", "print"), ("result", "=", False)]
        self.search([*is_unprinted, ("expires_at", "<", now)]).ticket = False

    @api.model_create_multi
    def create(self, vals_list):
        commands = super().create(vals_list)
        news = [("gateway", gateway.id) for gateway in commands.gateway_id]
        waker.pressing.after_commit(self.env.cr, *news)
        return commands

    def _hand_out(self):
        """Give commands as the gateway gets them."""
        self.filtered(lambda one: not one.is_handed_out).is_handed_out = True
        return [command._document() for command in self]

    def _end(self, ok, message):
        """Note what came of an order, and tell who gave it, wherever they are.

        :param ok: whether it was done; ``None`` for perhaps
        """
        result = {True: "done", False: "failed", None: "perhaps"}[ok]
        for command in self.filtered(lambda one: not one.result):
            told = command.with_context(lang=command.user_id.lang)
            found = told._differences_told() if ok else None
            words = found or message
            command.write({"result": result, "message": words, "ticket": False})
            command.user_id._bus_send(
                "simple_notification",
                {
                    "type": "warning" if found else _NOTICES[result],
                    "title": f"{told._words('kind')}: {told.about}",
                    "message": words or told._words("result"),
                },
            )

    def _differences_told(self):
        """Give what a comparison found and what comes next; ``None`` for nothing."""
        count = self.gateway_id.difference_count
        if self.kind != "compare" or not count:
            return None
        return self.env._(
            "Differences found: %(count)s. Load the gateway's form anew: its page "
            "Comparison names them, and Repair brings its rules anew.",
            count=count,
        )

    def _words(self, name):
        return dict(self._fields[name]._description_selection(self.env))[self[name]]

    def _document(self):
        """Give the command as the gateway gets it."""
        self.ensure_one()
        persons = self.credential_id.sudo().partner_id.access_person_ids
        return {
            "id": self.identifier,
            "kind": self.kind,
            "point": self.point_id.id or None,
            "device": str(self.device_id.id) if self.device_id else None,
            "locker": self.locker_id.id or None,
            "credential": self.credential_id.id or None,
            "person": persons.sorted("id")[:1].id or None,
            "ticket": self.sudo().ticket or None,
            "note": self.note or None,
            "user": self.user_id.id,
            "issued_at": f"{self.issued_at.isoformat()}Z",
            "expires_at": f"{self.expires_at.isoformat()}Z",
        }
