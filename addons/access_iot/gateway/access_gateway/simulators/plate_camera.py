"""A camera that reads number plates and posts them as those of Hikvision do."""

from datetime import datetime, timezone
from uuid import uuid4

import httpx

NAMESPACES = (
    "http://www.hikvision.com/ver20/XMLSchema",
    "http://www.isapi.org/ver20/XMLSchema",
    "",
)
_JPEG = b"\xff\xd8\xff\xe0\r\n--not a boundary\r\n\r\n<picture>\xff\xd9"


class SimulatedPlateCamera:
    """Posts to ``url``; each method gives the status of the answer."""

    def __init__(
        self,
        url: str,
        auth: httpx.Auth | tuple[str, str] | None = None,
        namespace: str = NAMESPACES[0],
    ):
        self._url = url
        self._namespace = namespace
        self._http = httpx.AsyncClient(auth=auth, trust_env=False)

    async def __aenter__(self) -> "SimulatedPlateCamera":
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._http.aclose()

    async def see(
        self,
        plate: str,
        confidence: int = 95,
        direction: str = "forward",
        uuid: str | None = None,
        at: datetime | None = None,
        pictures: bool = True,
    ) -> int:
        """Post a plate, with its pictures or as plain XML."""
        event = self.event(
            "ANPR",
            f"<ANPR><country>3</country><licensePlate>{plate}</licensePlate>"
            f"<line>1</line><direction>{direction}</direction>"
            f"<confidenceLevel>{confidence}</confidenceLevel></ANPR>"
            f"<UUID>{uuid or uuid4()}</UUID>",
            at,
        )
        if not pictures:
            return await self.post(event, "application/xml")
        files = {
            "anpr.xml": ("anpr.xml", event, "text/xml"),
            "licensePlatePicture.jpg": ("licensePlate.jpg", _JPEG, "image/jpeg"),
            "detectionPicture.jpg": ("detection.jpg", 500 * _JPEG, "image/jpeg"),
        }
        return (await self._http.post(self._url, files=files)).status_code

    async def beat(self) -> int:
        """Post a heartbeat, which is an alarm that is over."""
        return await self.post(self.event("videoloss"), "application/xml")

    async def post(self, body: bytes, content_type: str) -> int:
        headers = {"Content-Type": content_type}
        answer = await self._http.post(self._url, content=body, headers=headers)
        return answer.status_code

    def event(self, kind: str, more: str = "", at: datetime | None = None) -> bytes:
        at = at or datetime.now(timezone.utc)
        named = f' xmlns="{self._namespace}"' if self._namespace else ""
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<EventNotificationAlert version="2.0"{named}>'
            "<ipAddress>10.9.8.7</ipAddress><macAddress>a4:d5:c2:00:00:01</macAddress>"
            f"<dateTime>{at.isoformat(timespec='seconds')}</dateTime>"
            f"<eventType>{kind}</eventType><eventState>inactive</eventState>"
            f"{more}</EventNotificationAlert>"
        ).encode()
