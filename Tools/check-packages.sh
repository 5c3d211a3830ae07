#!/bin/bash
# Tries the Debian package and the tarball in a Debian made for it: `check-packages.sh [SUITE]`, as root.
#
# Without root or debootstrap it says so and does nothing. The packages are those in .build/packages.
set -euo pipefail
cd "$(dirname "$0")/.."
suite="${1:-bookworm}"

skip() {
  echo "check-packages: skipped: $1"
  exit 0
}
[ "$(id -u)" = 0 ] || skip "it needs root"
command -v debootstrap >/dev/null || skip "debootstrap is missing (apt-get install debootstrap)"
deb="$(ls -t .build/packages/*.deb 2>/dev/null | head -1)"
tarball="$(ls -t .build/packages/*.tar.xz 2>/dev/null | head -1)"
[ -n "$deb$tarball" ] || skip "there are no packages; make deb tarball"

if [ -n "$deb" ] && command -v lintian >/dev/null; then
  lintian --fail-on error,warning --profile debian "$deb"
  echo "check-packages: lintian finds nothing"
fi

root="$(mktemp -d)"
# What cannot be unmounted is the machine's own /dev, and must stay.
trap 'umount -q "$root/proc" "$root/dev" 2>/dev/null || true; rm -rf --one-file-system "$root"' EXIT
debootstrap --variant=minbase --include=ca-certificates "$suite" "$root" > "$root.log" 2>&1 || {
  tail -3 "$root.log" >&2
  skip "debootstrap found no mirror"
}
rm -f "$root.log"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
cp /etc/resolv.conf "$root/etc/" 2>/dev/null || true
cp -r /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/" 2>/dev/null || true

inside() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
  chroot "$root" "$@"; }
try() { # $1: the program
  inside sh -ec "cd /tmp; rm -f new.*
    ! command -v swift
    $1 --version
    $1 models > /dev/null
    $1 generate -m folk --length 8bars --seed 1 -o new.mid
    $1 info new.mid > /dev/null
    $1 train new.mid --valid 0 --steps 2 --hidden 8 --layers 1 -o new.safetensors > /dev/null
    $1 generate -m folk --length 4s --seed 1 -o new.wav
    test -s new.mid -a -s new.wav -a -s new.safetensors"
}
inside apt-get -qq update
if [ -n "$deb" ]; then
  cp "$deb" "$root/tmp/musegen.deb"
  inside apt-get -qq install -y /tmp/musegen.deb > /dev/null
  try musegen
  inside sh -ec 'test -s /usr/share/man/man1/musegen-train.1.gz
    test -s /usr/share/bash-completion/completions/musegen'
  inside apt-get -qq purge -y musegen > /dev/null
  left="$(inside sh -c 'ls -d /usr/bin/musegen /usr/share/musegen /usr/share/doc/musegen 2>/dev/null' || true)"
  [ -z "$left" ] || { echo "check-packages: left behind: $left" >&2; exit 1; }
  echo "check-packages: $deb is installed, works and goes again"
fi
if [ -n "$tarball" ]; then
  tar -xJf "$tarball" -C "$root/opt"
  # The libraries that INSTALL names.
  inside sh -c 'sed -n "s/^  apt-get install //p" /opt/musegen-*/INSTALL | xargs apt-get -qq install -y' > /dev/null
  try "$(cd "$root" && echo /opt/musegen-*/bin/musegen)"
  echo "check-packages: $tarball works where it is unpacked"
fi
