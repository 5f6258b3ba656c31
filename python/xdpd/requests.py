# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Makes requests. A request can be called several times, by Client and by AsyncClient."""
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar, cast

from .errors import ProtocolError
from .replies import Device, Lease, Result


class HasFileno(Protocol):
    """An open file."""

    def fileno(self) -> int: ...


# A file: by path, opened when the request is called; by descriptor; or open already.
File = str | os.PathLike[str] | int | HasFileno
Reply = TypeVar("Reply")


@dataclass(frozen=True)
class Request(Generic[Reply]):
    """A method, its parameters, and the files that go with it."""
    method: str
    parameters: Mapping[str, Any]
    files: Sequence[File | bytes] = ()  # bytes are the contents of a file
    read: Callable[[dict[str, Any]], Reply] = field(default=lambda parameters: cast(Reply, parameters))

    @contextmanager
    def descriptors(self) -> Iterator[list[int]]:
        """The descriptors of the files; those that were opened are closed at the end."""
        with ExitStack() as stack:
            yield [_open(file, stack) for file in self.files]


def _open(file: File | bytes, stack: ExitStack) -> int:
    if isinstance(file, int):
        return file
    if isinstance(file, bytes):
        fd = os.memfd_create("xdpd")
        stack.callback(os.close, fd)
        with open(fd, "wb", closefd=False) as opened:
            opened.write(file)
        return fd
    if isinstance(file, (str, os.PathLike)):
        fd = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        stack.callback(os.close, fd)
        return fd
    return file.fileno()


def request(method: str, parameters: Mapping[str, Any] | None = None,
            files: Sequence[File | bytes] = ()) -> Request[dict[str, Any]]:
    """Any method of the interface. Members of the parameters name files by their position."""
    return Request(method, dict(parameters or {}), files)


def _given(**parameters: Any) -> dict[str, Any]:
    """The parameters that were given. False is the default of every boolean."""
    return {name: list(value) if isinstance(value, (tuple, frozenset)) else value
            for name, value in parameters.items() if value is not None and value is not False}


def _list(parameters: dict[str, Any], name: str) -> list[dict[str, Any]]:
    items = parameters.get(name)
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ProtocolError(f"the server is not xdpd: the reply has no list '{name}'")
    return items


def _results(parameters: dict[str, Any]) -> list[Result]:
    return cast(list[Result], _list(parameters, "results"))


def _devices(parameters: dict[str, Any]) -> list[Device]:
    return cast(list[Device], _list(parameters, "devices"))


def _lease(parameters: dict[str, Any]) -> Lease:
    if not isinstance(parameters.get("claimed"), bool):
        raise ProtocolError("the server is not xdpd: the reply does not say what was claimed")
    _list(parameters, "components")
    return cast(Lease, parameters)


def lease(key: str, *, claim: bool = False) -> Request[Lease]:
    """Begins the lease of a connection, or claims that of an earlier one: see Client.reconnect()."""
    return Request("Lease", _given(key=key, claim=claim), read=_lease)


class _Files:
    """Files of a request; add() returns the position."""

    def __init__(self) -> None:
        self.files: list[File | bytes] = []

    def add(self, file: File | bytes) -> int:
        self.files.append(file)
        return len(self.files) - 1

    def add_all(self, files: Sequence[File]) -> list[int] | None:
        return [self.add(file) for file in files] or None

    def add_texts(self, texts: Sequence[bytes]) -> int | None:
        return self.add(b"".join(text + b"\0" for text in texts)) if texts else None


def attach(object: File, *, devices: Sequence[str], netns: str | None = None, libraries: Sequence[File] = (),
           signatures: Sequence[bytes] = (), program: str | None = None, name: str | None = None,
           priority: int | None = None, proceed_on: Sequence[str] | None = None,
           allow_verdicts: Sequence[str] | None = None, set: Sequence[str] | None = None,
           share_maps: Sequence[str] | None = None, pins: Sequence[File] = (), devbound: bool = False,
           on_failure: str | None = None, map_owner: str | None = None, map_mode: str | None = None,
           before: str | None = None, after: str | None = None, slot: str | None = None, mode: str | None = None,
           match: str | None = None, interop: str | None = None, owner: str | None = None, while_connected: bool = False,
           expect_generation: int | None = None, confirm: int | None = None) -> Request[list[Result]]:
    """Attach a component to the chains of devices, on all of them or on none.

    The parameters are those of xdpctl attach. With while_connected the component is detached when the client's
    connection ends, however it ends; with confirm the change is rolled back after so many seconds, unless
    confirm() is called.
    """
    files = _Files()
    return Request("Attach", _given(
        object=files.add(object), devices=list(devices), netns=netns, libraries=files.add_all(libraries),
        signatures=files.add_texts(signatures), program=program, name=name, priority=priority, proceed_on=proceed_on,
        allow_verdicts=allow_verdicts, set=set, share_maps=share_maps, pins=files.add_all(pins), devbound=devbound,
        on_failure=on_failure, map_owner=map_owner, map_mode=map_mode, before=before, after=after, slot=slot,
        mode=mode, match=match, interop=interop, owner=owner, while_connected=while_connected,
        expect_generation=expect_generation, confirm=confirm), files.files, _results)


