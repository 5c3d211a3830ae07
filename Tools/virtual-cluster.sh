#!/bin/sh
# Machines that are network namespaces of this one, on a switch of their own; needs root, iproute2 and Open MPI.
#
#     virtual-cluster.sh up COUNT [RATE]        makes them, each on a link of RATE such as 1gbit or 200mbit
#     virtual-cluster.sh run MPIRUN-ARGUMENTS   starts processes by mpirun, in turn on each machine
#     virtual-cluster.sh cut NUMBER             cuts a machine's link, counted from 0
#     virtual-cluster.sh down                   takes all away
#
# Processes on them see each other over TCP alone. A link's rate is held by tbf, as netem is not in every kernel;
# MUSEGEN_MPI_DELAY=100 (microseconds) adds a latency in musegen itself.
set -eu
name=musegen
subnet=10.83.7
self=$(realpath "$0")

machines() { ip netns list | sed -n "s/^\($name[0-9][0-9]*\).*/\1/p" | sort -V; }

case ${1:-} in
up)
  count=$2
  rate=${3:-}
  "$self" down
  ip link add "$name" type bridge
  ip address add $subnet.254/24 dev "$name"
  ip link set "$name" up
  for number in $(seq 0 $((count - 1))); do
    machine=$name$number
    ip netns add "$machine"
    ip link add "$machine" type veth peer name eth0 netns "$machine"
    ip link set "$machine" master "$name" up
    ip -n "$machine" address add $subnet.$((number + 1))/24 dev eth0
    ip -n "$machine" link set eth0 up
    ip -n "$machine" link set lo up
    if [ -n "$rate" ]; then
      # Packets of one frame each, as the bucket holds no more than it passes in a moment.
      ip netns exec "$machine" tc qdisc add dev eth0 root tbf rate "$rate" burst 256kb latency 200ms
      tc qdisc add dev "$machine" root tbf rate "$rate" burst 256kb latency 200ms
    fi
  done
  ;;
agent)
  # What mpirun calls instead of ssh: an address, and what to run there.
  number=$((${2##*.} - 1))
  shift 2
  exec ip netns exec "$name$number" unshare --uts sh -c "hostname $name$number; $*"
  ;;
run)
  shift
  hosts=$(machines | sed "s/^$name//" | while read -r number; do echo "$subnet.$((number + 1)):64"; done | paste -sd,)
  [ -n "$hosts" ] || { echo "virtual-cluster.sh: no machines; make some with up" >&2; exit 69; }
  exec "${MPIRUN:-mpirun}" --allow-run-as-root --host "$hosts" --map-by node --bind-to none \
    --mca plm_rsh_agent "$self agent" --mca btl tcp,self \
    --mca btl_tcp_if_include $subnet.0/24 --mca oob_tcp_if_include $subnet.0/24 "$@"
  ;;
cut) ip -n "$name$2" link set eth0 down ;;
down)
  for machine in $(machines); do
    ip netns delete "$machine"
    ip link delete "$machine" 2>/dev/null || true
  done
  ip link delete "$name" 2>/dev/null || true
  ;;
*)
  sed -n '2,10s/^# \{0,1\}//p' "$0" >&2
  exit 64
  ;;
esac
