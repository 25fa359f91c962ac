#!/bin/bash
# peers.sh [options and targets of the rig's run.sh] : Postern beside nginx, Dovecot and HAProxy, on the
# same work, in one run. Our target is called "postern"; without targets all four are measured.
#
#   bench/peers.sh -w "imap-login imap-login-tls" -n 5 nginx postern haproxy
#   bench/peers.sh -n 3 -i 9000 -w "idle idle-tls" nginx postern haproxy
#   RIG_LOAD_ARGS=--resume bench/peers.sh -w imap-login-tls nginx postern
#
# What can be set by variables: peers/world.sh.
# Warms up for 30 s a workload and target unless -W says otherwise: a Java program needs that.
. "$(dirname "${BASH_SOURCE[0]}")/peers/world.sh"

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
