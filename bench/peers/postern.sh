#!/bin/bash
# postern.sh setup|start|stop|pids : Postern as it ships, as a peer of the rig; peers.sh copies it there.
# setup makes a site with the rig's users, an app password for each, and the rig's certificate.
# POSTERN_JAVA_OPTS: of the launcher.  POSTERN_WATCH: watch of the upstream (default never: HAProxy and
# nginx do not look at what they relay either).  POSTERN_WARM: seconds of logins of each kind after each
# start (default 0; 15 before an idle reading, where nobody else warms up).
# POSTERN_SITE: the folder of another site, on the same ports.
# POSTERN_COLLECT=1: pids collects the heap first, so that memory that is read next is what is in use.
set -e
RIG_DIR=$(cd "$(dirname "$0")/.." && pwd); . "$RIG_DIR/lib.sh"
d=$RIG_RUN/postern; b=${POSTERN_BASE:-25000}; mkdir -p "$d"
site=${POSTERN_SITE:-$d/site}
postern=${POSTERN_CHECKOUT:?the folder of the checkout}/postern
# Attaching is what jcmd needs to have the heap collected.
export POSTERN_JAVA_OPTS="${POSTERN_COLLECT:+-XX:-DisableAttachMechanism} ${POSTERN_JAVA_OPTS:-}"
case $1 in
  setup)
    make_cert
    chmod 600 "$KEY"
    umask 077
    [ -d "$d/site" ] || "$postern" init "$d/site" >/dev/null
    cat >"$d/site/postern.yaml" <<YAML
server: { name: localhost }
listeners:
  - { protocol: imap,       bind: "127.0.0.1:$((b + 143))", tls: none }
  - { protocol: imap,       bind: "127.0.0.1:$((b + 993))", tls: implicit }
  - { protocol: pop3,       bind: "127.0.0.1:$((b + 110))", tls: none }
  - { protocol: pop3,       bind: "127.0.0.1:$((b + 995))", tls: implicit }
  - { protocol: submission, bind: "127.0.0.1:$((b + 587))", tls: none }
  - { protocol: submission, bind: "127.0.0.1:$((b + 465))", tls: implicit }
tls: { certificate: "$CERT", private-key: "$KEY" }
upstreams:
  rig:
    imap: "imap://127.0.0.1:$UP_IMAP"
    submission: "submission://127.0.0.1:$UP_SMTP"
    pop3: "pop3://127.0.0.1:$UP_POP3"
    watch: ${POSTERN_WATCH:-never}
    login: { method: master-user, user: master, password: "$RIG_UPPASS", separator: "*" }
store:
  database: "sqlite:postern.db"
  pepper: "\${file:secrets/pepper}"
  sealing-key: "\${file:secrets/sealing-key}"
  integrity-key: "\${file:secrets/integrity-key}"
guard:
  failure-delay: 0s
  before-login: { total: auto }
  per-credential: { logins-per-minute: never }
  sessions: { per-user-and-network: 1000, per-user: 1000, per-credential: 1000 }
  allow: [ "127.0.0.0/8" ]
  throttle: { guesses-per-hour: 1000000, free: 1000000 }
admin: { bind: "127.0.0.1:$((b + 80))" }
YAML
    "$postern" check --config "$d/site/postern.yaml" >/dev/null # and what is not built is
    if [ ! -s "$d/passwords" ]; then
      seq -f "user%.0f@example.test" "$RIG_USERS" >"$d/users"
      "$postern" app-password create --config "$d/site/postern.yaml" --label rig --json \
        --users-from "$d/users" --create-users >"$d/created"
      sed -n 's/.*"password":"\([^"]*\)".*/\1/p' "$d/created" >"$d/passwords"
    fi;;
  start)
    "$postern" serve --config "$site/postern.yaml" >"$d/serve.log" 2>&1 &
    echo $! >"$d/postern.pid" # the launcher becomes the server
    wait_port $((b + 143)) $((b + 993)) || { cat "$d/serve.log" >&2; exit 1; }
    for port in ${POSTERN_WARM:+143 993}; do
      "$RIG_RUN/mailload" imap-login --port $((b + port)) $([ $port = 993 ] && echo --tls) --users "1-$RIG_USERS" \
        --pass-file "$d/passwords" --conns 64 --secs "$POSTERN_WARM" >/dev/null
    done
    "$0" pids;;
  stop) stop_pidfiles "$d/postern.pid";;
  pids)
    [ -s "$d/postern.pid" ] || exit 0
    [ -z "${POSTERN_COLLECT:-}" ] || jcmd "$(cat "$d/postern.pid")" GC.run >/dev/null
    tree $(cat "$d/postern.pid");;
  *) echo "usage: $0 setup|start|stop|pids" >&2; exit 2;;
esac
