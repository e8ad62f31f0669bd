from datetime import datetime, timezone

from odoo.http import Controller, request, route

from odoo.addons.access_base.access_policy import first_break
from odoo.addons.access_base.access_policy.event import utc_text

from ..models.ir_http import GatewayError
from .driver_schema import told_drivers
from .gateway_schema import (
    check,
    told_digests,
    told_floor,
    told_numbers,
    told_results,
    told_status,
)
from .sent_events import check_events

DEVICE = {
    "type": "json2",
    "auth": "access_gateway",
    "methods": ["POST"],
    "save_session": False,
}


class GatewayApi(Controller):
    """What gateways say to the ERP; the contract is ``docs/device-api.yaml``."""

    @route(
        "/access/gateway/v1/pair",
        type="json2",
        auth="public",
        methods=["POST"],
        save_session=False,
    )
    def pair(self, **body):
        check(body, {"code": str}, {"hardware": str, "software": str})
        address = request.httprequest.remote_addr
        attempts = request.env["access.pairing.attempt"].sudo()
        if attempts._too_many(address):
            return _refusal(
                429, "too_many_attempts", "Too many wrong codes. Wait a minute."
            )
        paired = (
            request.env["access.gateway"]
            .sudo()
            ._pair(body["code"], body.get("hardware"), body.get("software"))
        )
        if paired is None:
            attempts.create({"address": address})
            return _refusal(
                401,
                "pairing_code_invalid",
                "This code is wrong, used or too old. Make a new one in the ERP.",
            )
        return paired

    @route("/access/gateway/v1/sync", **DEVICE)
    def sync(self, **body):
        check(
            body,
            {"gateway": str, "policy_version": int},
            {"status": dict, "results": list, "facts": str, "banks": list},
        )
        banks = told_numbers(body.get("banks") or [])
        gateway = _gateway()
        if body["gateway"] != gateway.identifier:
            return _wrong_gateway(gateway)
        status = told_status(body.get("status") or {})
        status["drivers"] = told_drivers(
            (body.get("status") or {}).get("drivers") or []
        )
        results = told_results(body.get("results") or [])
        gateway._report(body["policy_version"], status, results)
        return {
            "time": utc_text(datetime.now(timezone.utc)),
            "policy": gateway._newer_policy(body["policy_version"]),
            "commands": gateway._waiting_commands()._hand_out(),
            "facts": gateway._facts(body.get("facts")),
            "journal": dict(
                zip(("sequence", "hash"), gateway.journal_id._end(), strict=False)
            ),
            "keys": gateway._next_keys_told(),
            "release": gateway._release_told(),
            "lockers": gateway._lockers_given(banks),
        }

    @route("/access/gateway/v1/events", **DEVICE)
    def events(self, **body):
        check(body, {"gateway": str, "events": list}, {"floor": dict})
        gateway = _gateway()
        if body["gateway"] != gateway.identifier:
            return _wrong_gateway(gateway)
        events, floor = check_events(body["events"]), told_floor(body.get("floor"))
        forked = _fork(gateway.journal_id, events, floor)
        if forked is not None:
            return _forked(gateway, forked)
        return {"acknowledged": keep(gateway, events, floor)}

    @route("/access/gateway/v1/picture", **DEVICE)
    def picture(self, **body):
        check(body, {"gateway": str, "sequence": int})
        gateway = _gateway()
        if body["gateway"] != gateway.identifier:
            return _wrong_gateway(gateway)
        journal, sequence = gateway.journal_id, body["sequence"]
        if not journal._hashes([sequence]):
            raise GatewayError(404, "event_unknown", "There is no such event yet.")
        try:
            pictures = request.env["access.picture"].sudo()
            pictures._take(journal, sequence, body.get("picture"))
        except (TypeError, ValueError) as error:
            raise GatewayError(422, "picture_malformed", "No JPEG of 4 MB.") from error
        return {}

    @route("/access/gateway/v1/compare", **DEVICE)
    def compare(self, **body):
        check(body, {"gateway": str, "command": str, "version": int, "sections": dict})
        gateway = _gateway()
        if body["gateway"] != gateway.identifier:
            return _wrong_gateway(gateway)
        there = told_digests(body["sections"])
        found = gateway._compare(body["command"], body["version"], there)
        return {"differences": found}

    @route("/access/gateway/v1/release", **DEVICE)
    def release(self, **body):
        check(body, {"gateway": str, "version": str})
        gateway = _gateway()
        if body["gateway"] != gateway.identifier:
            return _wrong_gateway(gateway)
        release = gateway.release_id
        if release.version != body["version"]:
            raise GatewayError(404, "release_unknown", "It is not offered here.")
        headers = [("Content-Type", "application/octet-stream")]
        return request.make_response(release._file(), headers)


def _gateway():
    """Give the gateway that the token names."""
    gateway_id = request.env.context["access_gateway_id"]
    return request.env["access.gateway"].sudo().browse(gateway_id)


def _wrong_gateway(gateway):
    gateway._note_misuse()
    return _refusal(403, "wrong_gateway", "The token belongs to another gateway.")


def keep(gateway, events, floor=None):
    """Put checked events into the log; give up to where it has all of them.

    :param floor: the last event that the gateway does not have any more, if it says so
    """
    sequence, digest = gateway.journal_id._end()
    if floor and floor[0] > sequence:
        gateway._note_missing(*floor)
        sequence, digest = floor
    new = [sent for sent in events if sent.sequence > sequence]
    links = [(sent.sequence, sent.hash) for sent in new]
    if links and (held := gateway.journal_id._held_elsewhere(links)):
        gateway._note_held_elsewhere(*held)
        [sequence, digest] = held[1]
        new = [sent for sent in new if sent.sequence > sequence]
    contiguous = [
        sent
        for expected, sent in enumerate(new, sequence + 1)
        if sent.sequence == expected
    ]
    told, links = [sent.event for sent in contiguous], [one.link for one in contiguous]
    broken = first_break(links, digest)
    if broken is not None:
        raise GatewayError(
            409,
            "journal_broken",
            f"Event {broken} does not follow the one before it.",
            acknowledged=sequence,
        )
    gateway.env["access.event"].sudo()._ingest(gateway.journal_id, links, told=told)
    return sequence + len(contiguous)


def _fork(journal, events, floor):
    """Give the number of which the journal tells otherwise than the log, or none."""
    told = [(sent.sequence, sent.hash) for sent in events]
    told += [floor] if floor else []
    held = journal._hashes([sequence for sequence, _digest in told])
    held |= journal._gap_hashes() if floor else {}
    for sequence, digest in told:
        if held.get(sequence, digest) != digest:
            return sequence
    return None


def _forked(gateway, sequence):
    gateway._note_fork()
    return _refusal(
        409,
        "journal_forked",
        f"Event {sequence} is another one here: this journal was lost or is a copy.",
    )


def _refusal(status, code, message):
    """Answer an error and keep what was written, unlike an exception."""
    return request.make_json_response(
        {"error": code, "message": message}, status=status
    )
