def words(env):
    """Give what terminals of lockers say, by key, as the gateway's ``words.py`` has it.

    ``{number}`` is put in by the gateway.
    """
    return {
        "locker_opened": env._("Locker {number}"),
        "locker_other_row": env._("Locker {number}: other row"),
        "locker_row_full": env._("Row full"),
        "locker_wrong_band": env._("Wrong band"),
        "locker_stuck": env._("Locker {number} does not open: ask our staff"),
        "locker_trouble": env._("Ask our staff"),
    }
