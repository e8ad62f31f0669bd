from odoo import api, models
from odoo.fields import Domain

# Nor does a till show what guests pay by themselves, before it is paid.
NOT_ON_BAND = [
    ("access_stay_id", "=", False),
    "|",
    ("access_is_online", "=", False),
    ("state", "!=", "draft"),
]


class PosLoadForCashiers(models.AbstractModel):
    """What tills load of records that cashiers may not read otherwise."""

    _name = "access.pos.load"
    _inherit = ["pos.load.mixin"]
    _description = "Loaded by Tills"

    @api.model
    def _load_pos_data_domain(self, data, config):
        return [("company_id", "=", config.company_id.id)]

    @api.model
    def _load_pos_data_search_read(self, data, config):
        # Archived ones as well: products that a till has may still name them.
        records = self.sudo().with_context(active_test=False)
        return super(PosLoadForCashiers, records)._load_pos_data_search_read(
            data, config
        )


class AccessAdmission(models.Model):
    _name = "access.admission"
    _inherit = ["access.admission", "access.pos.load"]

    @api.model
    def _load_pos_data_fields(self, config):
        return ["id", "name", "type", "line_ids"]


class AccessAdmissionLine(models.Model):
    _name = "access.admission.line"
    _inherit = ["access.admission.line", "access.pos.load"]

    @api.model
    def _load_pos_data_fields(self, config):
        return ["id", "admission_id", "kind_id", "count", "is_leader"]


class AccessCustomerKind(models.Model):
    _name = "access.customer.kind"
    _inherit = ["access.customer.kind", "access.pos.load"]

    @api.model
    def _load_pos_data_fields(self, config):
        return ["id", "name", "band_color"]


class ProductTemplate(models.Model):
    _inherit = "product.template"

    @api.model
    def _load_pos_data_fields(self, config_id):
        return [*super()._load_pos_data_fields(config_id), "access_admission_id"]


class PosSession(models.Model):
    _inherit = "pos.session"

    @api.model
    def _load_pos_data_models(self, config):
        return [
            *super()._load_pos_data_models(config),
            "access.customer.kind",
            "access.admission",
            "access.admission.line",
        ]

    @api.model
    def _load_pos_data_relations(self, model, names):
        relations = super()._load_pos_data_relations(model, names)
        if model == "pos.order.line" and "access_card_id" in relations:
            # Tills have no cards: to them it is the number that they were told.
            relations["access_card_id"].update(type="integer", relation=False)
        return relations


class PosOrder(models.Model):
    """A sale that is on a band is no order of a till any more."""

    _inherit = "pos.order"

    @api.model
    def _load_pos_data_domain(self, data, config):
        return [*super()._load_pos_data_domain(data, config), *NOT_ON_BAND]

    @api.model
    def read_pos_orders(self, domain):
        return super().read_pos_orders(list(Domain(domain) & Domain(NOT_ON_BAND)))


class PosOrderLine(models.Model):
    _inherit = "pos.order.line"

    @api.model
    def _load_pos_data_fields(self, config):
        return [
            *super()._load_pos_data_fields(config),
            "access_charge_uuid",
            "access_bands",
            "access_card_id",
        ]


class PosConfig(models.Model):
    _inherit = "pos.config"

    def read_config_open_orders(self, domain, record_ids=None):
        record_ids = record_ids or {}
        if "pos.order" in domain:
            orders = Domain(domain["pos.order"]) & Domain(NOT_ON_BAND)
            domain = {**domain, "pos.order": list(orders)}
        result = super().read_config_open_orders(domain, record_ids)
        known = self.env["pos.order"].browse(record_ids.get("pos.order", [])).exists()
        gone = known.filtered("access_stay_id").ids
        if gone:
            result["deleted_record_ids"].setdefault("pos.order", []).extend(gone)
        return result
