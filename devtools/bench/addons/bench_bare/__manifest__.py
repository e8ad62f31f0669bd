{
    "name": "Bare Route",
    "summary": "The least an answer of Odoo's costs, to compare ours with",
    "version": "19.0.1.0.0",
    "author": "Access for Odoo contributors",
    "license": "AGPL-3",
    "depends": ["base"],
    "installable": True,
}
