"""Routes that only benches and tests have: a bare one, and the ERP's own decision."""

from .. import odoo_source, paths

ADDONS = paths.ROOT / "devtools" / "bench" / "addons"


def options() -> tuple[str, ...]:
    """Give the options with which Odoo has these routes, in any database."""
    folders = [*odoo_source.addons_folders(), paths.ADDONS, ADDONS]
    named = ",".join(str(folder) for folder in folders)
    return (f"--addons-path={named}", "--load=base,web,bench_routes")
