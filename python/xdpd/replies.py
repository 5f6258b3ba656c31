# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Types of replies: dictionaries as they come from the daemon. A newer daemon may add members."""
from typing import Any, NotRequired, TypedDict


class Component(TypedDict):
    """A component of a device."""
    name: str
    owner: NotRequired[str]
    priority: int
    proceed_on: list[str]
    allow_verdicts: NotRequired[list[str]]
    state: str
    failure: NotRequired[str]
    on_failure: str
    prog_id: NotRequired[int]
    prog_name: str
    slot: NotRequired[int]
    fills: NotRequired[str]
    join: NotRequired[str]
    why: NotRequired[str]
    object: NotRequired[str]
    set: NotRequired[list[str]]
    share_maps: NotRequired[list[str]]
    while_connected: NotRequired[bool]
    awaits_client: NotRequired[bool]
    maps: NotRequired[list[dict[str, Any]]]
    counters: NotRequired[dict[str, Any]]


class Device(TypedDict):
    """A device that xdpd manages."""
    ifname: str
    netns: NotRequired[str]
    ifindex: int
    state: str
    mode: NotRequired[str]
    wanted_mode: NotRequired[str]
    owned: NotRequired[str]
    linker: NotRequired[str]
    generation: int
    match: NotRequired[str]
    interop: NotRequired[str]
    setting_owners: NotRequired[list[str]]
    note: NotRequired[str]
    unconfirmed: NotRequired[dict[str, Any]]
    rootlet: NotRequired[dict[str, Any]]
    policy: NotRequired[str]
    suspended: NotRequired[bool]
    components: list[Component]


class Result(TypedDict):
    """What a change did to a device."""
    ifname: str
    netns: NotRequired[str]
    ifindex: int
    name: NotRequired[str]
    generation: int
    mode: NotRequired[str]
    note: NotRequired[str]
    confirm_within: NotRequired[int]


class LeasedComponent(TypedDict):
    """A component that ends with a connection."""
    ifname: str
    netns: NotRequired[str]
    name: str


class Lease(TypedDict):
    """What a connection has after it reconnected."""
    claimed: bool  # False: all were detached
    components: list[LeasedComponent]


class Event(TypedDict):
    """Something that happened."""
    number: int
    time: int  # microseconds since 1970
    kind: str
    sentence: str
    devices: NotRequired[list[str]]
    netns: NotRequired[str]
    generation: NotRequired[int]
    components: NotRequired[list[str]]
    objects: NotRequired[list[str]]
    method: NotRequired[str]
    uid: NotRequired[int]
    gid: NotRequired[int]
    pid: NotRequired[int]
    command: NotRequired[str]
    lost: NotRequired[int]
