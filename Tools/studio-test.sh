#!/bin/sh
# Drives the studio's page in Chromium: `studio-test.sh PROGRAM [NAME...]`, the tests whose names hold one of the words.
# Screenshots go to .build/studio-test; one of them becomes Documentation/studio.png.
set -eu
cd "$(dirname "$0")/.."
program="$1"
shift
folder=.build/studio-test
mkdir -p "$folder"

# The system's Python has Debian's selenium, though another may come first in the path.
python=""
for one in "${PYTHON:-}" python3 /usr/bin/python3; do
  if [ -n "$one" ] && "$one" -c "import selenium" 2>/dev/null; then python="$one"; break; fi
done
[ -n "$python" ] || {
  echo "studio-test.sh: no Python here has selenium; run Tools/setup.sh studio-test" >&2
  exit 69
}

# The rules of accessibility come with a package of PyPI's, of which nothing else is used.
AXE="$folder/axe_selenium_python/node_modules/axe-core/axe.min.js"
if [ ! -e "$AXE" ]; then
  "$python" -m pip download -q --no-deps -d "$folder" axe-selenium-python==2.1.6 || {
    echo "studio-test.sh: axe-selenium-python 2.1.6 cannot be had from PyPI; the page's accessibility needs it" >&2
    exit 69
  }
  "$python" -m zipfile -e "$folder"/axe_selenium_python-*.whl "$folder"
fi
export AXE MUSEGEN="$program"
"$python" Tests/StudioPage/studio_page.py "$folder/pictures" "$@"
[ ! -e "$folder/pictures/1280.png" ] || cp "$folder/pictures/1280.png" Documentation/studio.png
