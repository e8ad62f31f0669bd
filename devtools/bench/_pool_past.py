"""Past stays by SQL: copies of one that was sold, went in and out, paid and left."""

from typing import Any

GUESTS = 2_000
# How far apart they came: 1,440 a day.
EVERY = "interval '1 minute'"


def grow(env: Any, past: dict[str, Any], stays: int) -> None:
    """Add copies until there are so many."""
    env.cr.execute("SELECT count(*) FROM access_stay")
    [there] = env.cr.fetchone()
    if stays <= there:
        return
    env.flush_all()
    _Past(_Copies(env, there, stays - there), past, there).copy()
    env.cr.commit()
    env.cr._cnx.autocommit = True
    env.cr.execute("VACUUM ANALYZE")
    env.cr._cnx.autocommit = False
    env.invalidate_all()


class _Past:
    """One stay with all that belongs to it, copied; ``n`` counts the copies."""

    def __init__(self, copies: "_Copies", past: dict[str, Any], there: int):
        self._copies, self._past, self._there = copies, past, there

    def copy(self) -> None:
        past = self._past
        guests = self._copies.pool(
            "res_partner", past["guest"], GUESTS, name="'Past ' || n"
        )
        persons = self._copies.pool(
            "access_person", past["person"], GUESTS, partner_id=f"{guests} + n"
        )
        guest, person = _one_of(guests), _one_of(persons)
        stays = self._stays(guest)
        tickets, credentials = self._bands(stays, guest)
        self._charges(stays)
        self._events(person, tickets, credentials)
        self._uses(person, tickets)

    def _stays(self, guest: str) -> int:
        return self._copies.all(
            "access_stay",
            self._past["stay"],
            begun_at=self._earlier("begun_at"),
            ended_at=self._earlier("ended_at"),
            settled_at=self._earlier("settled_at"),
            guest_id=guest,
            token=f"md5((n + {self._there})::text)",
            party_id="%(first)s + n",
        )

    def _bands(self, stays: int, guest: str) -> tuple[dict[int, int], dict[int, int]]:
        """Copy tickets and credentials; give by row the number before the first."""
        past, copies = self._past, self._copies
        of = {"access_stay_id": f"{stays} + n", "partner_id": guest}
        of |= {name: self._earlier(name) for name in ("valid_from", "valid_to")}
        tickets = {
            one: copies.all("access_ticket", one, **of) for one in past["tickets"]
        }
        # Bands come again and again, each exit ticket has a code of its own.
        codes = f"CASE kind WHEN 'barcode' THEN 'past' || n + {self._there} ELSE %s END"
        of |= {name: codes.replace("%s", name) for name in ("value", "token")}
        credentials = {
            one: copies.all("access_credential", one, **of)
            for one in past["credentials"]
        }
        return tickets, credentials

    def _charges(self, stays: int) -> None:
        for one in self._past["charges"]:
            uuid = f"'past-{one}-' || (n + {self._there})"
            values = {"uuid": uuid, "stay_id": f"{stays} + n"}
            self._copies.all("access_stay_charge", one, **values)

    def _events(
        self, person: str, tickets: dict[int, int], credentials: dict[int, int]
    ) -> None:
        events = self._past["events"]
        for place, (one, credential, ticket) in enumerate(events):
            self._copies.all(
                "access_event",
                one,
                date=self._earlier("date"),
                person_id=person,
                credential_id=f"{credentials[credential]} + n",
                ticket_id=f"{tickets[ticket]} + n" if ticket else "NULL",
                journal_id=str(self._past["journal"]),
                sequence=f"{len(events)} * (n + {self._there}) + {place}",
            )

    def _uses(self, person: str, tickets: dict[int, int]) -> None:
        for one, ticket in self._past["uses"]:
            values = {"person_id": person, "ticket_id": f"{tickets[ticket]} + n"}
            self._copies.all("access_use", one, date=self._earlier("date"), **values)

    def _earlier(self, name: str) -> str:
        return f"{name} - (n + {self._there}) * {EVERY}"


def _one_of(pool: int) -> str:
    return f"{pool} + 1 + n %% {GUESTS}"


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
