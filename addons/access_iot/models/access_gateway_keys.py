from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from .gateway_keys import GatewayKeys, hashed

RENEW_AFTER_DAYS = 30


class AccessGateway(models.Model):
    """Keys are renewed while the doors work.

    The next keys are told in each answer to the old token until the gateway uses the
    new one: then it has them on its disk, and the old ones are void. Its next rules
    come whole, made with the new keys.
    """

    _inherit = "access.gateway"

    renew_keys_days = fields.Integer(
        string="Renew Keys Every",
        default=RENEW_AFTER_DAYS,
        help="Days after which the gateway gets new keys by itself; 0 for never.",
    )
    keys_renewed_at = fields.Datetime(string="Keys Renewed", readonly=True, copy=False)
    are_keys_coming = fields.Boolean(
        string="New Keys Wait", compute="_compute_are_keys_coming"
    )
    # Readable, unlike the token in force: it is told again when an answer is lost.
    next_token = fields.Char(groups=fields.NO_ACCESS, copy=False)
    next_token_hash = fields.Char(groups=fields.NO_ACCESS, copy=False)
    next_seal_key = fields.Char(groups=fields.NO_ACCESS, copy=False)
    next_signing_key = fields.Char(groups=fields.NO_ACCESS, copy=False)

    _renew_keys_days_not_negative = models.Constraint(
        "CHECK (renew_keys_days >= 0)", "Keys are renewed after some days, or never."
    )
    _next_token_unique = models.UniqueIndex(
        "(next_token_hash) WHERE next_token_hash IS NOT NULL",
        "A token belongs to one gateway.",
    )

    @api.depends("next_token_hash")
    def _compute_are_keys_coming(self):
        for gateway in self.sudo():
            gateway.are_keys_coming = bool(gateway.next_token_hash)

    def action_renew_keys(self):
        """Have the gateway take new keys with its next poll."""
        self.check_access("write")
        for gateway in self:
            if not gateway.is_paired:
                raise UserError(
                    self.env._(
                        "%(gateway)s is not paired: it has no keys yet.",
                        gateway=gateway.name,
                    )
                )
        self.sudo()._prepare_next_keys()

    def _prepare_next_keys(self):
        for gateway in self.filtered(lambda gateway: not gateway.next_token_hash):
            keys = self._new_keys()
            gateway.write(
                {
                    "next_token": keys.token,
                    "next_token_hash": hashed(keys.token),
                    "next_seal_key": keys.seal_key,
                    "next_signing_key": keys.signing_key,
                }
            )

    def _next_keys_told(self):
        """Give the keys to come as the gateway is told them, or ``None``."""
        self.ensure_one()
        if self._are_keys_due():
            self._prepare_next_keys()
        keys = self._next_keys()
        return keys and keys.told()

    def _are_keys_due(self):
        days, since = self.renew_keys_days, self.keys_renewed_at or self.paired_at
        return bool(
            days and since and since + timedelta(days=days) <= fields.Datetime.now()
        )

    @api.model
    def _from_token(self, token):
        gateway = super()._from_token(token)
        if gateway:
            return gateway
        gateway = self.search([("next_token_hash", "=", hashed(token))], limit=1)
        if gateway:
            gateway._use_next_keys()
        return gateway

    def _use_next_keys(self):
        """Void the old keys: the gateway has spoken with the new ones."""
        self.write(
            {
                **self._keys_in_force(self._next_keys()),
                # What is there was made with the old ones: the whole anew.
                "policy_snapshot": False,
                "policy_base": 0,
                "policy_base_snapshot": False,
            }
        )

    def _next_keys(self):
        if not self.next_token:
            return None
        return GatewayKeys(self.next_token, self.next_seal_key, self.next_signing_key)

    @api.model
    def _new_keys(self):
        return GatewayKeys.new()

    @api.model
    def _keys_in_force(self, keys):
        """Give the values by which keys are in force from now on, and none to come."""
        return {
            "token_hash": hashed(keys.token),
            "seal_key": keys.seal_key,
            "signing_key": keys.signing_key,
            "keys_renewed_at": fields.Datetime.now(),
            **self._no_next_keys(),
        }

    @api.model
    def _no_next_keys(self):
        return {
            "next_token": False,
            "next_token_hash": False,
            "next_seal_key": False,
            "next_signing_key": False,
        }
