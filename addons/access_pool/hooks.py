def uninstall_hook(env):
    """Drop what keeps versions of price lists as they are, beside their table."""
    env.cr.execute(
        "DROP FUNCTION IF EXISTS access_tariff_version_is_append_only() CASCADE"
    )
