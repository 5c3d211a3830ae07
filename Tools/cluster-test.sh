#!/bin/sh
# Trains with several processes over MPI, and holds them to what one process does: `cluster-test.sh MUSEGEN [KILLS]`.
# MUSEGEN is built with MPI. Processes are killed at as many random moments; 3 where nobody says another number.
set -eu
cd "$(dirname "$0")/.."
musegen=$(realpath "$1")
cluster=$(realpath Tools/virtual-cluster.sh)
kills=${2:-3}
midi=$(realpath midi)

launcher=${MPIRUN:-mpirun}
# Where Debian has both, mpirun is that of the system's own, and make says in MUSEGEN_MPI which was built with.
case "${MUSEGEN_MPI:-}" in
  mpich) own=mpirun.mpich ;;
  ompi-c) own=mpirun.openmpi ;;
  *) own="" ;;
esac
if [ -z "${MPIRUN:-}" ] && [ -n "$own" ] && command -v "$own" >/dev/null 2>&1; then launcher=$own; fi
export MPIRUN="$launcher"
if ! command -v "$launcher" >/dev/null 2>&1; then
  echo "cluster-test.sh: no $launcher; install openmpi-bin or mpich, or name one in MPIRUN" >&2
  exit 69
fi
options=""
open_mpi=""
if "$launcher" --version 2>&1 | grep -q 'Open MPI\|OpenRTE'; then
  open_mpi=yes
  options="--oversubscribe --bind-to none"
  [ "$(id -u)" = 0 ] && options="--allow-run-as-root $options"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"; [ "$(id -u)" != 0 ] || "$cluster" down 2>/dev/null || true' EXIT
