"""Keep card numbers, PINs and keys out of the log of queries (requirement A19).

Odoo logs a query that the database refused with all its values, and at level DEBUG
every query. Ours are logged with their literals masked, whatever sent them: the ORM,
a search by someone else's add-on, or SQL of our own.
"""

import logging
import re

MASK = "'…'"

_OURS = re.compile(r"\baccess_")
_LITERAL = re.compile(r"'(?:[^']|'')*(?:'|\Z)")
_QUOTED = re.compile(r'(?s)["(].*')


class MaskLiterals(logging.Filter):
    """Mask what is quoted in the arguments of a record that names a table of ours."""

    def filter(self, record):
        if isinstance(record.args, tuple):
            given = [_text(arg) for arg in record.args]
            if any(isinstance(arg, str) and _OURS.search(arg) for arg in given):
                record.args = tuple(map(_masked, given))
        return True


def _text(arg):
    return arg.decode("utf-8", "replace") if isinstance(arg, bytes) else arg


def _masked(arg):
    if isinstance(arg, str):
        return _LITERAL.sub(MASK, arg)
    if isinstance(arg, Exception):
        # The database quotes the value it refuses, and where it stood.
        words = str(arg).partition("\n")[0]
        return f"{type(arg).__name__}: {_QUOTED.sub('…', words)}"
    return arg


logging.getLogger("odoo.sql_db").addFilter(MaskLiterals())
