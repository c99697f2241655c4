"""Pages for people: the clinicians' review, made on the server, readable and usable without a script.

Adding a page:
 1. its address in `routes/NAME.py`: `def add(app, service, pages) -> None`, an operation id that begins with
    `page_`, `include_in_schema=False` (programs have the addresses of `api.service.routes`); the module is
    named in `adding.py`;
 2. its operation in `api/service/access/operations.py` (`page=True`) and in the table of docs/service.md;
 3. a handler takes `session: Session` (who signed in; its `principal.actor(operation, site)` acts) and, where
    it changes something, `form: Form` (the fields that were sent; a form without the session's token, the
    field `csrf`, is refused before the handler is reached), answers a POST with `to_page(address)` and a
    GET with `pages.page("name.html", session, …)`;
 4. its template extends `base.html` (blocks `title`, `content`; `here` names the entry of the navigation,
    which is the list `PLACES` in `showing.py`). Everything is escaped; nothing is marked safe by hand: what
    has to be markup (charts) is a template or a macro.
What goes wrong is raised as `UserError`, as everywhere: `refusing.py` makes a page of it. Styles and scripts
are the files in `static/`; inline ones, and style attributes, are not carried out (Content-Security-Policy).
"""
