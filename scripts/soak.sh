#!/usr/bin/env bash
# Long campaigns of what `make test` does in short: kill and restart the real binary, then three of them on one
# PostgreSQL, then two on a primary that dies and its standby, then simulate seed after seed.
# Takes the number of seconds for each.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-600}
seed=$RANDOM
echo "killing and restarting for $seconds s (FEEDME_SEED=$seed)"
FEEDME_SEED=$seed FEEDME_CRASH_SECONDS=$seconds cargo test --release --locked -p feedme --test crash -- --nocapture

./scripts/setup.sh postgresql pgbouncer
echo "three nodes on one database for $seconds s (FEEDME_SEED=$seed)"
FEEDME_SEED=$seed FEEDME_NODES_SECONDS=$seconds cargo test --release --locked -p feedme --test nodes -- --nocapture

echo "failing over for $seconds s (FEEDME_SEED=$seed)"
FEEDME_SEED=$seed FEEDME_FAILOVER_SECONDS=$seconds cargo test --release --locked -p feedme --test failover -- --nocapture --test-threads 1

end=$((SECONDS + seconds))
while [ $SECONDS -lt $end ]; do
  seed=$((seed + 1))
  echo "simulating from seed ${seed}000000 on"
  FEEDME_FIRST_SEED=${seed}000000 FEEDME_SEEDS=10000 cargo test --release --locked -p feedme-engine --test simulation
done
