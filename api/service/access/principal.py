"""The caller of a request, and in which role and at which site the caller acts."""

from __future__ import annotations

from dataclasses import dataclass

from api.errors import UserError
from api.service.access.operations import OPERATIONS
from api.service.access.roles import EVERY_ROLE, Role
from api.store import Actor

LOCAL = "local"  # the one site of developer mode


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller whose word was checked. `sites`: whose patients the caller may see."""

    subject: str
    roles: frozenset[Role]
    sites: frozenset[str]
    developer: bool = False

    def may(self, operation: str) -> bool:
        """Whether any of the caller's roles may ask for it; what the table does not name, nobody may."""
        found = OPERATIONS.get(operation)
        return found is not None and (found.open or bool(self.roles & found.roles))

    def site(self, asked: str | None = None) -> str:
        """The site that is acted at: the one asked for, else the caller's only one; raises UserError."""
        if asked is not None:
            if asked not in self.sites:
                raise UserError("FORBIDDEN", "site", "not one of your sites")
            return asked
        if not self.sites:
            raise UserError("FORBIDDEN", "site", "you belong to no site")
        if len(self.sites) > 1:
            raise UserError("SITE_WANTED", "site", "you belong to several sites: name one with `site`")
        return next(iter(self.sites))

    def sites_of(self, asked: str | None = None) -> frozenset[str]:
        """The sites that are counted over: the one asked for, else all of the caller's; raises UserError."""
        if asked is not None:
            return frozenset({self.site(asked)})
        if not self.sites:
            raise UserError("FORBIDDEN", "site", "you belong to no site")
        return self.sites

    def actor(self, operation: str, site: str | None = None) -> Actor:
        """Who acts, as the trail keeps it; `site` is the one asked for. Raises UserError."""
        if not self.may(operation):
            raise UserError("FORBIDDEN", "", "none of your roles may do this")
        entry = OPERATIONS[operation]
        role = next((role.value for role in Role if role in self.roles & entry.roles), "anybody")
        return Actor(
            self.subject,
            "developer" if self.developer else role,
            self.site(site) if entry.of_site else None,
        )


DEVELOPER = Principal("developer", EVERY_ROLE, frozenset({LOCAL}), developer=True)
