# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
.PHONY: build demo check test test-all bench deb docs clean

build:
	tools/setup.sh
	[ -f build/build.ninja ] || meson setup build -Dstatic_nettle=true
	ninja -C build

demo: build
	examples/demo.sh

# Before a commit: minutes.
check:
	tools/setup.sh test
	tests/run --level check

# For a change that is to be merged: an hour on two processors.
test:
	tools/setup.sh test
	tests/run --level $(or $(LEVEL),test)

# Everything: hours.
test-all:
	tools/setup.sh test
	tests/run --level all

bench: build
	tests/bench/run

# The packages of this machine's release of Debian, in build-packages/.
deb:
	tools/setup.sh packages
	tools/build-packages build-packages

# One HTML site of docs/ and the man pages, in build-docs/.
docs:
	tools/setup.sh docs
	tools/build-docs build-docs

clean:
	rm -rf build build-*
