# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
"""Keys and detached signatures, made by ssh-keygen while the tests run."""
import shutil
from pathlib import Path

from harness import OBJECTS, run

NAMESPACE = "xdpd-object"


def sign_all(paths, directory):
    """Writes PATH.sig for each, by a new key in the directory, and returns the file of trusted keys with it."""
    key, trusted = directory / "key", directory / "allowed_signers"
    run("ssh-keygen", "-q", "-N", "", "-t", "ed25519", "-f", key)
    run("ssh-keygen", "-q", "-Y", "sign", "-n", NAMESPACE, "-f", key, *paths)
    trusted.write_text(f"crash@example.org {Path(f'{key}.pub').read_text()}")
    return trusted


class Signing:
    """A directory with keys, copies of objects, and a file of trusted keys."""

    def __init__(self, bench, *trusted):
        if not shutil.which("ssh-keygen"):
            bench.skip("there is no ssh-keygen (package openssh-client)")
        self.directory = bench.directory / "signing"
        self.directory.mkdir()
        self.trusted = self.directory / "allowed_signers"
        self.count = 0
        self.trust(*trusted)

    def key(self, name, kind="ed25519"):
        path = self.directory / f"key-{name}"
        if not path.exists():
            run("ssh-keygen", "-q", "-N", "", "-t", kind, "-C", name, "-f", path)
        return path

    def fingerprint(self, name):
        return run("ssh-keygen", "-lf", self.key(name)).stdout.split()[1]

    def line(self, name, options=""):
        return f"{name}@example.org {options} {Path(f'{self.key(name)}.pub').read_text()}"

    def trust(self, *names, lines=()):
        """From the next reload or start on: these keys, and these lines."""
        self.trusted.write_text("".join([*map(self.line, names), *lines]))

    def copy(self, name, label=None):
        """A copy of a test's object, without a signature."""
        self.count += 1
        place = self.directory / str(self.count)
        place.mkdir()
        return Path(shutil.copy(OBJECTS / f"{name}.o", place / (label or f"{name}.o")))

    def sign(self, path, name, namespace=NAMESPACE):
        """Writes PATH.sig, and returns its path."""
        signature = Path(f"{path}.sig")
        signature.unlink(missing_ok=True)
        run("ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", self.key(name), path)
        return signature

    def signed(self, object_name, name, **more):
        path = self.copy(object_name)
        self.sign(path, name, **more)
        return path

    def settings(self, requirement):
        return [f"require-signature = {requirement}", f"trusted-signers = {self.trusted}"]
