#!/bin/sh
# Trains the models that ship with musegen: `Tools/train-models.sh CORPORA [NAME...]`.
#
# CORPORA is a folder that holds the collections, one folder each: jsb16-mid, nottingham-jukedeck,
# piano-midi-de, groove, mutopia, freedoom, openscore-quartets, openscore-lieder. Without names all models
# are trained. The same collections give the same models; a run that was stopped goes on when the script is
# started again. On one core most take half an hour, songs a little over one.
set -eu

if [ $# -lt 1 ]; then
  echo "usage: Tools/train-models.sh CORPORA [piano|folk|quartet|song|chorales|band|drums]..." >&2
  exit 64
fi
corpora=$(cd "$1" && pwd)
shift
cd "$(dirname "$0")/.."
musegen=${MUSEGEN:-.build/release/musegen}
models=${MODELS:-Sources/ModelCollection/Models}
runs=${RUNS:-runs}
mkdir -p "$runs"

# train NAME TITLE LICENCE [OPTION|FOLDER]...
train() {
  name=$1 title=$2 licence=$3
  shift 3
  if [ -e "$runs/$name/run.json" ]; then
    "$musegen" train --resume "$runs/$name" --overwrite
  else
    "$musegen" train "$@" --run "$runs/$name" --output "$models/$name.safetensors" --overwrite \
      --store bf16 --title "$title" --licence "$licence" --seed 1
  fi
}

# finish NAME TITLE [OPTION|FOLDER]...: trains a model further in the pieces' own keys, after which it keeps
# to one key much better; --own-keys does so within one run.
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

# suggest NAME OPTION...: stores how the model is drawn from by default, as Benchmarks/models.py showed it to be
# nearest to its corpus; with --count-repeats PIECES what is told of its pieces besides, of all and not only of those
# that were trained on.
suggest() {
  name=$1
  shift
  "$musegen" convert --model "$models/$name.safetensors" --output "$models/$name.safetensors" --overwrite \
    --store bf16 "$@"
}

# What a network of 2 x 384 over bars and positions is trained with.
metrical="--tokens remi --layers 2 --hidden 384 --learning-rate 0.002 --batch 32 --average 0.998
  --condition-dropout 0.1"

# Songs begin with upbeats: bars of an eighth that the default metres lack, without which all bars behind them
# would stand wrong. Of the tempos one is 120, so that its seconds are seconds; some songs have triplets.
songs='{"resolutions": [{"beats": 4, "positions": 12}, {"beats": 12, "positions": 4}], "fastestTempo": 240,
  "signatures": ['
for metre in 2/2 3/2 4/2 1/4 2/4 3/4 4/4 5/4 6/4 7/4 1/8 2/8 3/8 4/8 5/8 6/8 7/8 9/8 12/8 1/16 2/16 3/16; do
  songs="$songs{\"numerator\": ${metre%/*}, \"denominator\": ${metre#*/}}, "
done
songs="${songs%, }]}"

[ $# -gt 0 ] || set -- piano folk quartet song chorales band drums
for name in "$@"; do
  case $name in
    chorales)
      title="four-part chorales after J. S. Bach"
      train chorales "$title" \
        "compositions by J. S. Bach, public domain; the licence of the data set's transcription is not known to us" \
        --source "JSB Chorales in 16ths, training split" \
        --tokens pianoroll --frame 1/16 --holds --token-settings '{"tempo": 100, "program": 19}' \
        --layers 2 --hidden 320 --dropout 0.45 --recurrent-dropout 0.25 --weight-decay 0.05 \
        --batch 16 --window 256 --average 0.998 --epochs 55 --own-keys 0.2 \
        --conditions key,density --condition-dropout 0.1 \
        --valid "$corpora/jsb16-mid/valid" "$corpora/jsb16-mid/train"
      suggest chorales --min-p 0.01 --guidance 1.5 --key-strength 3 --cadences 4 --repeats 0.8
      ;;
    folk)
      # The kind of a tune is its file's name without the number; the books of reels are one kind. No file tells
      # a tempo.
      title="British and Irish dance tunes with chords"
      labels=$runs/folk-kinds.csv
      { echo file,style
        for path in "$corpora"/nottingham-jukedeck/midi/*.mid; do
          file=${path##*/}
          kind=$(echo "${file%.mid}" | sed 's/[0-9]*$//; s/^reels.*/reel/; s/^jigs/jig/; s/^hpps/hornpipe/
            s/^waltzes/waltz/; s/^slip/slip jig/; s/^xmas/carol/')
          echo "$file,$kind"
        done; } > "$labels"
      train folk "$title" \
        "GPL v3, Nottingham Music Database by Eric Foxley, cleaned by Jukedeck" \
        --source "https://github.com/jukedeck/nottingham-dataset" \
        $metrical --no-programs --velocity-bins 0 --token-settings '{"tempos": false}' \
        --dropout 0.3 --recurrent-dropout 0.1 --weight-decay 0.03 \
        --window 256 --epochs 20 --own-keys 0.3 --conditions style,key,metre --labels "$labels" \
        "$corpora/nottingham-jukedeck/midi"
      suggest folk --min-p 0.05 --key-strength 3 --cadences 3 --repeats 1.1
      ;;
    piano)
      # The pieces stand on their scores' grid and breathe by a dense tempo map: bars, positions and tempos
      # tell both.
      title="classical piano with dynamics and rubato"
      train piano "$title" \
        "CC BY-SA 3.0 DE, Bernd Krueger (piano-midi.de)" --source "http://www.piano-midi.de" \
        $metrical --no-programs --velocity-bins 16 --token-settings '{"pedal": true,
          "resolutions": [{"beats": 4, "positions": 12}, {"beats": 12, "positions": 4}]}' \
        --dropout 0.2 --recurrent-dropout 0.1 --window 192 --epochs 9 --own-keys 0.3 \
        --conditions style,key,density "$corpora/piano-midi-de"
      suggest piano --count-repeats "$corpora/piano-midi-de" \
        --guidance 1.7 --min-p 0.05 --key-strength 0.5 --cadences 2
      ;;
    quartet)
      title="string quartets of the 18th to 20th centuries"
      train quartet "$title" "CC0, OpenScore String Quartets" \
        --source "https://github.com/OpenScore/StringQuartets" \
        $metrical --velocity-bins 8 --dropout 0.15 --window 192 --epochs 2 --own-keys 0 \
        --conditions style,key "$corpora/openscore-quartets"
      finish quartet "$title" "$corpora/openscore-quartets" --batch 32 --window 192 --epochs 1
      suggest quartet --count-repeats "$corpora/openscore-quartets" \
        --guidance 1.7 --min-p 0.01 --key-strength 2 --cadences 2
      ;;
    song)
      # The first track is the voice: each song is read once with it given and once whole, so that one model writes
      # songs and accompanies. Of a given part the tempo is its own; a whole song is told one.
      title="songs of the 19th century, voice and piano"
      train song "$title" "CC0, OpenScore Lieder" --source "https://github.com/OpenScore/Lieder" \
        $metrical --velocity-bins 8 --token-settings "$songs" --dropout 0.15 --window 192 --epochs 4 \
        --own-keys 0 --given 1 --given-optional --conditions style,key,tempo "$corpora/openscore-lieder"
      finish song "$title" "$corpora/openscore-lieder" --batch 32 --window 192 --steps 900 --condition-dropout 0.1
      suggest song --count-repeats "$corpora/openscore-lieder" \
        --guidance 1.5 --min-p 0.01 --key-strength 1 --cadences 2
      ;;
    drums)
      title="drums, played by people"
      labels=$runs/drum-styles.csv
      { echo file,style
        awk -F, '$6 == "beat" { split($4, style, "/"); print $8 "," style[1] }' "$corpora/groove/info.csv" |
          while IFS= read -r row; do
            if [ -e "$corpora/groove/${row%,*}" ]; then echo "$row"; fi
          done; } > "$labels"
      train drums "$title" \
        "CC BY 4.0, Groove MIDI Dataset (Gillick et al. 2019, Google)" \
        --source "https://magenta.tensorflow.org/datasets/groove" \
        --tokens remi --no-programs --velocity-bins 16 --token-settings '{"program": 128,
          "resolutions": [{"beats": 2, "positions": 24}, {"beats": 12, "positions": 4}]}' \
        --layers 2 --hidden 256 --transpose 0 --dropout 0.25 --learning-rate 0.002 \
        --batch 32 --window 256 --average 0.998 --epochs 12 \
        --conditions style,tempo --condition-dropout 0.1 --labels "$labels" \
        "$corpora"/groove/*/*/*_beat_*.mid
      ;;
    band)
      title="many instruments at once"
      train band "$title" \
        "public domain (Mutopia project); BSD-3-Clause (Freedoom project)" \
        --source "https://www.mutopiaproject.org" --source "https://github.com/freedoom/freedoom" \
        $metrical --velocity-bins 8 --dropout 0.2 --window 192 --epochs 5 --own-keys 0 \
        --conditions key,instruments "$corpora/mutopia" "$corpora/freedoom"
      finish band "$title" "$corpora/mutopia" "$corpora/freedoom" --batch 32 --window 192 --epochs 3
      suggest band --count-repeats "$corpora/mutopia" --count-repeats "$corpora/freedoom" \
        --guidance 2 --min-p 0.03 --key-strength 0.5 --cadences 3 --polyphony 16
      ;;
    *)
      echo "train-models: no model '$name'; there are piano, folk, quartet, song," \
        "chorales, band, drums" >&2
      exit 64
      ;;
  esac
done
