#!/bin/sh
# Turns every midi/sources/*.abc into midi/*.mid with abc2midi (Debian: abcmidi).
# The same sources give the same bytes. Any warning of abc2midi is an error, and a
# piece with one leaves its old .mid in place. When all went well, the table in
# midi/README.md is made anew of the sources' headers.
set -eu
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")/../midi"

if ! command -v abc2midi >/dev/null; then
  echo "make-midi: abc2midi not found; install it with: apt install abcmidi" >&2
  exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
count=0
for source in sources/*.abc; do
  name=$(basename "$source" .abc)
  # abc2midi exits with 0 whatever it meets, so its words are read. Each tune has its own Q:.
  abc2midi "$source" 1 -o "$work/$name.mid" >"$work/log" 2>&1 || true
  if grep -Eiq 'warning|error' "$work/log" || [ ! -s "$work/$name.mid" ]; then
    grep -Eiv '^writing|^[0-9.]+ .*abc2midi' "$work/log" | sed "s|^|make-midi: $source: |" >&2
    failed=$((failed + 1))
    continue
  fi
  count=$((count + 1))
  cmp -s "$work/$name.mid" "$name.mid" || cp "$work/$name.mid" "$name.mid"
done
echo "make-midi: $count pieces in midi/, $failed failed"
[ "$failed" -eq 0 ] || exit 1

# One row a piece: title, composer, origin, key, metre, voices, whose notes.
awk '
  function row() {
    if (!("T" in field)) return
    voices = ("V" in field) ? field["V"] : 1
    if (hasChords) voices = voices " + chords"
    printf "| [%s](%s) | %s | %s, %s | %s | %s | %s | %s |\n", field["T"], name, field["C"],
      field["O"], field["H"], field["K"], field["M"], voices, field["N"]
  }
  FNR == 1 { row(); delete field; hasChords = 0; name = FILENAME }
  /^V:/ { field["V"]++; next }
  /^[A-Z]:/ { field[substr($0, 1, 1)] = substr($0, 3); next }
  /^[^%]*"[A-G]/ { hasChords = 1 }
  END { row() }
' sources/*.abc >"$work/table"
awk -v table="$work/table" '
  /^<!-- end of table -->/ { inside = 0 }
  !inside { print }
  /^<!-- table/ {
    inside = 1
    print ""
    print "| title | composer | origin | key | metre | voices | what is here |"
    print "|---|---|---|---|---|---|---|"
    while ((getline line <table) > 0) print line
    print ""
  }
' README.md >"$work/README.md"
cmp -s "$work/README.md" README.md || cp "$work/README.md" README.md
