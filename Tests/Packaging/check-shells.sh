#!/bin/sh
# Tries completions in real shells and manual pages in real readers: sh Tests/Packaging/check-shells.sh PROGRAM
#
# What is not installed is named and left out (apt-get install zsh fish mandoc).
set -eu

program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/bin" "$work/home" "$work/man"
ln -s "$program" "$work/bin/zoo"
export PATH="$work/bin:$PATH" HOME="$work/home" TORCH_HOME="$work/torch" XDG_CONFIG_HOME="$work/config" ZOO_OFFLINE=1
mkdir -p "$work/torch/hub/checkpoints" "$work/photos/train"
echo x >"$work/torch/hub/checkpoints/mine.pth"
echo x >"$work/model.safetensors"
echo x >"$work/notes.txt"
cd "$work"
failures=0

# One line typed, and a word that must be offered, or one that must not (with !).
cases() {
    cat <<EOF
zoo fi|finetune
zoo cache re|remove
zoo info resnet15|resnet152
zoo fetch resnet5|resnet50
zoo fetch resnet18 --weights |IMAGENET1K_V1
zoo finetune photos --model resnet18 --freeze layer4.1.c|layer4.1.conv1
zoo finetune photos --optimizer a|adamw
zoo cache remove mi|mine.pth
zoo inspect mo|model.safetensors
zoo inspect no|!notes.txt
zoo predict resnet18 --arch effici|efficientnet_b0
zoo finetune ph|photos
EOF
}

cases >cases
for shell in bash zsh fish; do
    if command -v "$shell" >/dev/null; then
        python3 "$here/complete.py" "$shell" cases || failures=$((failures + 1))
    else
        echo "$shell is not installed; left out"
    fi
done

zoo generate-manual man --date 2000-01-01
for page in man/*.1; do
    if command -v mandoc >/dev/null; then
        mandoc -Tlint -W warning "$page" || failures=$((failures + 1))
    fi
    if command -v man >/dev/null; then
        warnings=$(MANWIDTH=80 man --warnings -l "$page" 2>&1 >/dev/null)
        [ -z "$warnings" ] || { echo "$page: $warnings" >&2; failures=$((failures + 1)); }
    fi
done
echo "$(ls man | wc -l) manual pages read"
[ "$failures" = 0 ] || { echo "error: $failures of these failed" >&2; exit 1; }
