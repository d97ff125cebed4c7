#!/usr/bin/env bash
# Installs the Debian packages named as arguments, if they are missing: as root by itself, else it names the one
# line to paste.
set -euo pipefail

missing=()
for package in "$@"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ]; then
  echo "installing ${missing[*]}"
  # Tests start servers of their own: the package need not make one that runs from now on.
  clusters=/etc/postgresql-common/createcluster.conf
  if [[ " ${missing[*]} " == *" postgresql "* && ! -e $clusters ]]; then
    mkdir -p "${clusters%/*}"
    echo 'create_main_cluster = false' >"$clusters"
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  for service in prometheus pgbouncer nginx; do
    if [[ " ${missing[*]} " == *" $service "* && -d /run/systemd/system ]]; then
      systemctl --quiet disable --now "$service"
    fi
  done
else
  echo "These packages are needed. Please run:" >&2
  echo "  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
  exit 1
fi
