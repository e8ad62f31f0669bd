"""The edge program of Access for Odoo: readers in, decision, journal, locks out.

It decides from its own signed copy of the rules with the ERP's own ``access_policy``,
whether the ERP answers or not, and tells the ERP by events.
"""

__version__ = "19.0.1.0.0"
