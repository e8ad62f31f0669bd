from odoo.tools import SQL


def next_numbers(env, code, count):
    """Take as many numbers of a sequence; of an ordinary one all at once."""
    companies = [env.company.id, False]
    sequence = env["ir.sequence"].sudo()
    sequence = sequence.search(
        [("code", "=", code), ("company_id", "in", companies)],
        order="company_id",
        limit=1,
    )
    if not sequence:
        return ["/"] * count
    if sequence.implementation != "standard" or sequence.use_date_range:
        return [sequence.next_by_id() for _number in range(count)]
    rows = env.execute_query(
        SQL(
            "SELECT nextval(%s) FROM generate_series(1, %s)",
            f"ir_sequence_{sequence.id:03d}",
            count,
        )
    )
    return [sequence.get_next_char(number) for (number,) in rows]