def detach(name: str | None = None, *, devices: Sequence[str], netns: str | None = None, all: bool = False,
           release: bool = False, expect_generation: int | None = None,
           confirm: int | None = None) -> Request[list[Result]]:
    """Detach the component of that name, or all components; release also stops managing the devices."""
    return Request("Detach", _given(devices=list(devices), netns=netns, name=name, all=all, release=release,
                                    expect_generation=expect_generation, confirm=confirm), (), _results)


def replace(name: str, object: File, *, devices: Sequence[str], netns: str | None = None,
            libraries: Sequence[File] = (), signatures: Sequence[bytes] = (), program: str | None = None,
            set: Sequence[str] | None = None, share_maps: Sequence[str] | None = None, pins: Sequence[File] = (),
            devbound: bool = False, fresh_maps: bool = False, allow_map_change: bool = False,
            expect_generation: int | None = None, confirm: int | None = None) -> Request[list[Result]]:
    """Replace the program of a component."""
    files = _Files()
    return Request("Replace", _given(
        devices=list(devices), netns=netns, name=name, object=files.add(object), libraries=files.add_all(libraries),
        signatures=files.add_texts(signatures), program=program, set=set, share_maps=share_maps, devbound=devbound,
        pins=files.add_all(pins), fresh_maps=fresh_maps, allow_map_change=allow_map_change,
        expect_generation=expect_generation, confirm=confirm), files.files, _results)


def set(name: str, *, devices: Sequence[str], netns: str | None = None, priority: int | None = None,
        proceed_on: Sequence[str] | None = None, allow_verdicts: Sequence[str] | None = None,
        map_owner: str | None = None, map_mode: str | None = None, before: str | None = None,
        after: str | None = None, expect_generation: int | None = None,
        confirm: int | None = None) -> Request[list[Result]]:
    """Change the place and other settings of a component; what is not given stays unchanged."""
    return Request("Move", _given(
        devices=list(devices), netns=netns, name=name, priority=priority, proceed_on=proceed_on,
        allow_verdicts=allow_verdicts, map_owner=map_owner, map_mode=map_mode, before=before, after=after,
        expect_generation=expect_generation, confirm=confirm), (), _results)


def suspend(*, devices: Sequence[str], netns: str | None = None, expect_generation: int | None = None,
            confirm: int | None = None) -> Request[list[Result]]:
    """Let packets bypass the chains of devices, which stay loaded."""
    return Request("Suspend", _given(devices=list(devices), netns=netns, expect_generation=expect_generation,
                                     confirm=confirm), (), _results)


def resume(*, devices: Sequence[str], netns: str | None = None, expect_generation: int | None = None,
           confirm: int | None = None) -> Request[list[Result]]:
    """Let packets run the chains of suspended devices again."""
    return Request("Resume", _given(devices=list(devices), netns=netns, expect_generation=expect_generation,
                                    confirm=confirm), (), _results)


def confirm(*, devices: Sequence[str] | None = None, netns: str | None = None) -> Request[list[Result]]:
    """Keep unconfirmed changes: those of the devices, or all."""
    return Request("Confirm", _given(devices=devices, netns=netns), (), _results)


def revert(*, devices: Sequence[str] | None = None, netns: str | None = None) -> Request[list[Result]]:
    """Roll back unconfirmed changes now."""
    return Request("Revert", _given(devices=devices, netns=netns), (), _results)


def apply(devices: Sequence[Mapping[str, Any]], *, objects: Sequence[File] = (), allow_absent: bool = False,
          allow_map_change: bool = False, dry_run: bool = False, expect_generation: int | None = None,
          confirm: int | None = None) -> Request[dict[str, Any]]:
    """Make the chains of devices match; devices has the form of export(), and objects the files that it names."""
    files = _Files()
    return Request("Apply", _given(
        devices=list(devices), objects=files.add_all(objects), allow_absent=allow_absent,
        allow_map_change=allow_map_change, dry_run=dry_run, expect_generation=expect_generation,
        confirm=confirm), files.files)


def export(*, devices: Sequence[str] | None = None, netns: str | None = None) -> Request[list[dict[str, Any]]]:
    """The current chains, in the form that apply() takes."""
    return Request("Export", _given(devices=devices, netns=netns), (),
                   lambda parameters: _list(parameters, "devices"))


def status(*, devices: Sequence[str] | None = None, netns: str | None = None,
           owner: str | None = None) -> Request[list[Device]]:
    """What devices run, in order, with counters: all devices, or these; everything, or what an owner has."""
    return Request("Status", _given(devices=devices, netns=netns, owner=owner), (), _devices)


def features() -> Request[dict[str, Any]]:
    """What the kernel supports, and which linker is used."""
    return Request("Features", {})
