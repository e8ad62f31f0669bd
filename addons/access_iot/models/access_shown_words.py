def words(env):
    """Give what readers and terminals say, by key as in the gateway's ``words.py``.

    ``{number}`` is put in by the gateway.
    """
    return {
        "locker_opened": env._("Locker {number}"),
        "locker_other_row": env._("Locker {number}: other row"),
        "locker_row_full": env._("Row full"),
        "locker_wrong_band": env._("Wrong band"),
        "locker_stuck": env._("Locker {number} does not open: ask our staff"),
        "locker_trouble": env._("Ask our staff"),
        "granted": env._("Welcome"),
        "unlocked": env._("Unlocked"),
        "locked_again": env._("Locked"),
        "refused": env._("No access"),
        "blocked": env._("Card blocked"),
        "expired": env._("Card expired"),
        "expired_right": env._("Pass expired"),
        "full": env._("Full"),
        "locked": env._("Closed"),
        "not_now": env._("Not now"),
        "not_yet": env._("Not valid yet"),
        "once_more": env._("Try again"),
        "pay_first": env._("Pay at cash desk"),
        "pin_locked": env._("PIN blocked"),
        "pin_missing": env._("Enter PIN"),
        "pin_wrong": env._("Wrong PIN"),
        "second_person": env._("Second person"),
        "see_staff": env._("Ask our staff"),
        "unknown": env._("Card unknown"),
        "used_up": env._("No entries left"),
    }
