import sys

from odoo import SUPERUSER_ID, api
from odoo.cli import Command
from odoo.modules.registry import Registry
from odoo.tools import config


class AccessVerify(Command):
    """Check that the passage log is whole, and with it entries used up and presence.

    Names the first broken event of each journal; ends with 1 when something is wrong.
    """

    name = "access_verify"

    def run(self, args):
        self.parser.add_argument("-d", "--database", help="the database to check")
        self.parser.add_argument("-c", "--config", help="Odoo's configuration file")
        options = self.parser.parse_args(args)
        chosen = [
            word
            for flag, value in (("-c", options.config), ("-d", options.database))
            if value
            for word in (flag, value)
        ]
        config.parse_config(chosen, setup_logging=True)
        names = config["db_name"]
        if len(names) != 1:
            sys.exit("Name one database with -d.")
        with Registry(names[0]).cursor() as cr:
            if "access.verify" not in api.Environment(cr, SUPERUSER_ID, {}):
                sys.exit(f"Access is not installed in {names[0]}.")
            verify = api.Environment(cr, SUPERUSER_ID, {})["access.verify"]
            known = verify._known_gaps(verify._all_companies())
            lines = verify._report()
            cr.rollback()
        for line in (*known, *lines):
            sys.stdout.write(f"{line}\n")
        if lines:
            sys.exit(1)
        sys.stdout.write("The passage log is whole.\n")
