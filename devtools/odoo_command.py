"""Odoo's command line, run by the Python of the environment.

A script and not `python -m odoo`: Odoo starts its helper processes by this file's name.
"""

import odoo.cli

if __name__ == "__main__":
    odoo.cli.main()