cd "$work"
mkdir music
cp "$midi"/*.mid music/
music=$work/music
# Some launchers give the first process a terminal, on which lines are wrapped.
export TERM=dumb
failures=0
fail() {
  echo "FAILED: $1" >&2
  failures=$((failures + 1))
}
alone() { "$musegen" "$@"; }
together() {
  count=$1
  shift
  # shellcheck disable=SC2086
  "$launcher" $options -n "$count" "$musegen" "$@"
}
network="--layers 2 --hidden 24 --embedding 12 --batch 12 --window 32 --shards 4 --precision f32 --threads 1"
small="--layers 1 --hidden 2 --embedding 1 --batch 4 --window 8 --shards 4 --precision f32 --threads 1 --recall none"

# shellcheck disable=SC2086
{
  # The bytes of one process, on any number of ranks.
  alone train "$music" $network --steps 30 --run alone -o alone.safetensors >alone.txt
  for count in 2 3 4; do
    together $count train "$music" $network --steps 30 --run "run$count" -o "$count.safetensors" >"$count.txt" 2>&1 ||
      fail "$count ranks: $(tail -1 "$count.txt")"
    cmp alone.safetensors "$count.safetensors" || fail "the model of $count ranks is another"
    [ "$(grep -c 'is written' "$count.txt")" = 1 ] || fail "$count ranks did not print as one"
  done

  # A run goes on, on another number of ranks, to the same bytes; also where a rank is killed at any moment.
  alone train "$music" $network --steps 400 --save-every 5 --run whole -o whole.safetensors >whole.txt
  for kill in $(seq "$kills"); do
    run="killed$kill"
    together 3 train "$music" $network --steps 400 --save-every 5 --run "$run" -o "$run.safetensors" \
      >"$run.txt" 2>&1 &
    launched=$!
    for _ in $(seq 300); do
      [ -e "$run/metrics.jsonl" ] && ls "$run" | grep -q checkpoint && break
      sleep 0.1
    done
    sleep "$(awk -v seed="$$$kill" 'BEGIN { srand(seed); printf "%.2f", rand() * 2 }')"
    victim=$(pgrep -f "^$musegen train .*$run.safetensors" | awk -v seed="$$$kill" \
      '{ all[NR] = $1 } END { srand(seed + 1); if (NR) print all[1 + int(rand() * NR)] }')
    [ -n "$victim" ] && kill -KILL "$victim" 2>/dev/null || true
    begun=$(date +%s)
    wait "$launched" && [ -n "$victim" ] && [ ! -e "$run/finished.json" ] && fail "$run: a killed rank is no failure"
    [ $(($(date +%s) - begun)) -le 20 ] || fail "$run: the others took longer than 20 s to end"
    if [ ! -e "$run/finished.json" ]; then
      together 2 train --resume "$run" >"$run-on.txt" 2>&1 || fail "$run: $(tail -1 "$run-on.txt")"
    fi
    cmp whole.safetensors "$run.safetensors" || fail "$run: the model is another after it went on"
  done

  # A machine whose link is cut is named within seconds, and all end; the run goes on with those that are left.
  if [ "$(id -u)" = 0 ] && [ -n "$open_mpi" ] && "$cluster" up 3 2>/dev/null; then
    "$cluster" run -n 3 "$musegen" train "$music" $network --steps 400 --save-every 5 --run cut -o cut.safetensors \
      >cut.txt 2>&1 &
    launched=$!
    for _ in $(seq 600); do
      [ -d cut ] && ls cut | grep -q checkpoint && break
      sleep 0.1
    done
    if [ ! -e cut/finished.json ]; then
      "$cluster" cut 2
      for _ in $(seq 30); do
        pgrep -f "^$musegen train .*-o cut.safetensors" >/dev/null || break
        sleep 1
      done
      ! pgrep -f "^$musegen train .*-o cut.safetensors" >/dev/null || fail "a link is cut: ranks still run after 30 s"
      # The launcher waits for its own daemon there.
      kill "$launched" 2>/dev/null || true
      wait "$launched" || true
      grep -q '^musegen: rank 2 did not answer.*go on with' cut.txt || fail "a link is cut: $(grep musegen: cut.txt)"
      together 2 train --resume cut >cut-on.txt 2>&1 || fail "cut: $(tail -1 cut-on.txt)"
    fi
    cmp whole.safetensors cut.safetensors || fail "the model is another after a link was cut"
    "$cluster" down
  else
    echo "cluster-test.sh: no network namespaces here (root, iproute2, Open MPI): no link is cut"
  fi

  # Steps of several windows, and ranks that step by themselves.
  alone train "$music" $network --accumulate 3 --steps 20 --run several -o several.safetensors >several.txt
  together 2 train "$music" $network --accumulate 3 --steps 20 --run several2 -o several2.safetensors >several2.txt 2>&1 ||
    fail "several windows: $(tail -1 several2.txt)"
  cmp several.safetensors several2.safetensors || fail "the model of steps of several windows is another"
  for turn in 1 2; do
    together 2 train "$music" $network --local-steps 4 --steps 30 --run "apart$turn" -o "apart$turn.safetensors" \
      >"apart$turn.txt" 2>&1 || fail "steps apart: $(tail -1 "apart$turn.txt")"
  done
  cmp apart1.safetensors apart2.safetensors || fail "ranks that step by themselves come to another model each time"

  # A host that nobody knows ends the launcher before anything is begun.
  if [ -n "$open_mpi" ]; then
    echo "nosuch.invalid slots=2" >hosts
    code=0
    "$launcher" $options --hostfile hosts -n 2 "$musegen" train "$music" $network --steps 3 --run lost -o lost.safetensors \
      >lost.txt 2>&1 || code=$?
    [ "$code" != 0 ] && [ ! -e lost ] && grep -q nosuch lost.txt || fail "a host of a wrong name: $code"
  fi

  # A disk that is full where the first rank writes ends all, and the run goes on from its last checkpoint.
  together 2 train "$music" $small --steps 4000 --save-every 20 --run full -o full.safetensors >full.txt 2>&1 &
  launched=$!
  for _ in $(seq 300); do
    [ -d full ] && ls full | grep -q checkpoint && break
    sleep 0.1
  done
  # The log outgrows this soon, and a checkpoint does not.
  for process in $(pgrep -f "^$musegen train .*-o full.safetensors"); do prlimit --pid "$process" --fsize=150000; done
  code=0
  wait "$launched" || code=$?
  [ "$code" = 74 ] && [ "$(grep -c '^musegen: .*go on with' full.txt)" = 1 ] ||
    fail "a full disk: $code, $(grep musegen full.txt)"
  together 3 train --resume full >full-on.txt 2>&1 || fail "full: $(tail -1 full-on.txt)"
  alone train "$music" $small --steps 4000 --run small -o small.safetensors >small.txt
  cmp small.safetensors full.safetensors || fail "the model is another after a full disk"

  # Ranks that do not fit each other end with one line of musegen's and its exit code.
  refused() {
    expected=$1
    pattern=$2
    shift 2
    code=0
    together 2 "$@" >refused.txt 2>&1 || code=$?
    [ "$code" = "$expected" ] || fail "exit code $code, expected $expected: $*"
    [ "$(grep -c '^musegen: ' refused.txt)" = 1 ] && grep -q "^musegen: .*$pattern" refused.txt ||
      fail "no line of $pattern: $(grep musegen refused.txt)"
  }
  refused 64 'start fewer' train "$music" $network --batch 1 --shards 1 --steps 3 --run few -o few.safetensors
  refused 66 'found nothing' train nosuch $network --steps 3 --run none -o none.safetensors
  refused 73 'holds another run' train "$music" $network --steps 3 --run alone -o other.safetensors
  cat >other.sh <<SCRIPT
#!/bin/sh
# The second rank has one piece less.
rank=\${OMPI_COMM_WORLD_RANK:-\$PMI_RANK}
cd part\$rank && exec "$musegen" train music $network --steps 3 --run ../differ -o ../differ.safetensors
SCRIPT
  chmod +x other.sh
  for rank in 0 1; do mkdir -p part$rank/music && cp "$music"/*.mid part$rank/music/; done
  rm "part1/music/$(ls part1/music | head -1)"
  code=0
  "$launcher" $options -n 2 ./other.sh >differ.txt 2>&1 || code=$?
  [ "$code" = 65 ] && [ "$(grep -c '^musegen: rank 1 .*music of digest' differ.txt)" = 1 ] ||
    fail "other music on one rank: $code, $(grep musegen differ.txt)"
}
[ "$failures" = 0 ] && echo "cluster-test.sh: all as expected, with $kills killed" || exit 1
