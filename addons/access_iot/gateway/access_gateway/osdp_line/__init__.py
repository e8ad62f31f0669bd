"""A line of OSDP readers, and what is to be known of libosdp 3.2.9 that drives it.

- A reader that was lost is left alone for 300 s, and one that does not answer is asked
  for 8 s before it is lost (both compiled in). So whoever is lost is disabled and
  enabled again, and the second unanswered try is made to fail at once.
- What is queued for a reader that went away would be done when it is back: it is
  flushed, as a door must open now or never.
- A channel of several readers must have an id other than 0, or they talk at once.
- Each event that it gives is never freed: emptied, it costs 64 bytes. Notifications are
  events, so they are on only while a reader comes.
- Its panel counts at most 32 readers right.
"""

from .bus import Bus
from .member import Found, Member, News, Refused
