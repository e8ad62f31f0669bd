"""The rules as the gateway program takes them, by its own code."""

import json

from access_gateway.rules import (
    Rules,
    change_from_document,
    changed_rules,
    rules_from_document,
)


class GatewaySide:
    """Takes envelopes as the gateway program does and keeps its rules."""

    def __init__(self, gateway):
        self._gateway = gateway
        self.rules = Rules()
        self.document = None

    @property
    def policy(self):
        return self.rules.policy

    def poll(self, lost=False):
        """Ask for newer rules; tell what came (``whole``, ``difference``, or none)."""
        envelope = self._gateway._newer_policy(self.rules.version)
        if envelope is None:
            return None
        self.document = json.loads(envelope["payload"])
        is_whole = "base" not in self.document
        if not lost and is_whole:
            self.rules = rules_from_document(self.document)
        elif not lost:
            change = change_from_document(self.document)
            assert change.base == self.rules.version
            self.rules = changed_rules(self.rules, change)
        return "whole" if is_whole else "difference"

    def whole(self):
        """Give the rules as a whole of this moment would have them."""
        document = self._gateway._policy_document() | {"version": 1}
        return rules_from_document(json.loads(json.dumps(document)))
