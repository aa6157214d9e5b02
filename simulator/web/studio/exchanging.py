"""The pages by which cases come in from files and pasted text, and go out as files."""

from __future__ import annotations

from typing import Annotated, Any, get_args
from urllib.parse import urlencode

from fastapi import FastAPI, Form, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from simulator.errors import NotAllowed, ScriptError
from simulator.scripts.formats import Reads, Writes, write_case
from simulator.scripts.schema import PatientScript
from simulator.studio import intake
from simulator.studio.desk import Desk
from simulator.web.edge import MAX_BODY
from simulator.web.studio.pages import page

MOST = MAX_BODY // 1024 - 12  # kB of a file, with room for what a form adds
TITLE = "Bring a case"
MEDIA: dict[Writes, tuple[str, str]] = {
    "word": ("Word", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "pdf": ("PDF", "application/pdf"),
    "text": ("Plain text", "text/plain; charset=utf-8"),
    "medbiquitous": ("MedBiquitous", "application/xml"),
    "yaml": ("YAML", "application/yaml"),
}


def add_routes(app: FastAPI, desk: Desk) -> None:
    """Add the pages and what they send."""

    @app.get("/import")
    def bring() -> Response:
        return page("import.html", TITLE, most=MOST, pasted="", problem="", kind="")

    @app.post("/import")
    async def brought(request: Request) -> Response:
        async with request.form(max_files=1, max_fields=8) as sent:
            file, pasted = sent.get("file"), str(sent.get("pasted", ""))
            kind = str(sent.get("kind", ""))
            named = file.filename if isinstance(file, UploadFile) else ""
            data = await file.read() if isinstance(file, UploadFile) and named else pasted.encode()
        try:
            source = _source(data, named or "", kind)
            works = await run_in_threadpool(intake.take_in, desk, source)
        except ScriptError as error:
            values: dict[str, Any] = {
                "most": MOST,
                "pasted": pasted,
                "problem": str(error),
                "kind": kind,
            }
            return page("import.html", TITLE, 422, **values)
        where = f"/studio/{works[0].id}?part=needs" if len(works) == 1 else "/studio/"
        return RedirectResponse(where, 303)

    @app.post("/{case_id}/seen")
    def seen(
        case_id: str, place: Annotated[int, Form()], talk: Annotated[str, Form(max_length=40)] = ""
    ) -> Response:
        intake.see(desk.drafts, case_id, place)
        where = urlencode({"part": "needs", "talk": talk})
        return RedirectResponse(f"/studio/{case_id}?{where}#need-{place}", 303)

    @app.get("/{case_id}/export")
    def offer(case_id: str) -> Response:
        work, script = desk.open(case_id), _playable(desk, case_id)
        offered = [(k, name, write_case(script, k)) for k, (name, _) in MEDIA.items()]
        return page("export.html", f"Export: {work.title}", work=work, offered=offered)

    @app.get("/{case_id}/export/{kind}")
    def export(case_id: str, kind: Writes) -> Response:
        made = write_case(_playable(desk, case_id), kind)
        name = {"Content-Disposition": f'attachment; filename="{made.filename}"'}
        return Response(made.data, media_type=MEDIA[kind][1], headers=name)


def _source(data: bytes, name: str, kind: str) -> intake.Source:
    if not data.strip():
        raise ScriptError("Paste a case, or choose a file.")
    if len(data) > MOST * 1024:
        raise ScriptError(f"That is longer than {MOST} kB. Leave pictures out, or split it.")
    chosen: Reads | None = next((k for k in get_args(Reads) if k == kind), None)
    return intake.Source(data, name or intake.PASTED, chosen)


def _playable(desk: Desk, case_id: str) -> PatientScript:
    found = desk.playable(desk.open(case_id))
    if found is None:
        raise NotAllowed("Mend what keeps the case from playing first.")
    return found[0]
