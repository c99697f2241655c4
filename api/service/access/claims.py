"""What claims give: roles and sites. What is not configured gives nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.service.access.roles import Role
from api.service.access.settings import AccessSettings


def roles_of(claims: Mapping[str, Any], settings: AccessSettings) -> frozenset[Role]:
    """Roles by the configured mapping; unknown values are passed over."""
    words = _words(claims, settings.roles_claim)
    return frozenset(settings.roles[word] for word in words if word in settings.roles)


def sites_of(claims: Mapping[str, Any], settings: AccessSettings) -> frozenset[str]:
    """Sites that are served here; others are passed over."""
    return frozenset(word for word in _words(claims, settings.sites_claim) if word in settings.sites)


def _words(claims: Mapping[str, Any], name: str) -> list[str]:
    """A claim as a list of words, or as words with spaces between them, as `scope` is."""
    found: Any = claims.get(name)
    if found is None:
        # Within another claim, as realm_access.roles.
        found = claims
        for part in name.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        return found.split()
    return [word for word in found if isinstance(word, str)] if isinstance(found, list) else []
