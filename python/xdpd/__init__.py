# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Talks to xdpd, the dispatcher of XDP programs.

Functions such as attach() and status() make requests; a client calls them:

    with xdpd.Client() as client:
        client.call(xdpd.attach("fw.o", devices=["eth0"], priority=10))
        for device in client.call(xdpd.status()):
            print(device["ifname"], [component["name"] for component in device["components"]])

AsyncClient is the same for asyncio. Failures raise a subclass of XdpdError.
"""
from .aio import AsyncClient
from .client import SOCKET, Client
from .errors import *  # noqa: F403
from .errors import __all__ as _errors
from .replies import Component, Device, Event, Lease, LeasedComponent, Result
from .requests import (Request, apply, attach, confirm, detach, export, features, replace, request, resume, revert,
                       set, status, suspend)

__all__ = ["SOCKET", "AsyncClient", "Client", "Component", "Device", "Event", "Lease", "LeasedComponent", "Request",
           "Result", "apply", "attach", "confirm", "detach", "export", "features", "replace", "request", "resume",
           "revert", "set", "status", "suspend", *_errors]
