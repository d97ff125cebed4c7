#!/usr/bin/env bash
# Measures everything, prints tables, writes bench-results/*.json. Quote ratios: machines differ and are shared.
# With names (lifecycle latency history carry nodes queues http screens sign-in checker size board) only those.
set -euo pipefail
cd "$(dirname "$0")/.."

./scripts/setup.sh wrk strace curl postgresql
cargo build --release --locked -p feedme -p feedme-bench
bench=target/release/feedme-bench

# What an update costs a browser.
board() {
  ./scripts/setup.sh chromium
  (cd web && FEEDME_BINARY=../target/release/feedme npm run --silent bench)
}

# Other queues on the workload of `nodes`, and the database itself: each durable, on the same disk.
queues() {
  ./scripts/setup.sh postgresql redis-server
  (cd interop/queues && npm ci --no-audit --no-fund --silent)
  cargo build --release --locked -p feedme-testkit --example private_postgres
  mkdir -p bench-results
  coproc POSTGRES { target/release/examples/private_postgres "$PWD/bench-results"; }
  read -r started <&"${POSTGRES[0]}"
  url=$(node -p 'JSON.parse(process.argv[1]).url' "$started")
  programs=$(node -p 'JSON.parse(process.argv[1]).programs' "$started")
  node interop/queues/pgbench.js "$url" "$programs/pgbench"
  node interop/queues/graphile-worker.js "$url"
  node interop/queues/bullmq.js "$PWD/bench-results"
  eval "exec ${POSTGRES[1]}>&-"
  wait
}

if [ $# -gt 0 ]; then
  for what in "$@"; do
    case $what in board | queues) "$what" ;; *) "$bench" "$what" ;; esac
  done
  exit 0
fi

"$bench" all
# Most disks are slower than a developer's: the same with 5 ms added to every fsync.
strace -f --seccomp-bpf -qq -o /dev/null -e trace=fdatasync,fsync -e inject=fdatasync,fsync:delay_exit=5000 \
  "$bench" lifecycle --label "5 ms added to every fsync"
queues
board
