"""Measurements: each module is one, run by `./dev bench NAME` in the environment.

A module says in `NEEDS` what it wants running: "odoo" (with a fresh demo database),
"database" (that database alone) or nothing; it finds them in ACCESS_DEV, as JSON.
"""
