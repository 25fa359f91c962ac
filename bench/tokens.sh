#!/bin/bash
# tokens.sh storm|warm|logins [ROUNDS] : what logins with access tokens cost.
#   storm    500 users whose tokens have run out log in at once, at a provider of 300 ms; on SQLite and PostgreSQL
#   warm     10,000 consents that nobody used for a month; ROUNDS is minutes of a node by itself (5)
#   logins   a login with a token at hand beside a master user's, two Posterns in turns, by the rig
# The first two need bench built (README.md). What can be set by variables: peers/world.sh; SECONDS_EACH (4).
set -euo pipefail
bench=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
case ${1:-} in
  storm)
    for database in sqlite postgres; do
      echo "$database"
      java -Xmx1g --enable-native-access=ALL-UNNAMED -Drounds="${2:-3}" -cp "$bench/target/classes:$bench/target/lib/*" \
        dev.postern.bench.TokenStorm "$database"
    done
    exit ;;
  warm)
    exec java -Xmx1g --enable-native-access=ALL-UNNAMED -cp "$bench/target/classes:$bench/target/lib/*" \
      dev.postern.store.sql.IdleConsentsPace "${2:-5}" ;;
  logins) ;;
  *) sed -n '2,6p' "$0" >&2; exit 2 ;;
esac

rounds=${2:-3} seconds=${SECONDS_EACH:-4} connections=64
. "$bench/peers/world.sh"
RIG_DIR=$copy
. "$copy/lib.sh"
build mailload "$copy/mailload.c" -lssl -lcrypto
token_port=$((POSTERN_BASE + 4999))
hz=$(getconf CLK_TCK)

# A provider that gives everybody the same token of an hour, which the stub takes: it is the master's password.
python3 - "$token_port" "$RIG_UPPASS" <<'PYTHON' &
import http.server
import json
import sys


class Provider(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.dumps({"access_token": sys.argv[2], "token_type": "Bearer", "expires_in": 3600}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Provider).serve_forever()
PYTHON
provider=$!

# The same users and passwords in two sites, of which the second logs in with a token.
offset() { [ "$1" = master ] && echo 0 || echo 2000; }
site() { echo "$RIG_RUN/$1/site"; }
postern() { # LOGIN COMMAND
  local folder=$RIG_RUN/$1 base=$((POSTERN_BASE + $(offset "$1")))
  RIG_RUN=$folder POSTERN_BASE=$base POSTERN_SITE=$folder/site "$copy/peers/postern.sh" "$2"
}
stop() {
  for login in master token; do postern "$login" stop; done
  kill $provider
}
[ -n "$("$copy/upstream/stub.sh" pids 2>/dev/null)" ] || "$copy/upstream/stub.sh" start >/dev/null
for login in master token; do
  rm -rf "${RIG_RUN:?}/$login"
  mkdir -p "$RIG_RUN/$login/postern"
  cp -r "$RIG_RUN/postern/site" "$(site "$login")"
  awk -v by="$(offset "$login")" '{
      if (match($0, /bind: "127\.0\.0\.1:[0-9]+/)) {
        port = substr($0, RSTART + 17, RLENGTH - 17)
        $0 = substr($0, 1, RSTART + 16) port + by substr($0, RSTART + RLENGTH)
      }
      print
    }' "$RIG_RUN/postern/site/postern.yaml" >"$(site "$login")/postern.yaml"
done
sed -i "s#^    login: {.*#    login: { method: oauth2, flow: client-credentials, client-id: postern, client-secret: bench, scopes: [ mail ], \
token-endpoint: \"http://127.0.0.1:$token_port/token\", mechanism: xoauth2 }#" "$(site token)/postern.yaml"
trap stop EXIT
for login in master token; do postern "$login" start >/dev/null; done

run() { # LOGIN MODE OFFSET SECONDS
  "$RIG_RUN/mailload" "$2" --port $((POSTERN_BASE + $(offset "$1") + $3)) --users "1-$RIG_USERS" \
    --pass-file "$RIG_RUN/postern/passwords" --conns $connections --secs "$4"
}
for workload in imap-login:143 smtp-login:587 pop3-login:110; do
  for login in master token; do run "$login" "${workload%:*}" "${workload#*:}" $((3 * seconds)) >/dev/null; done
  for round in $(seq "$rounds"); do
    for login in master token; do
      pid=$(cat "$RIG_RUN/$login/postern/postern.pid")
      before=$(cpu $pid)
      line=$(run "$login" "${workload%:*}" "${workload#*:}" "$seconds")
      echo "$line $before $(cpu $pid)" | awk -v hz="$hz" -v what="${workload%:*} $login" '{
        for (i = 1; i <= NF; i++) { split($i, cell, "="); value[cell[1]] = cell[2] }
        printf "%s p50_us=%s p99_us=%s cpu_s_per_1000=%.3f ok=%s fail=%s\n", what, value["login_p50_us"], value["login_p99_us"],
          ($NF - $(NF - 1)) * 1000 / hz / value["ok"], value["ok"], value["fail"] }'
    done
  done
done
