"""Past stays by SQL: copies of one that was sold, went in and out, paid and left."""

from typing import Any

GUESTS = 2_000
# How far apart they came: 1,440 a day.
EVERY = "interval '1 minute'"


def grow(env: Any, past: dict[str, Any], stays: int) -> None:
    """Add copies until there are so many."""
    env.cr.execute("SELECT count(*) FROM access_stay")
    [there] = env.cr.fetchone()
    count = stays - there
    if count <= 0:
        return
    env.flush_all()
    copy = _Copies(env, there, count)
    stay = past["stay"]
    guests = copy.pool("res_partner", past["guest"], GUESTS, name="'Past ' || n")
    persons = copy.pool(
        "access_person", past["person"], GUESTS, partner_id=f"{guests} + n"
    )
    since = f"begun_at - (n + {there}) * {EVERY}"
    first = copy.all(
        "access_stay",
        stay,
        begun_at=since,
        ended_at=f"ended_at - (n + {there}) * {EVERY}",
        settled_at=f"settled_at - (n + {there}) * {EVERY}",
        guest_id=f"{guests} + 1 + n %% {GUESTS}",
        token="md5(n::text)",
        party_id="%(first)s + n",
    )
    of = {
        "access_stay_id": f"{first} + n",
        "partner_id": f"{guests} + 1 + n %% {GUESTS}",
    }
    for name in ("valid_from", "valid_to"):
        of[name] = f"{name} - (n + {there}) * {EVERY}"
    tickets = [copy.all("access_ticket", one, **of) for one in past["tickets"]]
    # Bands come again and again, each exit ticket has a code of its own.
    codes = f"CASE kind WHEN 'barcode' THEN 'past' || n + {there} ELSE %s END"
    of |= {name: codes.replace("%s", name) for name in ("value", "token")}
    credentials = [
        copy.all("access_credential", one, **of) for one in past["credentials"]
    ]
    for one in past["charges"]:
        uuid = f"'past-{one}-' || (n + {there})"
        copy.all("access_stay_charge", one, uuid=uuid, stay_id=f"{first} + n")
    known = dict(zip(past["credentials"], credentials, strict=True))
    used = dict(zip(past["tickets"], tickets, strict=True))
    person = f"{persons} + 1 + n %% {GUESTS}"
    for place, (one, credential, ticket) in enumerate(past["events"]):
        copy.all(
            "access_event",
            one,
            date=f"date - (n + {there}) * {EVERY}",
            person_id=person,
            credential_id=f"{known[credential]} + n",
            ticket_id=f"{used[ticket]} + n" if ticket else "NULL",
            journal_id=str(past["journal"]),
            sequence=f"{len(past['events'])} * (n + {there}) + {place}",
        )
    for one, ticket in past["uses"]:
        date = f"date - (n + {there}) * {EVERY}"
        values = {"person_id": person, "ticket_id": f"{used[ticket]} + n"}
        copy.all("access_use", one, date=date, **values)
    env.cr.commit()
    env.cr._cnx.autocommit = True
    env.cr.execute("VACUUM ANALYZE")
    env.cr._cnx.autocommit = False
    env.invalidate_all()


class _Copies:
    def __init__(self, env: Any, there: int, count: int):
        self._env, self._there, self._count = env, there, count

    def pool(self, table: str, row: int, count: int, **changes: str) -> int:
        """Give the number before the first of some that are used again and again."""
        self._env.cr.execute(
            "CREATE TABLE IF NOT EXISTS bench_pool (name varchar, first int)"
        )
        known = "SELECT first FROM bench_pool WHERE name = %s"
        self._env.cr.execute(known, (table,))
        if found := self._env.cr.fetchone():
            return found[0]
        first = self._copy(table, row, count, changes)
        keep = "INSERT INTO bench_pool VALUES (%s, %s)"
        self._env.cr.execute(keep, (table, first))
        return first

    def all(self, table: str, row: int, **changes: str) -> int:
        """Copy a row for each stay; give the number before the first copy."""
        return self._copy(table, row, self._count, changes)

    def _copy(self, table: str, row: int, count: int, changes: dict[str, str]) -> int:
        cr = self._env.cr
        cr.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
            " AND is_generated = 'NEVER' AND column_name <> 'id'",
            (table,),
        )
        columns = [name for (name,) in cr.fetchall()]
        cr.execute(f"SELECT max(id) FROM {table}")
        [first] = cr.fetchone()
        keys = self._drop_foreign_keys(table)
        values = ", ".join(changes.get(name, f'"{name}"') for name in columns)
        names = ", ".join(f'"{name}"' for name in columns)
        cr.execute(
            f"INSERT INTO {table} (id, {names}) SELECT %(first)s + n, {values}"
            f" FROM {table}, generate_series(1, %(count)s) AS n WHERE id = %(row)s",
            {"first": first, "count": count, "row": row},
        )
        cr.execute(f"SELECT setval('{table}_id_seq', %s)", (first + count,))
        for name, definition in keys:
            # Copies of what is valid need not be looked at again.
            definition = f"{definition.removesuffix(' NOT VALID')} NOT VALID"
            cr.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
        return first

    def _drop_foreign_keys(self, table: str) -> list[tuple[str, str]]:
        """Drop them; give names and definitions, as new rows have to keep them."""
        cr = self._env.cr
        cr.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = %s::regclass AND contype = 'f'",
            (table,),
        )
        found = cr.fetchall()
        for name, _definition in found:
            cr.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        return found
