#!/bin/sh
# Builds the reference of every library product: .build/documentation/MODULE, one archive each, to be
# looked at with any web server. A link that leads nowhere is an error.
set -eu
cd "$(dirname "$0")/.."

export MUSEGEN_DOCC=1
out=.build/documentation
mkdir -p "$out"
for catalogue in Sources/*/*.docc; do
  module=$(basename "$catalogue" .docc)
  "${SWIFT:-swift}" package --scratch-path .build-docs --allow-writing-to-directory "$out" \
    generate-documentation --target "$module" --warnings-as-errors --output-path "$out/$module"
done
