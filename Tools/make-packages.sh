#!/bin/bash
# Packages what `make install` installs: `make-packages.sh deb|tarball`, called by make with MAKE, SWIFT and MUSEGEN set.
#
# Both are in .build/packages. Two builds of one source by one toolchain give the same bytes, which depend on
# SOURCE_DATE_EPOCH alone besides, by default the time of the last commit.
set -euo pipefail
cd "$(dirname "$0")/.."

kind="${1:-deb}"
SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 1767225600)}"
export SOURCE_DATE_EPOCH LC_ALL=C.UTF-8 TZ=UTC
packages=.build/packages
stage="$packages/$kind"
rm -rf "$stage"
mkdir -p "$stage"
umask 022

missing() {
  echo "make-packages.sh: $1 is missing; install it: apt-get install $2" >&2
  exit 69
}

# The Debian packages whose libraries the command is linked with: `libasound2 (>= 1.0.16), …`.
dependencies() {
  local work="$packages/shlibdeps" program="$PWD/${1#"$PWD/"}" found
  rm -rf "$work"
  mkdir -p "$work/debian"
  printf 'Source: musegen\n\nPackage: musegen\nArchitecture: any\n' > "$work/debian/control"
  # It would rather have the program installed already.
  found="$(cd "$work" && dpkg-shlibdeps -O "$program" 2> >(grep -v "warning:" >&2))"
  rm -rf "$work"
  echo "${found#shlibs:Depends=}"
}

# Swift's compiler orders a few instructions by where its own data lie and by how it hashes, which must not be left to
# chance, nor to which of its threads is the first.
export SWIFT_DETERMINISTIC_HASHING=1
still=(setarch --addr-no-randomize)
"${still[@]}" true 2>/dev/null || {
  echo "make-packages.sh: setarch cannot keep addresses still here; another build may differ in a few instructions" >&2
  still=()
}

# Clears the hashes of a program by which the compiler knows what it need not compile again, which are others in each build,
# and names the build by what is left.
name_by_content() { # $1: the program
  local work; work="$(mktemp -d)"
  objcopy --dump-section .swift_modhash="$work/hashes" --dump-section .note.gnu.build-id="$work/note" "$1"
  head -c "$(stat -c %s "$work/hashes")" /dev/zero > "$work/none"
  # A note is 16 bytes, of which the last four are GNU, and a name of 20.
  { head -c 16 "$work/note"; head -c 20 /dev/zero; } > "$work/unnamed"
  objcopy --update-section .swift_modhash="$work/none" --update-section .note.gnu.build-id="$work/unnamed" "$1"
  { head -c 16 "$work/note"; printf "$(sha1sum < "$1" | cut -c 1-40 | sed 's/../\\x&/g')"; } > "$work/named"
  objcopy --update-section .note.gnu.build-id="$work/named" "$1"
  rm -rf "$work"
}

# Builds and installs: the folder, and where in it.
install() {
  "${still[@]}" "$MAKE" --no-print-directory install SWIFT="$SWIFT" MUSEGEN="$MUSEGEN" \
    DESTDIR="$1" PREFIX="$2" INSTALL_FLAGS="-Xswiftc -num-threads -Xswiftc 1"
  name_by_content "$1$2/bin/musegen"
  version="$("$MUSEGEN" --version)"
}

# Every file's time is that of the source.
settle() {
  find "$1" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
}

