# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Creates network namespaces by system calls, because starting a process for each step takes a fifth of a second on an
emulated processor."""
import contextlib
import ctypes
import fcntl
import os
import socket
import struct
from pathlib import Path

DIRECTORY = Path("/run/netns")  # ip-netns(8)
IPV6_OFF = [f"/proc/sys/net/ipv6/conf/{which}/disable_ipv6" for which in ("all", "default")]
# unshare(2), mount(2), umount2(2), netdevice(7)
CLONE_NEWNS, CLONE_NEWNET = 0x20000, 0x40000000
MS_BIND, MS_REC, MS_PRIVATE, MS_SHARED, MNT_DETACH = 0x1000, 0x4000, 1 << 18, 1 << 20, 2
SIOCGIFFLAGS, SIOCSIFFLAGS, SIOCSIFMTU, IFF_UP = 0x8913, 0x8914, 0x8922, 1
LIBC = ctypes.CDLL(None, use_errno=True)


def call(function, *arguments):
    if function(*arguments) < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function.__name__}: {os.strerror(number)}")


def mount(source, target, flags, kind=None):
    call(LIBC.mount, bytes(source), bytes(target), kind, ctypes.c_ulong(flags), None)


def isolate():
    """Gives this process and its children their own bpffs and their own names of network namespaces: they do not see
    what others on the machine pin and name, and everything that they leave disappears with them."""
    call(LIBC.unshare, CLONE_NEWNS)
    mount(Path("none"), Path("/"), MS_REC | MS_PRIVATE)
    mount(Path("bpf"), Path("/sys/fs/bpf"), 0, b"bpf")
    DIRECTORY.mkdir(exist_ok=True)
    mount(Path("netns"), DIRECTORY, 0, b"tmpfs")


def make_directory():
    """A shared mount, as ip-netns(8) makes it: a namespace that is deleted disappears from all mount namespaces."""
    DIRECTORY.mkdir(exist_ok=True)
    try:
        mount(DIRECTORY, DIRECTORY, MS_SHARED | MS_REC)
    except OSError:  # EINVAL: it is not a mount point yet
        mount(DIRECTORY, DIRECTORY, MS_BIND | MS_REC)
        mount(DIRECTORY, DIRECTORY, MS_SHARED | MS_REC)


@contextlib.contextmanager
def current_kept():
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        yield
    finally:
        call(LIBC.setns, before, CLONE_NEWNET)
        os.close(before)


@contextlib.contextmanager
def entered(name):
    """Processes that this thread starts in the block are in that namespace. Unlike with ip-netns(8), /sys stays the
    same."""
    with current_kept(), open(DIRECTORY / name, "rb") as namespace:
        call(LIBC.setns, namespace.fileno(), CLONE_NEWNET)
        yield


def enter(name):
    """Moves this thread to that namespace until it calls the returned function."""
    stack = contextlib.ExitStack()
    stack.enter_context(entered(name))
    return stack.close


def create(name):
    """Creates a namespace without IPv6, so that it has no frames except the test's own."""
    make_directory()
    (DIRECTORY / name).touch(exist_ok=False)
    with current_kept():
        call(LIBC.unshare, CLONE_NEWNET)
        mount(Path("/proc/thread-self/ns/net"), DIRECTORY / name, MS_BIND)
        for setting in IPV6_OFF:
            Path(setting).write_text("1\n")


def delete(name):
    """Deletes the namespace, which may be gone already."""
    if (DIRECTORY / name).exists():
        LIBC.umount2(bytes(DIRECTORY / name), MNT_DETACH)
        (DIRECTORY / name).unlink()


def device_up(name, device, mtu=None):
    with entered(name), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        if mtu:
            fcntl.ioctl(any_socket, SIOCSIFMTU, struct.pack("16si", device.encode(), mtu))
        request = fcntl.ioctl(any_socket, SIOCGIFFLAGS, struct.pack("16sh14x", device.encode(), 0))
        flags = struct.unpack("16sh14x", request)[1]
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", device.encode(), flags | IFF_UP))
