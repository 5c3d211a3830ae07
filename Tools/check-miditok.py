#!/usr/bin/env python3
"""Has MidiTok read the tokenizers that musegen writes of its models, and compares their tokens of midi/.

    Tools/check-miditok.py .build/release/musegen     (pip install miditok mido numpy)

Without these it says so and does nothing.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import warnings

try:
    import miditok
    import symusic
    import compare_miditok
except ImportError as error:
    print(f"check-miditok: skipped: {error.name} is missing (pip install miditok mido numpy)")
    sys.exit(0)

ROOT = pathlib.Path(__file__).resolve().parent.parent
TINY = ["--hidden", "8", "--embedding", "8", "--layers", "1", "--batch", "4", "--window", "16", "--steps", "1", "--valid", "0"]
CASES = {"remi": ["--tokens", "remi"], "tsd": ["--tokens", "tsd", "--velocity-bins", "8"],
         "remi, merged": ["--tokens", "remi", "--merges", "150"], "tsd, merged": ["--tokens", "tsd", "--merges", "80"]}


def main():
    warnings.simplefilter("ignore")
    musegen = pathlib.Path(sys.argv[1]).resolve()
    paths = sorted((ROOT / "midi").glob("*.mid"))[:25]
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        def run(*arguments):
            done = subprocess.run([musegen, *map(str, arguments)], cwd=folder, capture_output=True, text=True)
            assert done.returncode == 0, (arguments, done.stderr)
            return done.stdout

        for name, options in CASES.items():
            run("train", *paths, *TINY, *options, "-o", "model.safetensors", "--overwrite")
            run("convert", "model.safetensors", "-o", "tokenizer.json", "--overwrite")
            kind = miditok.REMI if "remi" in name else miditok.TSD
            tokenizer = kind(params=pathlib.Path(folder, "tokenizer.json"))
            lines = run("tokens", *paths, "--tokens", "tokenizer.json", "--json").splitlines()
            ours = {line["path"]: line["names"][1:-1] for line in map(json.loads, lines)}
            equal = 0
            for path in paths:
                score = tokenizer.preprocess_score(symusic.Score(str(path)))
                compare_miditok.sort_tracks(score)
                compare_miditok.make_canonical(score, tokenizer)
                said = tokenizer.encode(score, no_preprocess_score=True)
                if tokenizer.is_trained:
                    learned = {number: text for text, number in tokenizer.vocab_model.items()}
                    names = [", ".join(compare_miditok.musegen_name(tokenizer._vocab_base_byte_to_token[c])
                                       for c in learned[i]) for i in said.ids]
                else:
                    names = [compare_miditok.musegen_name(token) for token in said.tokens]
                equal += names == ours[str(path)]
            print(f"{name}: {equal} of {len(paths)} pieces have the same tokens")
            failed |= equal < len(paths)
    sys.exit("check-miditok: some pieces differ" if failed else 0)


if __name__ == "__main__":
    main()
