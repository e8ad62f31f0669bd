from odoo.tools import SQL


def lock(records):
    """Let whoever changes the same records at this moment be tried anew after us.

    They fail to serialize, and Odoo repeats them: then they see what we did. A lock
    alone would let them go on with what they had read before.
    """
    records.flush_recordset()
    if records.ids:
        query = SQL(
            "UPDATE %s SET write_date = write_date WHERE id = ANY(%s) RETURNING id",
            SQL.identifier(records._table),
            sorted(records.ids),
        )
        records.env.execute_query(query)
    records.invalidate_recordset()
