#!/usr/bin/env bash
# Measures everything, prints tables, writes bench-results/*.json. Quote ratios: machines differ and are shared.
# With names (lifecycle latency history http screens sign-in size board) only those.
set -euo pipefail
cd "$(dirname "$0")/.."

./scripts/setup.sh wrk strace curl
cargo build --release --locked -p feedme -p feedme-bench
bench=target/release/feedme-bench

# What an update costs a browser.
board() {
  ./scripts/setup.sh chromium
  (cd web && FEEDME_BINARY=../target/release/feedme npm run --silent bench)
}

if [ $# -gt 0 ]; then
  for what in "$@"; do
    if [ "$what" = board ]; then board; else "$bench" "$what"; fi
  done
  exit 0
fi

"$bench" all
# Most disks are slower than a developer's: the same with 5 ms added to every fsync.
strace -f --seccomp-bpf -qq -o /dev/null -e trace=fdatasync,fsync -e inject=fdatasync,fsync:delay_exit=5000 \
  "$bench" lifecycle --label "5 ms added to every fsync"
board
