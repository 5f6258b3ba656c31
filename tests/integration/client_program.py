# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Uses everything of the package xdpd: client_program.py SOCKET DEVICE OBJECT. Run by test_python.py, with several
versions of Python.
"""
import asyncio
import os
import sys

import xdpd

socket, device, path = sys.argv[1:]


def names(status):
    return [component["name"] for component in status[0]["components"]]


def waits():
    with xdpd.Client(socket) as client:
        events = client.events(kinds=["swapped"])
        assert next(events)["kind"] == "listening"
        result, = client.call(xdpd.attach(path, devices=[device], name="a", priority=0, proceed_on=("pass", "tx")))
        assert result["ifname"] == device and result["name"] == "a", result
        assert next(events)["devices"] == [device]
        with open(path, "rb") as file:
            client.call(xdpd.attach(file, devices=[device], name="b", signatures=[b""]))
        fd = os.open(path, os.O_RDONLY)
        client.call(xdpd.replace("b", fd, devices=[device]))
        os.close(fd)
        client.call(xdpd.set("b", devices=[device], before="a"))
        assert names(client.call(xdpd.status(devices=[device]))) == ["b", "a"]
        client.call(xdpd.suspend(devices=[device]))
        client.call(xdpd.resume(devices=[device]))
        exported = client.call(xdpd.export(devices=[device]))
        sha256 = exported[0]["components"][0]["object"]
        reply, fds = client.call_with_fds(xdpd.request("Object", {"object": sha256}))
        with open(fds[reply["object"]], "rb") as stored, open(path, "rb") as original:
            assert stored.read() == original.read()
        assert client.call(xdpd.apply(exported, dry_run=True))["plan"][0]["changes"] is False
        client.call(xdpd.detach(devices=[device], all=True, confirm=60))
        client.call(xdpd.revert(devices=[device]))
        client.call(xdpd.detach(devices=[device], all=True, confirm=60))
        client.call(xdpd.confirm())
        assert "kernel" in client.call(xdpd.features())


def fails():
    with xdpd.Client(socket) as client:
        for call, error in ((xdpd.detach("fw", devices=["absent0"]), xdpd.NoSuchDevice),
                            (xdpd.attach(os.devnull, devices=[device]), xdpd.XdpdError),
                            (xdpd.attach("/nowhere/fw.o", devices=[device]), FileNotFoundError),
                            (xdpd.request("Nothing"), xdpd.Refused),
                            (xdpd.request("Status", {"device": 1}), xdpd.InvalidArgument)):
            try:
                client.call(call)
            except error as raised:
                assert str(raised), raised
            else:
                raise AssertionError(f"{call} is not refused")
        try:
            client.call(xdpd.detach("fw", devices=["absent0"]))
        except xdpd.Refused as error:
            assert (error.name, error.errno) == ("io.xdpd.NoSuchDevice", 19), (error.name, error.errno)
            assert error.message == "no network device 'absent0'", error.message
    for refused, error in ((lambda: xdpd.Client("/nowhere"), xdpd.NoDaemon),
                           (lambda: client.call(xdpd.status()), xdpd.Disconnected)):
        try:
            refused()
        except error:
            continue
        raise AssertionError(f"{error} was not raised")


async def does_not_wait():
    async with xdpd.AsyncClient(socket) as client:
        events = client.events(devices=[device])
        assert (await anext(events))["kind"] == "listening"
        first, second = await asyncio.gather(
            client.call(xdpd.attach(path, devices=[device], name="c", while_connected=True)),
            client.call(xdpd.attach(path, devices=[device], name="d", while_connected=True)))
        assert (first[0]["name"], second[0]["name"]) == ("c", "d")
        kinds = {(await anext(events))["kind"] for _ in range(3)}
        assert "swapped" in kinds, kinds
        try:
            await client.call(xdpd.detach("x", devices=[device]))
        except xdpd.NoSuchComponent:
            pass
        else:
            raise AssertionError("a component that does not exist was detached")
        assert names(await client.call(xdpd.status(devices=[device]))) == ["c", "d"]
        await events.aclose()
    async with xdpd.AsyncClient(socket) as client:
        while names(await client.call(xdpd.status(devices=[device]))):
            await asyncio.sleep(0.05)


waits()
fails()
asyncio.run(does_not_wait())
print("done")
