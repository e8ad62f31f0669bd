from .security_common import SecurityCommon

# To be added to with each model. What roles may do with the records of other
# applications (plans, products, events) is in test_security_guards.py.
MATRIX = """
                            user  reception  operator  manager  auditor  system
access.band                 r     r          r         crwd     r        -
access.band.period          r     r          r         crwd     r        -
access.check                -     -          -         crw      crw      -
access.credential           r     crw        crw       crwd     r        -
access.duty                 -     -          -         r        r        -
access.event                r     r          r         r        r        -
access.key                  -     -          -         -        -        -
access.journal              r     r          r         r        r        -
access.journal.gap          r     r          r         r        r        -
access.limit.report         r     r          r         r        r        -
access.manual.entry         -     crw        crw       crw      -        -
access.order                r     r          r         crwd     r        -
access.order.dialog         -     -          crw       crw      -        -
access.person               r     r          r         r        r        -
access.point                r     r          r         crwd     r        -
access.policy.change        -     -          -         -        -        r
access.presence             r     r          r         r        r        -
access.presence.correction  -     crw        crw       crw      -        -
access.rehearsal            -     -          crw       crwd     r        -
access.rehearsal.line       -     -          r         r        r        -
access.right                r     r          crw       crwd     r        -
access.right.band           r     r          crwd      crwd     r        -
access.ticket               r     crw        crw       crwd     r        -
access.ticket.give.back     -     crw        crw       crw      -        -
access.ticket.type          r     r          r         crwd     r        -
access.use                  r     r          r         r        r        -
access.venue                r     r          r         crwd     r        -
access.why                  crw   crw        crw       crw      crw      -
access.zone                 r     r          r         crwd     r        -
"""


class TestSecurity(SecurityCommon):
    def test_roles(self):
        self._assert_matrix(MATRIX, "access_base")

    def test_only_buttons_are_called_from_outside(self):
        """Every public method is an API through /json/2."""
        names = {call.split()[1] for call in self._calls_of("access_base")}
        self.assertIn("action_set_mode", names)
        self.assertFalse([name for name in names if not name.startswith("action_")])
