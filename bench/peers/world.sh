# world.sh: sourced by the scripts of this folder's parent: a copy of the rig that knows Postern, and a site for it.
# RIG_DIR: the rig (../shared/rig). RIG_RUN: where everything is kept that is made (/tmp/postern-peers);
# POSTERN_* are those of postern.sh. Afterwards $copy is the copy, and $bench our folder.
set -euo pipefail
bench=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
rig=${RIG_DIR:-$bench/../../shared/rig}
[ -x "$rig/run.sh" ] || { echo "no rig at $rig; set RIG_DIR" >&2; exit 2; }
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
