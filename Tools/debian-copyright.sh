#!/bin/sh
# Prints what Debian wants to know of the package's licences, in its own format (copyright-format 1.0).
cat <<'END'
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: musegen
Comment: The models learned from the music of others; their licences are as MODELS.md beside
 this file and each model's own metadata tell them.

Files: *
Copyright: 2026 The musegen authors
License: Expat

Files: usr/bin/musegen
Copyright: 2026 The musegen authors
  2020-2026 Apple Inc. and the Swift project authors
  2022-2026 Simon Whitty
License: Expat and Apache-2.0-with-runtime-exception
Comment: The Swift runtime, Foundation, ArgumentParser and swift-log are linked into the
 program under the Apache License; FlyingFox under the MIT licence.

Files: usr/share/musegen/models/folk.safetensors
Copyright: the Nottingham Music Database, Eric Foxley, and Jukedeck
License: GPL-3

Files: usr/share/musegen/models/piano.safetensors
Copyright: Bernd Krueger, piano-midi.de
License: CC-BY-SA-3.0-DE
 The files that it learned from are licensed under the Creative Commons
 Attribution-ShareAlike 3.0 Germany licence:
 https://creativecommons.org/licenses/by-sa/3.0/de/

Files: usr/share/musegen/models/drums.safetensors
Copyright: Google, the Groove MIDI Dataset
License: CC-BY-4.0
 The files that it learned from are licensed under the Creative Commons
 Attribution 4.0 International licence:
 https://creativecommons.org/licenses/by/4.0/

License: Expat
END
# The text of the licence, indented, blank lines as dots.
sed -n '/^Permission is hereby/,$p' "$(dirname "$0")/../LICENSE" | sed 's/^$/./; s/^/ /'
cat <<'END'

License: GPL-3
 On Debian systems the text of the GNU General Public License, version 3, is
 in /usr/share/common-licenses/GPL-3.

License: Apache-2.0-with-runtime-exception
 On Debian systems the text of the Apache License, version 2.0, is in
 /usr/share/common-licenses/Apache-2.0. As an exception, if you use the
 software to compile your source code and portions of it are embedded into
 the binary product as a result, you may redistribute such product without
 providing attribution as would otherwise be required by sections 4(a), 4(b)
 and 4(d) of the licence.
END
