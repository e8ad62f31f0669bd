"""A line of OSDP readers, and what is to be known of libosdp 3.2.9 that drives it.

- A reader that was lost is left alone for 300 s, and one that does not answer is asked
  for 8 s before it is lost (both compiled in). So whoever is lost is disabled and
  enabled again, and the second unanswered try is made to fail at once.
- What is queued for a reader that went away would be done when it is back: it is
  flushed, as a door must open now or never.
- Readers of one panel take turns without haste: a door waits until all are polled, and
  a dead reader keeps the line for 200 ms each time. So each has a panel of its own, and
  whose turn it is, is said here.
- A late answer is taken for that of the next reader, which is lost by it: only what
  whoever was asked says comes through.
- A timed output counts to 25.5 s, what is more is cut off without a word.
- Each event that it gives is never freed: emptied, it costs 64 bytes. Notifications are
  events, so they are on only while a reader comes.
- What it calls must not fail, or Python ends.
"""

from .bus import Bus
from .member import Found, Member, News, Refused
from .refusals import Refusals
