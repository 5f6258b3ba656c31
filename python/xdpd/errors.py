# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Failures: one class for each error of the interface, and those of the connection."""
import errno as errno_module
from collections.abc import Mapping, Sequence
from typing import Any


class XdpdError(Exception):
    """A request failed. str() is one sentence for people."""

    def __init__(self, message: str, *, name: str = "", errno: int = 0, detail: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.name = name or f"io.xdpd.{type(self).__name__}"  # for programs
        self.errno = errno  # positive; 0: unknown
        self.detail = tuple(detail)  # further lines, for example of the kernel's verifier


class NoDaemon(XdpdError):
    """The socket cannot be connected to."""


class Disconnected(XdpdError):
    """The connection ended before the reply. What was asked for may still be done."""


class TimedOut(XdpdError):
    """There was no reply within the given time. What was asked for may still be done."""


class ProtocolError(XdpdError):
    """The server does not speak Varlink."""


class Refused(XdpdError):
    """The daemon refused the request: one of the classes below, or a newer error."""


class Internal(Refused):
    """A defect of xdpd."""


class OutOfMemory(Refused):
    """The daemon has no memory."""


class InvalidArgument(Refused):
    """The request is wrong by itself."""


class NoPermission(Refused):
    """The user has no right to do this."""


class NoSuchDevice(Refused):
    """The device does not exist, or xdpd does not manage it."""


class NoSuchNamespace(Refused):
    """The network namespace does not exist."""


class DeviceBusy(Refused):
    """The device runs a program that xdpd does not manage."""


class DeviceRefused(Refused):
    """The device or its driver refused the program."""


class ModeMismatch(Refused):
    """The device runs in another XDP mode."""


class NoSuchComponent(Refused):
    """The device has no component of that name."""


class NameTaken(Refused):
    """The device already has a component of that name."""


class ChainFull(Refused):
    """The device has as many components as it can have."""


class GenerationChanged(Refused):
    """The device is not at the expected generation."""


class Unconfirmed(Refused):
    """The device has an unconfirmed change."""


class NothingUnconfirmed(Refused):
    """There is no unconfirmed change."""


class BadObject(Refused):
    """The object file cannot be used."""


class BadSignature(Refused):
    """The object has no signature by a trusted key."""


class ProgramAmbiguous(Refused):
    """The object has several programs, and none was named."""


class NoSuchProgram(Refused):
    """The object has no program of that name."""


class WrongProgramType(Refused):
    """The program is not an XDP program."""


class VerifierRejected(Refused):
    """The kernel's verifier rejected the program; the detail has its log."""


class KernelRefused(Refused):
    """The kernel refused something else."""


class BadState(Refused):
    """A file of the daemon's state cannot be used."""


class Unsupported(Refused):
    """The kernel or xdpd does not support this."""


class LimitExceeded(Refused):
    """A limit of the daemon is reached."""


__all__ = [name for name, value in list(globals().items())
           if isinstance(value, type) and issubclass(value, XdpdError)]

_by_name = {f"io.xdpd.{cls.__name__}": cls for cls in Refused.__subclasses__()}


_by_errno = {name: number for number, name in errno_module.errorcode.items()}


def from_reply(name: str, parameters: Mapping[str, Any]) -> Refused:
    """The exception for an error reply."""
    cls = _by_name.get(name, Refused)
    detail = parameters.get("detail")
    return cls(str(parameters.get("message", name)), name=name, errno=_by_errno.get(str(parameters.get("errno")), 0),
               detail=[str(line) for line in detail] if isinstance(detail, list) else ())
