#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# Sets a Debian machine up: installs packages, on Debian 12 with one more apt source (backports), and mounts a
# bpffs. When everything is installed, it is quick and needs no network.
#   tools/setup.sh [--dry-run]         to build and to run
#   tools/setup.sh [--dry-run] test    to test, too
#   tools/setup.sh [--dry-run] packages  to build Debian packages, too
#   tools/setup.sh [--dry-run] docs    to make the HTML site of the documents, too
#   tools/setup.sh [--dry-run] draw    to draw the pictures of the documents, too (make bench does without)
# --dry-run only prints what it would do.
set -eu

build="gcc libc6-dev clang llvm clang-format meson ninja-build pkg-config bpftool libbpf-dev
	libxdp-dev libnl-3-dev libnl-route-3-dev libsystemd-dev libjansson-dev libinih-dev nettle-dev
	libelf-dev libpcap-dev libmicrohttpd-dev libncurses-dev libcmocka-dev iproute2 iputils-ping ethtool
	python3"
test="libclang-rt-dev xdp-tools python3-jsonschema python3-prometheus-client python3-pyte python3-varlink
	qemu-system-x86 busybox-static cpio kmod xz-utils zstd tcpdump man-db systemd dbus graphviz zsh fish
	strace debootstrap git openssh-client mypy tshark ansible-core ansible-lint"
packages="build-essential debhelper dh-python dpkg-dev fakeroot lintian pkgconf"
docs="mandoc python3-markdown"
draw="python3-matplotlib"

# Packages that would start a service are not installed but unpacked here, only for the tests.
unpacked="prometheus"
unpacked_at=/usr/local/lib/xdpd-tests

sources=/etc/apt/sources.list.d/xdpd-backports.sources
dry_run=

tell() {
	echo "setup: $*" >&2
}

fail() {
	echo "setup: $*" >&2
	exit 1
}

# The oldest version that is accepted. If the release has only an older one, or none, backports supply the package.
minimum() {
	case $1 in
	libbpf-dev) echo 1:1.3 ;;
	meson) echo 1.1 ;;
	bpftool) echo 7.5 ;;
	*) echo 0 ;;
	esac
}

# recent_enough PACKAGE VERSION
recent_enough() {
	case $2 in
	"" | "(none)") return 1 ;;
	esac
	least=$(minimum "$1")
	[ "$least" = 0 ] || dpkg --compare-versions "$2" ge "$least"
}

# Prints the given packages that are not installed, or too old.
missing() {
	dpkg-query -W -f '${db:Status-Status} ${Package} ${Version}\n' "$@" 2>/dev/null |
		sed -n 's/^installed //p' | {
		have=$(cat)
		for package; do
			version=$(echo "$have" | sed -n "s/^$package //p" | head -n 1)
			recent_enough "$package" "$version" || echo "$package"
		done
	}
}

# Prints the given packages of which the release itself has no accepted version.
backported() {
	for package; do
		candidate=$(apt-cache policy "$package" | sed -n 's/^ *Candidate: //p')
		recent_enough "$package" "$candidate" || echo "$package"
	done
}

# Adds the suite, from the same server and with the same keys as the release.
add_suite() {
	[ -z "$(apt-get indextargets "Codename: $1")" ] || return 0
	entry=$(apt-get indextargets --format '$(REPO_URI) $(SOURCESENTRY)' \
		"Codename: $VERSION_CODENAME" "Created-By: Packages" | head -n 1)
	[ -n "$entry" ] || fail "apt on this machine has no source for $VERSION_CODENAME"
	file=${entry#* }
	keys=$(sed -n 's/^Signed-By: *//p; s/^deb .*signed-by=\([^] ]*\).*/\1/p' "${file%:*}" | head -n 1)
	tell "adding the apt source $sources (suite $1)"
	{
		printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\n' "${entry%% *}" "$1"
		[ -z "$keys" ] || echo "Signed-By: $keys"
	} >"$sources"
	apt-get -qq update
}

install_packages() {
	export DEBIAN_FRONTEND=noninteractive
	# If another source of the machine is broken, the packages may be available all the same.
	apt-get -qq update || tell "continuing with the package lists that exist"
	later=$(backported "$@")
	if [ -n "$later" ]; then
		add_suite "$VERSION_CODENAME-backports"
		# Named one by one, because -t would take all their dependencies from backports, too.
		set -- "$@" $(printf "%s/$VERSION_CODENAME-backports\n" $later)
	fi
	tell "installing" "$@"
	apt-get install -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$@" >/dev/null
}

missing_unpacked() {
	for package; do
		[ -d "$unpacked_at/$package" ] || echo "$package"
	done
}

unpack() {
	apt-get -qq update || tell "continuing with the package lists that exist"
	for package; do
		place=$(mktemp -d)
		tell "unpacking $package at $unpacked_at/$package"
		mkdir -p "$unpacked_at"
		(cd "$place" && apt-get -qq -o APT::Sandbox::User=root download "$package" && dpkg -x ./*.deb files)
		mv -T "$place/files" "$unpacked_at/$package"
		rm -r "$place"
	done
}

[ "${1-}" != --dry-run ] || { dry_run=yes && shift; }
[ "$(id -u)" = 0 ] || [ -n "$dry_run" ] || fail "must run as root"
command -v apt-get >/dev/null || fail "needs a Debian machine: there is no apt-get"
. /etc/os-release
# The package with systemd's pkg-config file.
case $VERSION_CODENAME in
bookworm) packages="$packages systemd" ;;
*) packages="$packages systemd-dev" ;;
esac
wanted_unpacked=
case ${1-} in
"") wanted=$(missing $build) ;;
packages) wanted=$(missing $build $packages) ;;
test) wanted=$(missing $build $packages $docs $test) && wanted_unpacked=$(missing_unpacked $unpacked) ;;
docs) wanted=$(missing $docs) ;;
draw) wanted=$(missing $build $draw) ;;
*) fail "usage: tools/setup.sh [--dry-run] [test|packages|docs|draw]" ;;
esac
if [ -n "$dry_run" ]; then
	[ -z "$wanted" ] || tell "would install" $wanted
	[ -z "$wanted_unpacked" ] || tell "would unpack at $unpacked_at:" $wanted_unpacked
	later=$(backported $wanted)
	[ -z "$later" ] || tell "would take from $VERSION_CODENAME-backports, adding $sources if apt does not have it:" $later
	mountpoint -q /sys/fs/bpf || tell "would mount a bpffs at /sys/fs/bpf"
	[ -n "$wanted$wanted_unpacked" ] || tell "all packages are installed"
	exit 0
fi
[ -z "$wanted" ] || install_packages $wanted
[ -z "$wanted_unpacked" ] || unpack $wanted_unpacked
mountpoint -q /sys/fs/bpf || {
	tell "mounting a bpffs at /sys/fs/bpf"
	mount -t bpf bpf /sys/fs/bpf
}
