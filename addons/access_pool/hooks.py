def uninstall_hook(env):
    """End the rights that were kept here, and drop what guards price lists."""
    sources = ("access.admission", "access.point")
    rights = env["access.right"].with_context(active_test=False)
    rights.search([("source_model", "in", sources)])._end()
    env.cr.execute(
        "DROP FUNCTION IF EXISTS access_tariff_version_is_append_only() CASCADE"
    )
