# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""The programs, maps, links and BTF objects in the kernel, and their holders. Other processes on the machine load and
free BPF objects as well, so a test is responsible for those that its own daemons held. An object is (kind, id); the
kernel never uses an id twice."""
import contextlib
import ctypes
import functools
import json
import os
import re
import struct
import subprocess
import typing
from pathlib import Path

# bpf(2): its number on this machine, and its commands.
SYS_BPF = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
NEXT_ID = {"prog": 11, "map": 12, "btf": 23, "link": 31}
OBJ_PIN, OBJ_GET, PROG_GET_FD_BY_ID, OBJ_GET_INFO_BY_FD, BTF_GET_FD_BY_ID = 6, 7, 13, 15, 19
LINK_CREATE, LINK_UPDATE, ATTACH_XDP = 28, 29, 37
HELD = re.compile(r"^(prog|map|link|btf)_id:\s*(\d+)$", re.MULTILINE)  # of /proc/PID/fdinfo/FD
PROG_TYPE_XDP, PROG_TYPE_EXT = 6, 28
INITIAL_PID_NAMESPACE = f"pid:[{0xEFFFFFFC}]"  # PROC_PID_INIT_INO of include/linux/proc_ns.h
OF_BPF = re.compile(r"anon_inode:\[?(bpf|btf)")
IDS_MAX = 256  # maps of one program
LIBC = ctypes.CDLL(None, use_errno=True)


def bpf(command, *words, layout):
    attributes = ctypes.create_string_buffer(struct.pack(layout, *words), 64)
    return LIBC.syscall(SYS_BPF, command, attributes, ctypes.sizeof(attributes)), attributes


def must(command, *words, layout):
    result = bpf(command, *words, layout=layout)[0]
    assert result >= 0, f"bpf({command}) failed: {os.strerror(ctypes.get_errno())}"
    return result


def c_string(path):
    return ctypes.create_string_buffer(os.fsencode(path))


def next_ids(command):
    number = 0
    while True:
        result, attributes = bpf(command, number, layout="=I")
        if result < 0:
            return
        number = struct.unpack_from("=I", attributes, 4)[0]
        yield number


def info(fd, buffer):
    return bpf(OBJ_GET_INFO_BY_FD, fd, ctypes.sizeof(buffer), ctypes.addressof(buffer), layout="=IIQ")[0]


@functools.lru_cache(maxsize=None)
def is_of_the_kernel(btf_id):
    """True if that BTF describes the kernel or a module; modules may be loaded at any time."""
    fd = bpf(BTF_GET_FD_BY_ID, btf_id, layout="=I")[0]
    if fd < 0:
        return False
    answer = (ctypes.c_uint32 * 8)()  # struct bpf_btf_info: the last is kernel_btf
    known = info(fd, answer) == 0
    os.close(fd)
    return known and bool(answer[7])


def census():
    """All objects in the kernel. Unlike bpftool, this opens no map: a program array that is opened and closed while the
    kernel is clearing it is never freed (prog_array_map_clear() takes a reference for work that is queued already;
    seen on 6.18)."""
    return {(kind, number) for kind, command in NEXT_ID.items() for number in next_ids(command)
            if kind != "btf" or not is_of_the_kernel(number)}


class Program(typing.NamedTuple):
    type: int
    maps: list
    btf: int


def program(number):
    """None if the program no longer exists."""
    fd = bpf(PROG_GET_FD_BY_ID, number, layout="=I")[0]
    if fd < 0:
        return None
    ids = (ctypes.c_uint32 * IDS_MAX)()
    # struct bpf_prog_info: type is at 0, nr_map_ids at 52, map_ids at 56, btf_id at 128.
    answer = ctypes.create_string_buffer(256)
    struct.pack_into("=IQ", answer, 52, IDS_MAX, ctypes.addressof(ids))
    known = info(fd, answer) == 0
    os.close(fd)
    kind, count, btf = (struct.unpack_from("=I", answer, offset)[0] for offset in (0, 52, 128))
    return Program(kind, list(ids[:min(count, IDS_MAX)]), btf) if known else None


def needs_of_program(number):
    """Its maps and its BTF."""
    found = program(number)
    if not found:
        return set()
    return {("map", needed) for needed in found.maps} | ({("btf", found.btf)} if found.btf else set())


def with_needs(objects):
    return objects.union(*(needs_of_program(number) for kind, number in objects if kind == "prog"))


def of_descriptor(process, fd):
    try:
        if not OF_BPF.match(os.readlink(f"{process}/fd/{fd}")):
            return set()
        text = Path(f"{process}/fdinfo/{fd}").read_text()
    except OSError:
        return set()  # the descriptor was closed meanwhile
    return {(kind, int(number)) for kind, number in HELD.findall(text)}


def held_by(process):
    """The objects held by descriptors of that process, which is a directory in /proc, and by programs among these."""
    try:
        fds = os.listdir(f"{process}/fd")
    except OSError:
        return set()  # the process has ended
    return with_needs(set().union(*(of_descriptor(process, fd) for fd in fds)))


def open_pin(path):
    name = c_string(path)
    return must(OBJ_GET, ctypes.addressof(name), layout="=Q")


def pin(fd, path):
    name = c_string(path)
    must(OBJ_PIN, ctypes.addressof(name), fd, layout="=QI")


def attach_xdp(program_fd, ifindex):
    return must(LINK_CREATE, program_fd, ifindex, ATTACH_XDP, layout="=III")


def update_link(link_fd, program_fd):
    must(LINK_UPDATE, link_fd, program_fd, layout="=II")


def run_newest_rootlet(bpffs):
    """Makes the link of the first device run the newest rootlet, of which xdpd is not told."""
    rootlets = sorted(bpffs.glob("generations/*/rootlet"))
    link, program = [open_pin(path) for path in (bpffs / "devices/1/link", rootlets[-1])]
    update_link(link, program)
    os.close(link)
    os.close(program)


def of_pin(path):
    name = c_string(path)
    fd = bpf(OBJ_GET, ctypes.addressof(name), layout="=Q")[0]
    if fd < 0:
        return set()  # the pin was removed meanwhile
    found = of_descriptor("/proc/self", fd)
    os.close(fd)
    return found


def processes():
    return [f"/proc/{entry}" for entry in os.listdir("/proc") if entry.isdigit()]


def sees_all_processes():
    """False in a container, because processes outside may hold programs."""
    return os.readlink("/proc/self/ns/pid") == INITIAL_PID_NAMESPACE


def mount_namespaces():
    """One process from each mount namespace."""
    found = {}
    for process in processes():
        with contextlib.suppress(OSError):
            found[os.readlink(f"{process}/ns/mnt")] = process
    return found.values()


def pins_seen_by(process):
    try:
        mounts = Path(f"{process}/mounts").read_text().splitlines()
    except OSError:
        return  # the process has ended
    for _, place, kind, *_ in map(str.split, mounts):
        if kind == "bpf":
            for top, _, names in os.walk(f"{process}/root{place}"):
                yield from (os.path.join(top, name) for name in names)


def held_by_anybody():
    """The objects that any process or pin holds."""
    pins = (of_pin(pin) for process in mount_namespaces() for pin in pins_seen_by(process))
    return set().union(*map(held_by, processes()), *pins)


def attached_by_netlink():
    """The XDP programs that devices hold: in this network namespace and in those that have names."""
    names = os.listdir("/run/netns") if os.path.isdir("/run/netns") else []
    for where in ([], *(["-n", name] for name in names)):
        shown = subprocess.run(["ip", *where, "-j", "link"], capture_output=True, text=True, check=False)
        for device in json.loads(shown.stdout or "[]"):
            number = device.get("xdp", {}).get("prog", {}).get("id")
            if number:
                yield "prog", number


def is_ours_by_type(entry):
    found = program(entry[1]) if entry[0] == "prog" else None
    return found is not None and found.type in (PROG_TYPE_XDP, PROG_TYPE_EXT)


def abandoned_programs(before):
    """The XDP programs and extensions that were not in that census and that no process, pin or device holds."""
    new = set(filter(is_ours_by_type, census() - before))
    return new - held_by_anybody() - set(attached_by_netlink()) if new else new
