"""The calls to the ERP, where an answer is not what it should be."""

import asyncio

import pytest

from access_gateway.link import Link, LinkError

HEAD = b"HTTP/1.1 200 X\r\nContent-Type: application/octet-stream\r\n\r\n"


async def test_a_file_without_end_is_read_no_further_than_to_the_limit():
    ended = asyncio.Event()

    async def pour(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD)
        try:
            while True:
                writer.write(bytes(10_000))
                await writer.drain()
        except ConnectionError:
            ended.set()

    server = await asyncio.start_server(pour, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    async with server, Link(f"http://{host}:{port}", "token") as link:
        with pytest.raises(LinkError, match="longer than 100000 bytes"):
            await asyncio.wait_for(link.fetch("release", {}, 100_000), 10)
        await asyncio.wait_for(ended.wait(), 10)
