import base64
import json
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from odoo import fields, models

from odoo.addons.access_base.access_policy import seal_token
from odoo.addons.access_base.models.access_policy_change import Changes
from odoo.addons.access_base.models.policy_version import version_at

from .access_shown_words import words

FORMAT = 2
POLICY_VALIDITY = timedelta(days=30)
# Bookings, holidays and ends of plans come near as time goes by, unmarked.
WHOLE_EVERY = timedelta(hours=24)
# Further ahead no version is believed: the numbers must not run out.
MOST_AHEAD = timedelta(days=366)
# So often a gateway is believed that this database was restored.
RESTORED_EVERY = timedelta(minutes=10)


# pylint: disable=consider-merging-classes-inherited
class AccessGateway(models.Model):
    """The rules of a gateway: the whole, or what changed since a version it has.

    With the newest version stands the snapshot that it was compiled in, and with the
    version before, on which it was based, that one's: an answer that was lost is made
    up for by another difference.
    """

    _inherit = "access.gateway"

    policy_version = fields.Integer(
        string="Newest Rules",
        readonly=True,
        copy=False,
        help="Version compiled here: the seconds from 2020 until then.",
    )
    policy_snapshot = fields.Char(groups=fields.NO_ACCESS, copy=False)
    policy_sent_at = fields.Datetime(readonly=True, copy=False)
    policy_base = fields.Integer(readonly=True, groups=fields.NO_ACCESS, copy=False)
    policy_base_snapshot = fields.Char(groups=fields.NO_ACCESS, copy=False)
    policy_whole_at = fields.Datetime(groups=fields.NO_ACCESS, copy=False)
    restored_at = fields.Datetime(
        string="Found Ahead On",
        readonly=True,
        copy=False,
        help="When the gateway was found to have rules that this database did not "
        "make, as after a restore from a backup.",
    )
    policy_expires_at = fields.Datetime(
        string="Rules Good Until",
        readonly=True,
        copy=False,
        help="A gateway that is cut off until then opens nothing any more.",
    )

    def _newer_policy(self, version_there):
        """Give the signed policy that brings the gateway's version up to date."""
        self.ensure_one()
        snapshot = self._snapshot_of(version_there)
        changes = Changes(whole=True)
        if snapshot:
            changes = self.env["access.policy.change"]._since(snapshot)
            if changes is None and version_there == self.policy_version:
                return None
        return self._envelope(version_there, snapshot, changes or Changes())

    def _snapshot_of(self, version):
        """Give the snapshot of a version that a difference can be based on."""
        oldest = fields.Datetime.now() - WHOLE_EVERY
        if not version or not self.policy_whole_at or self.policy_whole_at < oldest:
            return None
        kept = {
            self.policy_base: self.policy_base_snapshot,
            self.policy_version: self.policy_snapshot,
        }
        return kept.get(version)

    def _envelope(self, version_there, snapshot, changes):
        rules, now = self.env["access.policy"], fields.Datetime.now()
        difference = rules._difference(self.company_id, self.point_ids, changes)
        is_whole = difference is None
        values = {
            "policy_version": self._next_version(),
            "policy_snapshot": self.env["access.policy.change"]._snapshot(),
            "policy_sent_at": now,
            "policy_expires_at": now + POLICY_VALIDITY,
            "policy_base": 0 if is_whole else version_there,
            "policy_base_snapshot": False if is_whole else snapshot,
        }
        self.write(values | ({"policy_whole_at": now} if is_whole else {}))
        if is_whole:
            return self._signed(self._policy_document())
        return self._signed(self._policy_difference(difference, changes))

    def _next_version(self):
        """Give the version of rules compiled now: the time, and always a newer one."""
        return max(self.policy_version + 1, version_at(self.env.cr.now()))

    def _note_version_there(self, version):
        """Find out that this database was restored: the gateway has newer rules.

        It knows persons who are not known here, and what happened until just now.
        """
        now = self.env.cr.now()
        furthest = version_at(now + MOST_AHEAD)
        if not self.policy_version < version <= furthest:
            return
        is_known = self.restored_at and self.restored_at > now - RESTORED_EVERY
        self.write({"policy_version": version, "policy_snapshot": False})
        if is_known:
            return  # Who has stolen a token shall not keep all others busy.
        self.restored_at = now
        # What any gateway was told before may be of persons who are not known here.
        self.company_id.sudo().access_facts_version += 1
        self.message_post(
            body=self.env._(
                "The gateway has rules that this database did not make: it was "
                "restored from a backup. What happened since comes again. Who was "
                "made since is not known here, and events leave them without a name."
            )
        )

    def _signed(self, document):
        payload = json.dumps(document, separators=(",", ":"))
        key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(self.signing_key))
        signature = base64.b64encode(key.sign(payload.encode())).decode()
        return {"payload": payload, "signature": signature}

    def _policy_document(self):
        document = self.env["access.policy"]._document(self.company_id, self.point_ids)
        document["credentials"] = self._sealed(document["credentials"])
        return document | self._policy_head() | self._wired()

    def _policy_difference(self, document, changes):
        if "credentials_of" in document:
            document["credentials_of"] = {
                person: self._sealed(tokens)
                for person, tokens in document["credentials_of"].items()
            }
        wired = self._wired() if changes.venues else {}
        return document | self._policy_head() | wired | {"base": self.policy_base}

    def _policy_head(self):
        company = self.company_id
        qr_key = self.env["access.credential"]._qr_public_key(company)
        return {
            "format": FORMAT,
            "gateway": self.identifier,
            "version": self.policy_version,
            "issued_at": f"{fields.Datetime.now().isoformat()}Z",
            "expires_at": f"{self.policy_expires_at.isoformat()}Z",
            "pin_keys": {
                str(venue.id): venue._pin_key().hex()
                for venue in self.point_ids.venue_id
            },
            "qr_key": base64.b64decode(qr_key).hex(),
        }

    def _wired(self):
        return {
            "devices": {str(d.id): d._document() for d in self.device_ids},
            "wiring": {str(point.id): point._wiring() for point in self.point_ids},
            "inputs": [one._document() for one in self.device_ids.input_ids],
            **self._locked(),
        }

    def _locked(self):
        banks = self.point_ids.locker_bank_ids
        return {
            "banks": {str(bank.point_id.id): bank._document() for bank in banks},
            "lockers": {str(one.id): one._document() for one in banks.locker_ids},
            "words": self._words(),
        }

    def _words(self):
        """Give what readers and terminals show, in the language of the company."""
        lang = self.company_id.partner_id.lang or self.env.user.lang
        return words(self.with_context(lang=lang).env)

    def _sealed(self, credentials):
        """Give credentials under what the gateway knows them by, and no more.

        Where a controller is to open by itself for members, a card that is good comes
        with its number: such a list knows no seals.
        """
        key = bytes.fromhex(self.seal_key)
        tells = any(self.device_ids.mapped("stand_alone"))
        return {
            seal_token(key, token): _with_number(token, issued) if tells else issued
            for token, issued in credentials.items()
        }

    # -- what happened elsewhere ----------------------------------------------------

    def _facts(self, cursor):
        """Give what happened that the gateway does not know of itself, or ``None``."""
        return self.env["access.fact"]._since(self.company_id, self.journal_id, cursor)


def _with_number(token, issued):
    """Give the credentials of a token; if it is a card's, good ones with its number."""
    kind, _colon, number = token.partition(":")
    if kind != "rfid":
        return issued
    return [
        one | {"number": number} if one["status"] == "active" else one for one in issued
    ]
