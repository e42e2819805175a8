#!/bin/sh
# Installs zoo: the program, its manual pages, completions, licence and the files that come with it.
#
#   PREFIX=/usr/local DESTDIR= sh packaging/install.sh PROGRAM
#   PREFIX=/usr/local DESTDIR= sh packaging/install.sh --remove
#
# VENDOR=1 puts completions where Debian's packages have them, and not where those of the administrator are.
set -eu

prefix=${DESTDIR:-}${PREFIX:-/usr/local}
share=$prefix/share
here=$(cd "$(dirname "$0")/.." && pwd)
if [ -n "${VENDOR:-}" ]; then
    zsh=$share/zsh/vendor-completions
else
    zsh=$share/zsh/site-functions
fi
bash=$share/bash-completion/completions
fish=$share/fish/vendor_completions.d

if [ "$1" = --remove ]; then
    rm -f "$prefix/bin/zoo" "$bash/zoo" "$zsh/_zoo" "$fish/zoo.fish" "$share/man/man1/zoo.1" "$share"/man/man1/zoo-*.1
    rm -rf "$share/zoo" "$share/doc/zoo"
    exit 0
fi

program=$1
install -d "$prefix/bin" "$share/zoo/fixtures" "$share/man/man1" "$share/doc/zoo" "$bash" "$zsh" "$fish"
install -m 755 "$program" "$prefix/bin/zoo"

# The small network that comes with zoo, its photos, and the demonstration with them.
cp -R "$here/fixtures/shapes" "$share/zoo/fixtures/"
install -m 755 "$here/fixtures/demo.sh" "$share/zoo/fixtures/demo.sh"

# Of the last change, so that the same sources give the same pages.
date=$([ -e "$here/.git" ] && git -C "$here" log -1 --format=%cs 2>/dev/null || date -u +%Y-%m-%d)
"$program" generate-manual "$share/man/man1" --date "$date"
chmod 644 "$share"/man/man1/zoo*.1

for shell in bash zsh fish; do
    case $shell in
    bash) file=$bash/zoo ;;
    zsh) file=$zsh/_zoo ;;
    fish) file=$fish/zoo.fish ;;
    esac
    # The script is read, not run: no interpreter is named.
    "$program" --generate-completion-script "$shell" | sed '1{/^#!/d}' >"$file"
    chmod 644 "$file"
done

for file in LICENSE README.md CHANGELOG.md; do install -m 644 "$here/$file" "$share/doc/zoo/"; done
cp -R "$here/docs" "$share/doc/zoo/"
