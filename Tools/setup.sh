#!/bin/sh
# Installs the Debian packages that musegen needs and that are missing: `setup.sh build|install|test|studio-test|midi`.
# Does nothing, and asks nothing of the network, when nothing is missing.
set -eu

libraries="libasound2-dev libfluidsynth-dev libdnnl-dev libsndfile1-dev libcurl4-openssl-dev"
libraries="$libraries libarchive-dev libxml2-dev ca-certificates pkg-config"
# What MPI=1 adds, or MPI=mpich; the Makefile says which in MUSEGEN_MPI. One that pkg-config finds needs no other: a
# Debian whose own is MPICH, or a cluster with an MPI that nobody installed as a package.
if [ -n "${MUSEGEN_MPI:-}" ] && ! pkg-config --exists "$MUSEGEN_MPI" 2>/dev/null; then
  case "$MUSEGEN_MPI" in
    mpich) libraries="$libraries libmpich-dev mpich" ;;
    *) libraries="$libraries libopenmpi-dev openmpi-bin" ;;
  esac
fi
case "${1:-build}" in
  build) packages="$libraries" ;;
  install) packages="$libraries python3" ;;
  test) packages="$libraries python3 abcmidi pulseaudio pulseaudio-utils libasound2-plugins sox" ;;
  studio-test) packages="chromium chromium-driver python3-selenium python3-pip" ;;
  midi) packages="abcmidi" ;;
  *) echo "setup.sh: unknown purpose '$1'; use build, install, test, studio-test or midi" >&2; exit 64 ;;
esac

if ! command -v "${SWIFT:-swift}" >/dev/null 2>&1; then
  echo "setup.sh: swift is missing; install Swift 6.2 or later from https://www.swift.org/install" >&2
  exit 69
fi

if ! command -v dpkg-query >/dev/null 2>&1; then
  # Not a Debian: say what is needed, and let the build tell whether it is there.
  echo "setup.sh: no dpkg here; musegen needs the development files of ALSA, FluidSynth 2, oneDNN," >&2
  echo "setup.sh: libsndfile, libcurl, libarchive and libxml2, and a SoundFont; going on in case they" >&2
  echo "setup.sh: are there" >&2
  exit 0
fi

installed() {
  dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed
}

has_soundfont() {
  [ -e "${MUSEGEN_SOUNDFONT:-/nowhere}" ] && return 0
  for folder in soundfonts "${XDG_DATA_HOME:-$HOME/.local/share}/soundfonts" \
    /usr/share/sounds/sf2 /usr/share/sounds/sf3 /usr/share/soundfonts; do
    for file in "$folder"/*.sf2 "$folder"/*.sf3; do [ -e "$file" ] && return 0; done
  done
  return 1
}

missing=""
for package in $packages; do installed "$package" || missing="$missing $package"; done
case "${1:-build}" in build | install | test) has_soundfont || missing="$missing timgm6mb-soundfont" ;; esac

# A JACK server, for the tests that need one and are skipped without: JACK 1 or 2, as FluidSynth's library has it.
wants_jack() {
  [ "${1:-build}" = test ] && ! command -v jackd >/dev/null 2>&1
}
[ -n "$missing" ] || wants_jack "$@" || exit 0

if [ "$(id -u)" = 0 ]; then
  as_root=""
elif command -v sudo >/dev/null 2>&1; then
  as_root="sudo"
else
  echo "setup.sh: missing:$missing; install them as root: apt-get install$missing" >&2
  exit 69
fi
export DEBIAN_FRONTEND=noninteractive
if [ -n "$missing" ]; then
  echo "setup.sh: installing$missing"
  # shellcheck disable=SC2086
  $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1 || {
    # The package lists may never have been fetched, or be old.
    $as_root apt-get update -qq
    $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
  }
fi
if wants_jack "$@"; then
  if installed libjack0; then server=jackd1; else server=jackd2; fi
  $as_root apt-get install -y -qq --no-install-recommends "$server" >/dev/null 2>&1 ||
    echo "setup.sh: no $server can be installed; the tests of JACK are skipped" >&2
fi
