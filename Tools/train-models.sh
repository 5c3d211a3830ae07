#!/bin/sh
# Trains the models that ship with musegen: `Tools/train-models.sh CORPORA [NAME...]`.
#
# CORPORA is a folder that holds the collections, one folder each: jsb16-mid, nottingham-jukedeck,
# piano-midi-de, groove, mutopia, freedoom. Without names all models are trained. The same
# collections give the same models; a run that was stopped goes on when the script is started again.
# On two cores most take a quarter of an hour, beside other work up to an hour.
set -eu

if [ $# -lt 1 ]; then
  echo "usage: Tools/train-models.sh CORPORA [chorales|folk|piano|drums|ensemble]..." >&2
  exit 64
fi
corpora=$1
shift
cd "$(dirname "$0")/.."
musegen=${MUSEGEN:-.build/release/musegen}
models=Sources/ModelCollection/Models
runs=${RUNS:-runs}

# train NAME TITLE LICENCE [OPTION|FOLDER]...
train() {
  name=$1 title=$2 licence=$3
  shift 3
  if [ -e "$runs/$name/run.json" ]; then
    "$musegen" train --resume "$runs/$name" --overwrite
  else
    "$musegen" train "$@" --run "$runs/$name" --output "$models/$name.safetensors" --overwrite \
      --store bf16 --title "$title" --licence "$licence"
  fi
}

# finish NAME TITLE [OPTION|FOLDER]...: trains a model further in the pieces' own keys, after which it
# keeps to one key much better.
finish() {
  name=$1 title=$2
  shift 2
  if [ -e "$runs/$name-finish/run.json" ]; then
    "$musegen" train --resume "$runs/$name-finish" --overwrite
    return
  fi
  mv "$models/$name.safetensors" "$runs/$name-transposed.safetensors"
  "$musegen" train --from "$runs/$name-transposed.safetensors" --transpose 0 \
    --learning-rate 0.001 --average 0.998 --seed 2 --run "$runs/$name-finish" \
    --output "$models/$name.safetensors" --store bf16 --title "$title" "$@"
}

[ $# -gt 0 ] || set -- chorales folk piano drums ensemble
for name in "$@"; do
  case $name in
    chorales)
      train chorales "four-part chorales after J. S. Bach" \
        "compositions by J. S. Bach, public domain; the licence of the data set's transcription is not known to us" \
        --source "JSB Chorales in 16ths, training split" \
        --tokens pianoroll --frame 1/8 --holds --token-settings '{"tempo": 90, "program": 19}' \
        --layers 2 --hidden 320 --dropout 0.45 --recurrent-dropout 0.25 --weight-decay 0.05 \
        --batch 16 --window 192 --average 0.998 --epochs 60 --seed 1 \
        --valid "$corpora/jsb16-mid/valid" "$corpora/jsb16-mid/train"
      finish chorales "four-part chorales after J. S. Bach" "$corpora/jsb16-mid/train" --valid "$corpora/jsb16-mid/valid" \
        --weight-decay 0.05 --batch 16 --window 192 --epochs 12
      ;;
    folk)
      train folk "British and Irish dance tunes with chords" \
        "GPL v3, Nottingham Music Database by Eric Foxley, cleaned by Jukedeck" \
        --source "https://github.com/jukedeck/nottingham-dataset" \
        --tokens remi --no-programs --velocity-bins 0 \
        --layers 2 --hidden 384 --dropout 0.3 --recurrent-dropout 0.1 --weight-decay 0.03 \
        --learning-rate 0.002 --batch 32 --window 256 --average 0.998 --epochs 10 --seed 1 \
        "$corpora/nottingham-jukedeck/midi"
      finish folk "British and Irish dance tunes with chords" \
        "$corpora/nottingham-jukedeck/midi" --weight-decay 0.03 --batch 32 --window 256 \
        --epochs 4
      ;;
    piano)
      # The pieces stand on their scores' grid and breathe by a dense tempo map: bars, positions and tempos
      # tell both.
      train piano "classical piano with dynamics and rubato" \
        "CC BY-SA 3.0 DE, Bernd Krueger (piano-midi.de)" --source "http://www.piano-midi.de" \
        --tokens remi --no-programs --velocity-bins 16 --token-settings '{"pedal": true,
          "resolutions": [{"beats": 4, "positions": 12}, {"beats": 12, "positions": 4}]}' \
        --layers 2 --hidden 384 --dropout 0.15 --learning-rate 0.002 \
        --batch 32 --window 192 --average 0.998 --epochs 6 --seed 1 "$corpora/piano-midi-de"
      finish piano "classical piano with dynamics and rubato" "$corpora/piano-midi-de" \
        --batch 32 --window 192 --epochs 6
      ;;
    drums)
      train drums "drums, played by people" \
        "CC BY 4.0, Groove MIDI Dataset (Gillick et al. 2019, Google)" \
        --source "https://magenta.tensorflow.org/datasets/groove" \
        --tokens remi --no-programs --velocity-bins 16 --token-settings '{"program": 128,
          "resolutions": [{"beats": 2, "positions": 24}, {"beats": 12, "positions": 4}]}' \
        --layers 2 --hidden 256 --transpose 0 --dropout 0.25 --learning-rate 0.002 \
        --batch 32 --window 256 --average 0.998 --epochs 12 --seed 1 \
        "$corpora"/groove/*/*/*_beat_*.mid
      ;;
    ensemble)
      train ensemble "many instruments at once" \
        "public domain (Mutopia project); BSD-3-Clause (Freedoom project)" \
        --source "https://www.mutopiaproject.org" \
        --source "https://github.com/freedoom/freedoom" \
        --tokens remi --velocity-bins 8 --layers 2 --hidden 320 --dropout 0.15 \
        --learning-rate 0.002 --batch 32 --window 192 --average 0.998 --epochs 3 --seed 1 \
        "$corpora/mutopia" "$corpora/freedoom"
      finish ensemble "many instruments at once" "$corpora/mutopia" "$corpora/freedoom" \
        --batch 32 --window 192 --epochs 4
      ;;
    *)
      echo "train-models: no model '$name'; there are chorales, folk, piano, drums, ensemble" >&2
      exit 64
      ;;
  esac
done