case "$kind" in
deb)
  command -v dpkg-deb >/dev/null || missing dpkg-deb dpkg
  root="$stage/root"
  command -v dpkg-shlibdeps >/dev/null || missing dpkg-shlibdeps dpkg-dev
  install "$PWD/$root" /usr
  doc="$root/usr/share/doc/musegen"
  mkdir -p "$doc" "$root/DEBIAN"
  # Debian has the text of that licence in one place for all.
  rm -f "$root/usr/share/musegen/models/GPL-3.0.txt"
  mv "$root/usr/share/musegen/models/MODELS.md" "$doc/"
  cp README.md Documentation/Guide.md "$doc/"
  gzip -9n "$root"/usr/share/man/man1/*.1
  # Completions are read by a shell that runs already, and Debian's zsh looks elsewhere.
  sed -i '1{/^#!/d}' "$root/usr/share/bash-completion/completions/musegen"
  mkdir -p "$root/usr/share/zsh/vendor-completions"
  mv "$root/usr/share/zsh/site-functions/_musegen" "$root/usr/share/zsh/vendor-completions/"
  rmdir "$root/usr/share/zsh/site-functions"
  maintainer="${DEBFULLNAME:-The musegen authors} <${DEBEMAIL:-nobody@musegen.invalid}>"
  {
    echo "musegen ($version) unstable; urgency=medium"
    echo
    echo "  * Version $version; what is new stands in the project's CHANGELOG.md."
    echo
    echo " -- $maintainer  $(date --rfc-email --date="@$SOURCE_DATE_EPOCH")"
  } | gzip -9n > "$doc/changelog.gz"
  Tools/debian-copyright.sh > "$doc/copyright"
  {
    echo "Package: musegen"
    echo "Version: $version"
    echo "Architecture: $(dpkg --print-architecture)"
    echo "Maintainer: $maintainer"
    echo "Installed-Size: $(du -sk --apparent-size "$root/usr" | cut -f1)"
    echo "Depends: $(dependencies "$root/usr/bin/musegen")"
    echo "Recommends: timgm6mb-soundfont | fluid-soundfont-gm"
    echo "Suggests: abcmidi, musescore3 | lilypond"
    echo "Section: sound"
    echo "Priority: optional"
    echo "Description: learns from MIDI files and writes new music"
    echo " Recurrent neural networks (LSTM, GRU, QRNN, RRU) learn from a folder of MIDI"
    echo " files, by truncated backpropagation through time, on the processor alone. What"
    echo " they write is played while it is written, or goes to MIDI, MusicXML and sound"
    echo " files; a page in the browser shows and changes it. Seven models are included."
  } > "$root/DEBIAN/control"
  (cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum) > "$root/DEBIAN/md5sums"
  settle "$root"
  package="$packages/musegen_${version}_$(dpkg --print-architecture).deb"
  rm -f "$package"
  dpkg-deb --root-owner-group -Zxz --build "$root" "$package" > /dev/null
  ;;
tarball)
  command -v dpkg-shlibdeps >/dev/null || missing dpkg-shlibdeps dpkg-dev
  install "" "$PWD/$stage/root"
  name="musegen-$version-linux-$(uname -m)"
  root="$stage/$name"
  mv "$stage/root" "$root"
  cp LICENSE README.md "$root/"
  {
    echo "musegen $version, with Swift's libraries in it. Run bin/musegen from here, or copy bin and share to /usr/local."
    echo
    echo "It needs a Linux with these libraries, as Debian calls them and later versions of them:"
    echo
    dependencies "$root/bin/musegen" | tr ',' '\n' | sed 's/^ */  /'
    echo
    echo "  apt-get install timgm6mb-soundfont $(dependencies "$root/bin/musegen" | tr ',' '\n' | awk '{printf "%s ", $1}')"
  } > "$root/INSTALL"
  settle "$root"
  package="$packages/$name.tar.xz"
  rm -f "$package"
  tar --create --sort=name --owner=0 --group=0 --numeric-owner --format=gnu --mtime="@$SOURCE_DATE_EPOCH" \
    --directory "$stage" "$name" | xz --threads=1 -6 > "$package"
  ;;
*)
  echo "make-packages.sh: unknown kind '$kind'; use deb or tarball" >&2
  exit 64
  ;;
esac
rm -rf "$stage"
echo "$package: $(stat --format=%s "$package") bytes, sha256 $(sha256sum "$package" | cut -c1-16)…"
