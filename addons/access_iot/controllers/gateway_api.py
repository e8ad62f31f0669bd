from datetime import datetime, timezone

from odoo.http import Controller, request, route

from odoo.addons.access_base.access_policy import first_break
from odoo.addons.access_base.access_policy.event import record_of, utc_text
from odoo.addons.access_base.models.access_point import DECIDED_BY

from ..models.ir_http import GatewayError
from .driver_schema import told_drivers
from .gateway_schema import check, check_events, told_results, told_status

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
            {"status": dict, "results": list, "facts": str},
        )
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
            "commands": [c._document() for c in gateway._waiting_commands()],
            "facts": gateway._facts(body.get("facts")),
            "keys": gateway._next_keys_told(),
            "release": gateway._release_told(),
        }

    @route("/access/gateway/v1/events", **DEVICE)
    def events(self, **body):
        check(body, {"gateway": str, "events": list})
        gateway = _gateway()
        if body["gateway"] != gateway.identifier:
            return _wrong_gateway(gateway)
        events = check_events(body["events"])
        journal = gateway.journal_id
        sequence, digest = journal._head()
        _check_not_forked(journal, events)
        new = [event for event in events if event["sequence"] > sequence]
        contiguous = [
            event
            for expected, event in enumerate(new, sequence + 1)
            if event["sequence"] == expected
        ]
        links = [(record_of(event), event["hash"]) for event in contiguous]
        broken = first_break(links, digest)
        if broken is not None:
            raise GatewayError(
                409,
                "journal_broken",
                f"Event {broken} does not follow the one before it.",
                acknowledged=sequence,
            )
        request.env["access.event"].sudo()._ingest(journal, links)
        return {"acknowledged": sequence + len(contiguous)}

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

    @route("/access/gateway/v1/decide", **DEVICE)
    def decide(self, **body):
        check(body, {"point": int, "kind": str, "value": str})
        gateway = _gateway()
        domain = [
            ("id", "=", body["point"]),
            ("company_id", "=", gateway.company_id.id),
        ]
        points = request.env["access.point"].sudo()
        point = points.search_fetch(domain, DECIDED_BY, order="id")
        if not point:
            raise GatewayError(404, "point_unknown", "There is no such point.")
        decision = point._decide(body["kind"], body["value"])
        return {"granted": decision.granted, "reason": decision.reason.value}


def _gateway():
    """Give the gateway that the token names."""
    gateway_id = request.env.context["access_gateway_id"]
    return request.env["access.gateway"].sudo().browse(gateway_id)


def _wrong_gateway(gateway):
    gateway._note_misuse()
    return _refusal(403, "wrong_gateway", "The token belongs to another gateway.")


def _check_not_forked(journal, events):
    """Refuse a journal that tells otherwise of what the log holds already."""
    held = journal._hashes([event["sequence"] for event in events])
    for event in events:
        if held.get(event["sequence"], event["hash"]) != event["hash"]:
            raise GatewayError(
                409,
                "journal_forked",
                f"Event {event['sequence']} is another one here: this journal was "
                "lost or is an old copy.",
            )


def _refusal(status, code, message):
    """Answer an error and keep what was written, unlike an exception."""
    return request.make_json_response(
        {"error": code, "message": message}, status=status
    )
