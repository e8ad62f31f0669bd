import json
from functools import lru_cache

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.access_base.access_tariff import tariff_from_document

APPEND_ONLY = """
CREATE OR REPLACE FUNCTION access_tariff_version_is_append_only() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A version of a price list cannot be changed.'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE OR REPLACE TRIGGER access_tariff_version_no_change
    BEFORE UPDATE OR DELETE ON access_tariff_version
    FOR EACH ROW EXECUTE FUNCTION access_tariff_version_is_append_only();
CREATE OR REPLACE TRIGGER access_tariff_version_no_truncate
    BEFORE TRUNCATE ON access_tariff_version
    FOR EACH STATEMENT EXECUTE FUNCTION access_tariff_version_is_append_only();
"""


class AccessTariffVersion(models.Model):
    """A price list as it was when a stay began; stays keep it whatever changes.

    A trigger refuses changes; ``access.tariff._use`` is the only way in.
    """

    _name = "access.tariff.version"
    _description = "Version of a Price List"
    _order = "tariff_id, number desc"
    _log_access = False

    tariff_id = fields.Many2one(
        "access.tariff",
        string="Price List",
        readonly=True,
        required=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", readonly=True, required=True, index=True, ondelete="restrict"
    )
    number = fields.Integer(readonly=True, required=True)
    date = fields.Datetime(string="Used Since", readonly=True, required=True)
    document = fields.Text(readonly=True, required=True, exportable=False)
    hash = fields.Char(readonly=True, required=True)

    _once = models.Constraint(
        "UNIQUE (tariff_id, hash)", "This version of the price list is there already."
    )
    _number_once = models.Constraint(
        "UNIQUE (tariff_id, number)", "Two versions of a price list have one number."
    )

    def init(self):
        self.env.cr.execute(APPEND_ONLY)

    @api.depends("tariff_id.name", "number")
    def _compute_display_name(self):
        for version in self:
            version.display_name = f"{version.tariff_id.name} #{version.number}"

    def _tariff(self):
        """Give the price list as ``access_tariff`` calculates with it."""
        self.ensure_one()
        return parsed(self.document)

    @api.model
    def _ensure(self, tariff, document, digest):
        """Give the version of a document; make it where there is none.

        Another transaction may make the same one: the database refuses ours then, and
        the request is repeated.
        """
        known = [("tariff_id", "=", tariff.id), ("hash", "=", digest)]
        if version := self.search(known, limit=1):
            return version
        tariff._check_document()
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                _APPEND,
                tariff=tariff.id,
                company=tariff.company_id.id,
                document=document,
                hash=digest,
            )
        )
        self.invalidate_model()
        return self.search(known, limit=1)


@lru_cache(maxsize=64)
def parsed(document):
    return tariff_from_document(json.loads(document))


_APPEND = """
INSERT INTO access_tariff_version (tariff_id, company_id, number, date, document, hash)
SELECT %(tariff)s, %(company)s, coalesce(max(number), 0) + 1,
       now() AT TIME ZONE 'UTC', %(document)s, %(hash)s
  FROM access_tariff_version WHERE tariff_id = %(tariff)s
ON CONFLICT DO NOTHING
"""
