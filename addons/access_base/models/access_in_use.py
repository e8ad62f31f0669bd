from odoo.exceptions import UserError


def check_not_in_use(records, instead):
    """Refuse to delete what the add-on's records need, and say which need it.

    The database would refuse it too, but in SQL.
    """
    env = records.env(su=True)
    for model, name in _needing(records):
        found = env[model].with_context(active_test=False)
        user = found.search([(name, "in", records.ids)], order="id", limit=1)
        if user and (model != records._name or user not in records):
            needed = user[name] & records.sudo()
            raise UserError(
                env._(
                    "%(record)s is in use: %(model)s \u201c%(user)s\u201d. %(instead)s",
                    record=needed[:1].display_name,
                    model=env["ir.model"]._get(model).name,
                    user=user.display_name,
                    instead=instead,
                )
            )


def _needing(records):
    """Yield model and field of what restricts the deletion of such records."""
    for model, registered in records.env.registry.items():
        if not model.startswith("access.") or registered._abstract:
            continue
        for name, field in registered._fields.items():
            restricts = getattr(field, "ondelete", None) == "restrict"
            if restricts and field.store and field.comodel_name == records._name:
                yield model, name
