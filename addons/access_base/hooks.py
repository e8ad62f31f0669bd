def uninstall_hook(env):
    """Drop what the append-only log keeps in the database beside its table."""
    env.cr.execute("DROP FUNCTION IF EXISTS access_event_is_append_only() CASCADE")
    env.cr.execute("DROP SEQUENCE IF EXISTS access_rules_version")
