#!/bin/sh
# Runs the fuzz targets one after another: run.sh BINARY [TARGET…]
# FUZZ_SECONDS each (600); inputs and findings in FUZZ_CORPUS (~/.cache/zoo-fuzz), outside the tree.
set -eu
binary=$1
shift
[ $# -gt 0 ] || set -- zip pickle checkpoint scan image registry http
root=$(cd "$(dirname "$0")/../.." && pwd)
corpus=${FUZZ_CORPUS:-${XDG_CACHE_HOME:-$HOME/.cache}/zoo-fuzz}
data=${ZOO_DATA:-}
status=0

# Seeds: small files only; libFuzzer never changes them.
seeds() {
    case $1 in
    zip) echo "$root/fixtures/checkpoints ${data:+$data/zips}" ;;
    pickle) echo "${data:+$data/pickles}" ;;
    checkpoint) echo "$root/fixtures/checkpoints ${data:+$data/checkpoints}" ;;
    scan) echo "$root/fixtures/checkpoints ${data:+$data/pickles $data/zips}" ;;
    image) echo "$root/fixtures/images ${data:+$data/images}" ;;
    registry) echo "$root/registry" ;;
    *) echo "" ;;
    esac
}

for target in "$@"; do
    inputs=$corpus/$target/inputs
    findings=$corpus/$target/findings
    mkdir -p "$inputs" "$findings"
    start=$corpus/$target/seeds
    rm -rf "$start"
    mkdir -p "$start"
    count=0
    for folder in $(seeds "$target"); do
        [ -d "$folder" ] || continue
        for file in $(find "$folder" -type f -size -64k | sort | head -400); do
            count=$((count + 1))
            ln -s "$file" "$start/$count"
        done
    done
    [ "$count" -gt 0 ] || printf 'HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 1-2/3\r\nETag: "a"\r\n' >"$start/1"
    echo "== $target: $count seeds, ${FUZZ_SECONDS:-600} s"
    SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0 ZOO_FUZZ_TARGET=$target "$binary" \
        -max_total_time="${FUZZ_SECONDS:-600}" -timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=512 -max_len=65536 \
        -print_final_stats=1 -artifact_prefix="$findings/" "$inputs" "$start" >"$corpus/$target/log" 2>&1 || {
        echo "   FOUND something: $corpus/$target/log, $findings"
        status=1
    }
    grep -E 'number_of_executed|average_exec|peak_rss' "$corpus/$target/log" | sed 's/^/   /'
    rm -f /dev/shm/zoo-fuzz-*
done
exit $status
