#!/bin/bash
# peers.sh [options and targets of the rig's run.sh] : Postern beside nginx, Dovecot and HAProxy, on the
# same work, in one run. Our target is called "postern"; without targets all four are measured.
#
#   bench/peers.sh -w "imap-login imap-login-tls" -n 5 nginx postern haproxy
#   bench/peers.sh -n 3 -i 9000 -w "idle idle-tls" nginx postern haproxy
#   RIG_LOAD_ARGS=--resume bench/peers.sh -w imap-login-tls nginx postern
#
# RIG_DIR: the rig (../shared/rig); it is copied, with peers/postern.sh added. RIG_RUN: where everything
# is kept that is made (/tmp/postern-peers); POSTERN_* are those of peers/postern.sh.
# Warms up for 30 s a workload and target unless -W says otherwise: a Java program needs that.
set -euo pipefail
bench=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
rig=${RIG_DIR:-$bench/../../shared/rig}
[ -x "$rig/run.sh" ] || { echo "peers.sh: no rig at $rig; set RIG_DIR" >&2; exit 2; }
export RIG_RUN=${RIG_RUN:-${TMPDIR:-/tmp}/postern-peers}
export POSTERN_BASE=${POSTERN_BASE:-25000} POSTERN_CHECKOUT=${POSTERN_CHECKOUT:-$bench/..}
mkdir -p "$RIG_RUN"
unset RIG_DIR

copy=$RIG_RUN/rig
rm -rf "$copy"
cp -r "$rig" "$copy"
chmod -R u+w "$copy"
cp "$bench/peers/postern.sh" "$copy/peers/postern.sh"
"$copy/peers/postern.sh" setup
# What the rig's run.sh wants to know of a gateway that makes its own passwords.
export postern_PASSFILE=$RIG_RUN/postern/passwords
export postern_BADPASS=0000000000000000

has_target=
skip=
for argument in "$@"; do
  if [ -n "$skip" ]; then
    skip=
    continue
  fi
  case $argument in
    -?) skip=yes ;;
    -*) ;;
    *) has_target=yes ;;
  esac
done
[ -n "$has_target" ] || set -- "$@" nginx postern dovecot haproxy
exec "$copy/run.sh" -W 30 "$@"
