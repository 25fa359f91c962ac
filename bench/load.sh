#!/bin/bash
# load.sh half|beside [ROUNDS] : the rows that the rig's closed loop cannot drive, nginx and Postern in turns.
#   half     latency of logins, in clear and over TLS, at half the rate at which nginx is at its end
#   beside   logins a second beside 1,000 sessions that fetch 50 MB/s together, against alone
# Needs bench built (README.md). What can be set by variables: peers/world.sh; SECONDS_EACH (30).
. "$(dirname "${BASH_SOURCE[0]}")/peers/world.sh"
rounds=${2:-3} seconds=${SECONDS_EACH:-30} targets="nginx postern"
RIG_DIR=$copy
. "$copy/lib.sh"
build mailload "$copy/mailload.c" -lssl -lcrypto
passwords=$RIG_RUN/postern/passwords
plain=$RIG_RUN/secrets # line N is the password of user N at the peers
yes "$RIG_PASS" | head -n "$RIG_USERS" >"$plain" || true

port() { # TARGET imap|imaps
  local base=${1^^}_BASE
  echo $((${!base} + $([ "$2" = imap ] && echo 143 || echo 993)))
}
passfile() { [ "$1" = postern ] && echo "$passwords" || echo "$plain"; }
closed() { # TARGET imap|imaps SECONDS : logins a second of a closed loop
  "$RIG_RUN/mailload" imap-login --port "$(port "$1" "$2")" $([ "$2" = imap ] || echo --tls) --mss "$RIG_MSS" \
    --users "1-$RIG_USERS" --pass-file "$(passfile "$1")" --conns 64 --secs "$3" | tr ' ' '\n' | sed -n 's/^rate=//p'
}
open() { # TARGET imap|imaps MODE -Doption...
  local target=$1 kind=$2 mode=$3
  shift 3
  java -Xmx1g --enable-native-access=ALL-UNNAMED -cp "$bench/target/classes:$bench/target/lib/*" -Dtls=$([ "$kind" = imap ] && echo false || echo true) \
    -Dpasswords="$(passfile "$target")" "$@" dev.postern.bench.OpenLoop "$mode" "$(port "$target" "$kind")"
}

[ -n "$("$copy/upstream/stub.sh" pids 2>/dev/null)" ] || "$copy/upstream/stub.sh" start >/dev/null
stop() { for target in $targets; do "$copy/peers/$target.sh" stop; done; }
trap stop EXIT
for target in $targets; do
  "$copy/peers/$target.sh" start >/dev/null
  for kind in imap imaps; do closed "$target" "$kind" "$([ "$target" = postern ] && echo 30 || echo 3)" >/dev/null; done
done

case ${1:-} in
  half)
    for kind in imap imaps; do
      rate=$(closed nginx "$kind" 5)
      rate=$((${rate%.*} / 2))
      for round in $(seq "$rounds"); do
        for target in $targets; do
          echo "$kind rate=$rate $target $(open "$target" "$kind" logins -Drate="$rate" -Dseconds="$seconds")"
        done
      done
    done ;;
  beside)
    for round in $(seq "$rounds"); do
      for target in $targets; do
        alone=$(closed "$target" imap "$seconds")
        open "$target" imap fetches -Dsessions=1000 -Dbytes=50000 -Dseconds=$((seconds + 10)) >"$RIG_RUN/fetches" &
        fetches=$!
        until grep -q READY "$RIG_RUN/fetches"; do kill -0 $fetches; sleep 0.5; done
        sleep 3
        echo "$target alone=$alone beside=$(closed "$target" imap "$seconds")"
        wait $fetches
        sed -n '$p' "$RIG_RUN/fetches"
      done
    done ;;
  *) sed -n '2,5p' "$0" >&2; exit 2 ;;
esac
