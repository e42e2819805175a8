#!/bin/sh
# Run a test command, keep what it prints in LOG, and say at the end again what failed: among a thousand tests that run at
# once, a failure is written long before the last line.
#
# usage: run.sh LOG COMMAND [ARGUMENT ...]
# Exit code: the command's own.
set -u
log=$1
shift
mkdir -p "$(dirname "$log")"
# The command's exit code travels in a file, because a pipe's is that of its last part.
{ "$@" 2>&1; echo $? >"$log.code"; } | tee "$log"
code=$(cat "$log.code")
rm -f "$log.code"
if [ "$code" -ne 0 ]; then
  echo
  echo "What failed ($log has everything):"
  # An issue with every line of it, and what explains it ("↳"), until the next event; or a crash.
  awk '
    /recorded an issue/ || /^error:/ || /: error: / || /unexpected signal/ { print; shown = 1; next }
    /^(◇|✔|✘|➜|⚠)/ { shown = 0 }
    shown
  ' "$log"
fi
exit "$code"
