#!/bin/sh
# Makes a package for Debian 12: sh packaging/deb.sh PROGRAM FOLDER
#
# DEB_MAINTAINER names who answers for it. The libraries that it depends on, and their versions, are those that the program is linked with (dpkg-shlibdeps).
set -eu

program=$1
out=$2
here=$(cd "$(dirname "$0")/.." && pwd)
command -v dpkg-shlibdeps >/dev/null || { echo "error: dpkg-shlibdeps is not here: apt-get install dpkg-dev" >&2; exit 1; }

version=$("$program" --version | sed -n '1s/^zoo //p')
architecture=$(dpkg --print-architecture)
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
umask 022

strip --strip-all -o "$work/zoo" "$program"
# Manual and completions come from the program as it was built; only a stripped copy goes in.
PREFIX=/usr DESTDIR=$root VENDOR=1 sh "$here/packaging/install.sh" "$program"
install -m 755 "$work/zoo" "$root/usr/bin/zoo"
find "$root/usr/share/man" -name '*.1' -exec gzip -9n {} +
document=$root/usr/share/doc/zoo
rm "$document/LICENSE"
gzip -9n "$document/CHANGELOG.md"
maintainer=${DEB_MAINTAINER:-zoo <zoo@localhost>}
printf 'zoo (%s) bookworm; urgency=medium\n\n  * CHANGELOG.md.gz has the changes.\n\n -- %s  %s\n' \
    "$version" "$maintainer" "$(date -Ru)" | gzip -9n >"$document/changelog.gz"
cat >"$document/copyright" <<EOF
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: zoo

Files: *
Copyright: 2026 the authors of zoo
License: Apache-2.0
 On Debian systems the full text of the licence is in /usr/share/common-licenses/Apache-2.0.
EOF

# dpkg-shlibdeps wants a source package around it.
mkdir "$work/debian"
printf 'Source: zoo\n\nPackage: zoo\nArchitecture: any\n' >"$work/debian/control"
libraries=$(cd "$work" && dpkg-shlibdeps -O --ignore-missing-info "$root/usr/bin/zoo" 2>"$work/warnings" |
    sed -n 's/^shlibs:Depends=//p')
[ -n "$libraries" ] || { cat "$work/warnings" >&2; echo "error: no libraries were found" >&2; exit 1; }

mkdir "$root/DEBIAN"
cat >"$root/DEBIAN/control" <<EOF
Package: zoo
Version: $version
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $(du -sk "$root/usr" | cut -f 1)
Depends: $libraries, libopenblas0
Recommends: ca-certificates
Suggests: bash-completion, man-db
Section: science
Priority: optional
Description: fetch, verify, read, fine-tune and use pretrained vision weights
 zoo fetches .pth files into PyTorch's own cache and resumes what was broken
 off, finds and removes broken files, reads checkpoints without running the
 pickle inside, converts them, and fine-tunes networks on photos on a plain
 CPU. It needs no Python.
EOF
(cd "$root" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"

dpkg-deb --root-owner-group -Zxz --build "$root" "$out/zoo_${version}_$architecture.deb" >/dev/null
echo "$out/zoo_${version}_$architecture.deb"
