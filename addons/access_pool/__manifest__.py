{
    "name": "Access: Pool and Wellness",
    "summary": "Wristbands, tabs, price lists, season cards and the exit desk",
    "version": "19.0.1.0.0",
    "category": "Services/Access",
    "author": "Access for Odoo contributors, Odoo Community Association (OCA)",
    "website": "https://github.com/OCA/access",
    "license": "AGPL-3",
    "depends": ["access_base", "point_of_sale", "pos_online_payment"],
    "data": [
        "security/ir.model.access.csv",
        "security/access_pool_rules.xml",
        "data/ir_sequence_data.xml",
        "wizard/access_tariff_question_views.xml",
        "views/access_customer_kind_views.xml",
        "views/access_day_kind_views.xml",
        "views/access_tariff_case_views.xml",
        "views/access_tariff_clock_views.xml",
        "views/access_tariff_cover_views.xml",
        "views/access_tariff_adjustment_views.xml",
        "views/access_tariff_version_views.xml",
        "views/access_tariff_views.xml",
        "views/access_pool_menus.xml",
        "views/access_pool_terminal_views.xml",
        "views/guest_page_templates.xml",
        "views/portal_cards_templates.xml",
    ],
    "demo": [
        "demo/access_customer_kind_demo.xml",
        "demo/product_demo.xml",
        "demo/access_tariff_demo.xml",
    ],
    "assets": {
        "web.assets_frontend": [
            "access_base/static/src/desk/desk_reader.js",
            "access_pool/static/src/guest/**/*",
        ],
        "point_of_sale._assets_pos": [
            "access_pool/static/src/pos/**/*",
        ],
        "web.assets_tests": [
            "access_pool/static/tests/tours/**/*",
        ],
        "web.assets_unit_tests": [
            "access_pool/static/tests/pos/**/*",
        ],
    },
    "uninstall_hook": "uninstall_hook",
}
