"""The difference between two policies, as JSON and as it is applied.

Shape: of the sections of ``document.py`` those that are there among ``venues``,
``bands``, ``zones``, ``points`` and ``orders`` stand in place of the whole section;
``rights`` and ``persons`` hold only entries that are new, changed or (``null``) gone;
and the credentials are those of the persons named, instead of all they had::

    {"orders": {...}, "rights": {"5": {...}, "6": null}, "persons": {"51": null},
     "credentials_of": {"51": {"TOKEN": [{"id": 1, "person": 51}]}},
     "expires_at": "2026-12-21T00:00:00Z"}
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from .document import DocumentError, policy_from_document, sections_of
from .model import Credential, CredentialStatus
from .policy import Policy

_WHOLE = ("venues", "bands", "zones", "points", "orders")

Issued = Mapping[str, tuple[Credential, ...]]


class Difference(NamedTuple):
    """``parts`` are whole fields of the policy; an entry of ``None`` is gone."""

    parts: Mapping[str, Any]
    rights: Mapping[int, Any]
    persons: Mapping[int, Any]
    credentials_of: Mapping[int, Issued]


def difference_from_document(document: Mapping[str, Any]) -> Difference:
    """Build a difference; raise ``DocumentError`` where an entry is malformed."""
    there = {name: document[name] for name in _WHOLE if name in document}
    built = sections_of(there)
    parts = {name: built[name] for name in there}
    if "expires_at" in document:
        expiry = {"expires_at": document["expires_at"]}
        parts["expires_at"] = policy_from_document(expiry).expires_at
    return Difference(
        parts,
        _entries(document, "rights"),
        _entries(document, "persons"),
        _credentials_of(document),
    )


def apply_difference(policy: Policy, difference: Difference) -> Policy:
    """Give the policy after a difference, in a time that depends on this one alone.

    The given policy is used up: its rights, persons and credentials are changed in
    place. Nothing can go wrong here, so it happens wholly or not at all.
    """
    changed = dict(difference.parts)
    if difference.rights:
        changed["rights"] = policy.rights
    _replace(policy.rights, difference.rights)
    _replace(policy.persons, difference.persons)
    for person, issued in difference.credentials_of.items():
        _reissue(policy, person, issued)
    return policy.with_parts(**changed)


def ranked(credentials: Iterable[Credential]) -> tuple[Credential, ...]:
    """Give the credentials of one token: those returned last, else the latest first."""
    return tuple(
        sorted(
            credentials,
            key=lambda one: (one.status is CredentialStatus.RETURNED, -one.id),
        )
    )


def _entries(document: Mapping[str, Any], name: str) -> dict[int, Any]:
    section = _object(document.get(name, {}), name)
    # An entry that is gone needs no more than a good label.
    filled = {key: {} if entry is None else entry for key, entry in section.items()}
    built = sections_of({name: filled})[name]
    return {
        key: None if given is None else entry
        for (key, entry), given in zip(built.items(), section.values(), strict=True)
    }


def _credentials_of(document: Mapping[str, Any]) -> dict[int, Issued]:
    section = _object(document.get("credentials_of", {}), "credentials_of")
    persons = sections_of({"persons": dict.fromkeys(section, {})})["persons"]
    found = {}
    for person, issued in zip(persons, section.values(), strict=True):
        found[person] = sections_of({"credentials": issued})["credentials"]
        for credentials in found[person].values():
            if not credentials or any(one.person != person for one in credentials):
                raise DocumentError(
                    f"credentials_of/{person}: not credentials of that person"
                )
    return found


def _object(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise DocumentError(f"{name}: not an object")
    return value


def _replace(entries: dict[int, Any], changes: Mapping[int, Any]) -> None:
    for key, entry in changes.items():
        if entry is None:
            entries.pop(key, None)
        else:
            entries[key] = entry


def _reissue(policy: Policy, person: int, issued: Issued) -> None:
    """Put credentials in place of all that a person had; others may share a token."""
    tokens_of = policy.tokens_of
    for token in {*tokens_of.get(person, ()), *issued}:
        others = [
            one for one in policy.credentials.get(token, ()) if one.person != person
        ]
        credentials = ranked((*others, *issued.get(token, ())))
        if credentials:
            policy.credentials[token] = credentials
        else:
            del policy.credentials[token]
    if issued:
        tokens_of[person] = tuple(issued)
    else:
        tokens_of.pop(person, None)
