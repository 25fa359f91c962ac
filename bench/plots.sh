#!/bin/bash
# plots.sh sessions|users [FOLDER] : what more of them cost, as text and as FOLDER/sessions.png or users.png
# (default: plots in this folder). Needs gnuplot. What can be set by variables: peers/world.sh.
#   sessions   100 to 9,000 idle sessions over TLS: growth of memory, and CPU of a login beside them
#   users      1,000 to 1,000,000 users in the store: CPU of a login of 1,000 of them, and of all in turn
. "$(dirname "${BASH_SOURCE[0]}")/peers/world.sh"
out=${2:-$bench/plots}
mkdir -p "$out"
RIG_DIR=$copy
. "$copy/lib.sh"
build mailload "$copy/mailload.c" -lssl -lcrypto
export POSTERN_COLLECT=1 # the heap is collected before memory is read
hz=$(getconf CLK_TCK)

port() { # TARGET OFFSET
  local base=${1^^}_BASE
  echo $((${!base} + $2))
}
load() { # TARGET OFFSET MODE ARGUMENTS
  local target=$1 offset=$2 mode=$3 password="--pass $RIG_PASS"
  shift 3
  [ "$target" != postern ] || password="--pass-file $POSTERN_PASSWORDS"
  "$RIG_RUN/mailload" "$mode" --port "$(port "$target" "$offset")" $([ "$offset" = 143 ] || echo --tls) --mss "$RIG_MSS" $password "$@"
}
milliseconds() { # TARGET ARGUMENTS : CPU of a login in clear, median of three
  local target=$1 pids before round line
  shift
  pids=$("$copy/peers/$target.sh" pids)
  for round in 1 2 3; do
    before=$(cpu $pids)
    line=$(load "$target" 143 imap-login --conns 64 --secs 3 "$@")
    echo "$line $before $(cpu $pids)" | awk -v hz="$hz" '{ match($0, / ok=[0-9]+/); n = substr($0, RSTART + 4, RLENGTH - 4); printf "%.3f\n", ($NF - $(NF - 1)) * 1000 / hz / n }'
  done | sort -n | sed -n 2p
}
sum() { mem $("$copy/peers/$1.sh" pids) | cut -d' ' -f2; } # KiB, proportional
draw() { # NAME XLABEL PLOTS
  gnuplot <<GNUPLOT
set terminal png size 900,420 font ",11"
set output "$out/$1.png"
set logscale x; set xlabel "$2"; set grid; set key left top; set yrange [0:*]
set multiplot layout 1,2
$3
unset multiplot
GNUPLOT
}

[ -n "$("$copy/upstream/stub.sh" pids 2>/dev/null)" ] || "$copy/upstream/stub.sh" start >/dev/null
trap '"$copy/peers/postern.sh" stop; "$copy/peers/nginx.sh" stop' EXIT
case ${1:-} in
  sessions)
    export POSTERN_PASSWORDS=$RIG_RUN/postern/passwords POSTERN_WARM=15
    echo "# sessions, MB of growth, ms of CPU of a login beside them: Postern, the same for nginx" | tee "$out/sessions.txt"
    for count in 100 300 1000 3000 9000; do
      row=$count
      for target in postern nginx; do
        "$copy/peers/$target.sh" start >/dev/null
        load "$target" 143 imap-login --conns 8 --count 500 --users "1-$RIG_USERS" >/dev/null
        before=$(sum "$target")
        rm -f "$RIG_RUN/hold"
        mkfifo "$RIG_RUN/hold"
        load "$target" 993 idle --conns "$count" --users "1-$RIG_USERS" <"$RIG_RUN/hold" >"$RIG_RUN/held" &
        holder=$!
        exec 9>"$RIG_RUN/hold"
        until grep -q READY "$RIG_RUN/held"; do kill -0 $holder; sleep 0.5; done
        sleep 3
        after=$(sum "$target")
        row="$row $(awk -v a="$before" -v b="$after" 'BEGIN { printf "%.1f", (b - a) / 1024 }') $(milliseconds "$target" --users "1-$RIG_USERS")"
        exec 9>&-
        wait $holder || true
        "$copy/peers/$target.sh" stop
      done
      echo "$row" | tee -a "$out/sessions.txt"
    done
    draw sessions "idle IMAP sessions over TLS" "
set ylabel 'MB of growth'; plot '$out/sessions.txt' using 1:2 with linespoints title 'Postern', '' using 1:4 with linespoints title 'nginx'
set ylabel 'ms of CPU of a login beside them'; plot '$out/sessions.txt' using 1:3 with linespoints title 'Postern', '' using 1:5 with linespoints title 'nginx'" ;;
  users)
    echo "# users, ms of CPU of a login: of 1,000 of them, of all of them (100,000 at most) in turn; MB of the process then" | tee "$out/users.txt"
    for count in 1000 10000 100000 1000000; do
      # A site of its own: the same configuration, so many users.
      site=$RIG_RUN/users-$count
      if [ ! -s "$site/passwords" ]; then
        rm -rf "$site"
        "$POSTERN_CHECKOUT/postern" init "$site" >/dev/null
        cp "$RIG_RUN/postern/site/postern.yaml" "$site/postern.yaml"
        seq -f "user%.0f@example.test" "$count" >"$site/users"
        (umask 077; "$POSTERN_CHECKOUT/postern" app-password create --config "$site/postern.yaml" --label rig --json --users-from "$site/users" \
          --create-users | sed -n 's/.*"password":"\([^"]*\)".*/\1/p' >"$site/passwords")
      fi
      export POSTERN_PASSWORDS=$site/passwords POSTERN_SITE=$site
      "$copy/peers/postern.sh" start >/dev/null
      load postern 143 imap-login --conns 64 --secs 20 --users 1-1000 >/dev/null
      some=$(milliseconds postern --users 1-1000)
      all=$(milliseconds postern --users "1-$((count < 100000 ? count : 100000))")
      echo "$count $some $all $(($(sum postern) / 1024))" | tee -a "$out/users.txt"
      "$copy/peers/postern.sh" stop
    done
    draw users "users in the store" "
set ylabel 'ms of CPU of a login'; plot '$out/users.txt' using 1:2 with linespoints title 'of 1,000 users', '' using 1:3 with linespoints title 'of all in turn'
set ylabel 'MB of the process'; plot '$out/users.txt' using 1:4 with linespoints title 'Postern'" ;;
  *) sed -n '2,5p' "$0" >&2; exit 2 ;;
esac
