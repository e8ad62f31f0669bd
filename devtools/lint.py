"""`./dev lint`."""


def run() -> int:
    return 0
