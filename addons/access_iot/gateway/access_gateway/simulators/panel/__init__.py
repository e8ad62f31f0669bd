"""A front panel for the simulated devices of a venue, in the browser.

It is for demonstrations and tests only. What keeps it away from real devices:

* it is no part of the gateway's wheel, and ``access-gateway`` neither imports it nor
  has an option for it: a box in a venue does not have it;
* it opens no port or device of the machine: it makes pseudo-terminals of its own, in a
  folder that must be empty of everything else (``plan.py``);
* it is told all devices of the venue, and refuses to start if a single one of them has
  an address that could be real, so that it runs beside no real door;
* it listens on 127.0.0.1 only, and obeys no other website in the browser (``web.py``).
"""
