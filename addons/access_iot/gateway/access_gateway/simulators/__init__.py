"""Stand-ins for devices that speak the real protocols, for tests and demonstrations.

Everything runs in the event loop that makes it. ``python -m access_gateway.simulators``
runs some of them as a program of its own. Those that need more than the gateway itself
does (``osdp_reader``) are imported from their own files.
"""

from .line import Line
from .locker_board import SimulatedLockers
from .modbus_relay import CoilChange, SimulatedRelays
from .serial_reader import SimulatedReader

__all__ = [
    "CoilChange",
    "Line",
    "SimulatedLockers",
    "SimulatedReader",
    "SimulatedRelays",
]
