#!/bin/sh
# Installs the package in a fresh Debian 12 and tries it: sh Tests/Packaging/check-deb.sh FOLDER
#
# Needs debootstrap, root, and the mirror that /etc/apt names. The tree is made in TMPDIR and goes away again. TREE names one
# that debootstrap has made already; it is copied.
set -eu

deb=$(ls "$1"/zoo_*_*.deb | tail -n 1)
command -v debootstrap >/dev/null || { echo "error: apt-get install debootstrap" >&2; exit 1; }
[ "$(id -u)" = 0 ] || { echo "error: debootstrap and chroot need root" >&2; exit 1; }
mirror=${MIRROR:-$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | head -n 1 | tr -d ' ')}
mirror=${mirror:-http://deb.debian.org/debian}

tree=$(mktemp -d)
cleanup() {
    umount "$tree/proc" 2>/dev/null || true
    rm -rf --one-file-system "$tree"
}
trap cleanup EXIT INT TERM

step() { printf '\n# %s\n' "$1"; }
inside() { chroot "$tree" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 TERM=dumb "$@"; }

step "debootstrap bookworm from $mirror"
if [ -n "${TREE:-}" ]; then
    cp -a "$TREE/." "$tree/"
else
    debootstrap --variant=minbase bookworm "$tree" "$mirror" >"$tree.log" 2>&1 || { tail -n 20 "$tree.log" >&2; exit 1; }
    rm -f "$tree.log"
fi
# The way to the mirror is this machine's.
cp /etc/apt/apt.conf.d/*proxy* "$tree/etc/apt/apt.conf.d/" 2>/dev/null || true
cp /etc/resolv.conf "$tree/etc/resolv.conf" 2>/dev/null || true
mount -t proc proc "$tree/proc"

step "apt install $(basename "$deb")"
cp "$deb" "$tree/tmp/zoo.deb"
inside apt-get update -q >/dev/null
inside env DEBIAN_FRONTEND=noninteractive apt-get install -q -y /tmp/zoo.deb >"$tree/tmp/log" 2>&1 ||
    { tail -n 20 "$tree/tmp/log" >&2; exit 1; }
inside dpkg -s zoo | grep -E '^(Status|Version|Depends|Installed-Size)'

step "no library is missing, and none of Swift's is needed"
inside ldd /usr/bin/zoo >"$tree/tmp/ldd"
if grep -E 'not found|libswift|libFoundation' "$tree/tmp/ldd"; then
    echo "error: the program needs these" >&2
    exit 1
fi

step "zoo --version"
inside zoo --version

step "zoo doctor"
inside zoo doctor || { echo "error: zoo doctor found a problem" >&2; exit 1; }

step "the demonstration"
inside sh /usr/share/zoo/fixtures/demo.sh

step "removing it leaves nothing behind"
inside dpkg --purge zoo >/dev/null
left=$(cd "$tree" && find usr -name 'zoo*' -o -name '_zoo' | grep -v '^usr/share/zoneinfo' || true)
[ -z "$left" ] || { echo "error: left behind: $left" >&2; exit 1; }

printf '\nThe package is sound: %s, %s bytes\n' "$(basename "$deb")" "$(wc -c <"$deb")"
