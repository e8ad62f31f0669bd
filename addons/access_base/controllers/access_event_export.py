import json
import tempfile

from werkzeug.exceptions import BadRequest
from werkzeug.wsgi import wrap_file

from odoo.fields import Domain
from odoo.http import Controller, content_disposition, request, route

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class AccessEventExport(Controller):
    @route("/access/passages.xlsx", type="http", auth="user", readonly=True)
    def passages(self, domain="[]", companies=""):
        """Give passages as a spreadsheet, those that the user may read."""
        events, searched = _asked(request.env["access.event"], domain, companies)
        file = tempfile.TemporaryFile()  # gone when the answer is sent
        events._write_xlsx(file, searched)
        size = file.seek(0, 2)
        file.seek(0)
        response = request.make_response(
            wrap_file(request.httprequest.environ, file),
            headers=[
                ("Content-Type", XLSX),
                ("Content-Length", size),
                ("Content-Disposition", content_disposition("passages.xlsx")),
            ],
        )
        response.direct_passthrough = True
        return response


def _asked(events, domain, companies):
    """Read what is asked for: passages of which companies, and what to search."""
    env = events.env
    try:
        chosen = [int(company) for company in companies.split(",") if company]
        parts = json.loads(domain)
        if not isinstance(parts, list):
            raise TypeError(domain)
        searched = Domain(parts)
        if chosen:
            events = events.with_context(allowed_company_ids=chosen)
        events.search(searched, limit=1)
    except (TypeError, ValueError) as error:
        words = env._("This is no search of passages: open the list and export there.")
        raise BadRequest(words) from error
    return events, searched
