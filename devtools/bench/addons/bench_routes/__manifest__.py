{
    "name": "Routes for Benches",
    "summary": "The least an answer of Odoo's costs, and the ERP's own decision",
    "version": "19.0.1.0.0",
    "author": "Access for Odoo contributors",
    "license": "AGPL-3",
    "depends": ["base"],
    "installable": True,
}
