#!/usr/bin/env python3
"""Tells pieces apart by musegen, scikit-learn and PyTorch on the same split, and writes one table.

    python Benchmarks/classification.py --set composers=piano --set songs=songs,songs.csv \
        --set styles=styles --poolings last,mean,attention --seeds 1,2,3 -- --epochs 20

A set is a folder with a sub-folder for each label, or a folder and a table. musegen parts it, by works,
and tells in split.csv how; all others learn from the same pieces and are measured on the same, read in
musegen's own tokens:

- majority and n-grams: musegen's own baselines (multinomial naive Bayes, n-grams of 1 to 3 tokens);
- sklearn: logistic regression on n-grams of 1 to 3 tokens, tf-idf, of five strengths of the penalty the
  one that is best on the pieces held out;
- torch: an LSTM as large as musegen's, on the same number of excerpts of the same length, transposed as
  far, mean pooling, AdamW; as musegen does, it keeps the epoch that was best on the pieces held out.

Everything is kept in --out; what is there is not measured again, and a set with other flags needs another folder.
Needs musegen, torch, scikit-learn.
What stands after `--` goes to musegen train; --epochs, --hidden, --window and --transpose count for torch
too.
"""
import argparse
import csv
import json
import math
import pathlib
import random
import re
import subprocess
import sys
import time

import numpy as np


def main():
    words = sys.argv[1:]
    place = words.index("--") if "--" in words else len(words)
    own, extra = words[:place], words[place + 1:]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--musegen", default=".build/release/musegen")
    parser.add_argument("--set", action="append", required=True, metavar="NAME=FOLDER[,TABLE]")
    parser.add_argument("--poolings", default="last,mean,attention")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--out", default="classification")
    parser.add_argument("--report", help="the table; OUT/classification.md where it is not given")
    options = parser.parse_args(own)
    out = pathlib.Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    flags = {flag: value for flag, value in zip(extra, extra[1:]) if flag.startswith("--")}
    setting = lambda name, value: type(value)(flags.get("--" + name, value))
    torch_settings = dict(
        epochs=setting("epochs", 40), hidden=setting("hidden", 128), window=setting("window", 512),
        embedding=setting("embedding", 64), transpose=setting("transpose", 5),
        dropout=setting("dropout", 0.3))
    rows = {}
    for item in options.set:
        name, rest = item.split("=", 1)
        folder, *table = rest.split(",")
        remember(out / name, dict(folder=folder, table=table, flags=extra))
        results = rows.setdefault(name, {})
        for seed in map(int, options.seeds.split(",")):
            for pooling in options.poolings.split(","):
                run = out / name / f"{pooling}-{seed}"
                result = musegen(options, run, folder, table, pooling, seed, extra)
                results.setdefault(f"musegen, {pooling}", []).append(result)
            results.setdefault("majority", [dict(accuracy=result["majority"], f1=None)])
            results.setdefault("n-grams", [dict(accuracy=result["ngrams"], f1=None)])
            data = lambda: load(options, run, extra)
            write(options, out, rows, extra)
            results.setdefault("sklearn", []) or results["sklearn"].append(
                kept(out / name / "sklearn.json", lambda: sklearn(data())))
            results.setdefault("torch", []).append(
                kept(out / name / f"torch-{seed}.json",
                     lambda: torch(data(), seed, **torch_settings)))
            write(options, out, rows, extra)


def remember(out, settings):
    """Ends where what is kept was made otherwise: it would be told as what these settings make."""
    path = out / "settings.json"
    if path.exists() and json.loads(path.read_text()) != settings:
        sys.exit(f"classification.py: {out} has what other pieces or flags made; name another folder by --out")
    out.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(settings))


def kept(path, make):
    """What was measured before, or what is measured now."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(make()))
    return json.loads(path.read_text())


def musegen(options, run, folder, table, pooling, seed, extra):
    model = run.with_suffix(".safetensors")
    if not model.exists():
        run.parent.mkdir(parents=True, exist_ok=True)
        start = time.time()
        subprocess.run(
            [options.musegen, "train", "--classify", folder, "--pooling", pooling, "--seed",
             str(seed), "--run", run, "-o", model, *[f"--labels={path}" for path in table], *extra],
            check=True)
        (run / "seconds").write_text(str(time.time() - start))
    info = json.loads(subprocess.run(
        [options.musegen, "info", "--json", model], check=True, capture_output=True).stdout)
    info = info["models"][0]
    held = info["heldOut"]
    return dict(
        accuracy=held["accuracy"], f1=held["macroF1"], majority=held["majority"],
        ngrams=held["ngrams"], pieces=held["pieces"], learned=sum(info["trainingPieces"]),
        labels=len(info["labels"]), parameters=info["parameters"],
        seconds=float((run / "seconds").read_text()))


VOCABULARY = {"--tokens", "--velocity-bins", "--pitches", "--frame", "--token-settings"}
LONE = {"--programs", "--no-programs", "--holds", "--no-holds"}


def load(options, run, extra):
    """The pieces of a run: tokens, labels and sides, and each token's name."""
    flags = [w for i, w in enumerate(extra)
             if w in VOCABULARY | LONE or (i and extra[i - 1] in VOCABULARY)]
    rows = list(csv.DictReader((run / "split.csv").open()))
    lines = subprocess.run(
        [options.musegen, "tokens", "--json", *flags, *[row["file"] for row in rows]], check=True,
        capture_output=True).stdout
    found = {piece["path"]: piece for piece in map(json.loads, lines.splitlines())}
    names = {}
    for piece in found.values():
        names.update(zip(piece["tokens"], piece["names"]))
    pieces = [np.array(found[row["file"]]["tokens"]) for row in rows]
    labels = sorted({row["label"] for row in rows})
    return dict(
        pieces=pieces, names=names, labels=labels,
        truth=np.array([labels.index(row["label"]) for row in rows]),
        train=[i for i, row in enumerate(rows) if row["side"] == "learned"],
        valid=[i for i, row in enumerate(rows) if row["side"] == "held out"])


def figures(truth, answers):
    from sklearn.metrics import accuracy_score, f1_score
    return dict(accuracy=accuracy_score(truth, answers),
                f1=f1_score(truth, answers, average="macro"))


def sklearn(data):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    text = [" ".join(map(str, piece)) for piece in data["pieces"]]
    vectorizer = TfidfVectorizer(
        ngram_range=(1, 3), token_pattern=r"\S+", min_df=2, sublinear_tf=True)
    start = time.time()
    learned = vectorizer.fit_transform([text[i] for i in data["train"]])
    held = vectorizer.transform([text[i] for i in data["valid"]])
    best = None
    for penalty in (0.1, 1, 10, 100, 1000):
        model = LogisticRegression(C=penalty, max_iter=1000)
        model.fit(learned, data["truth"][data["train"]])
        result = dict(figures(data["truth"][data["valid"]], model.predict(held)), C=penalty)
        if best is None or result["accuracy"] > best["accuracy"]:
            best = result
    return dict(best, seconds=time.time() - start, features=learned.shape[1])


def torch(data, seed, epochs, hidden, window, embedding, transpose, dropout, excerpts=4, batch=16):
    import torch
    from torch import nn
    torch.manual_seed(seed)
    rng = random.Random(seed)
    ids = {name: i for i, name in enumerate(sorted(set(data["names"].values())))}
    shifted = {}
    for shift in range(-transpose, transpose + 1):
        def other(name):
            match = re.fullmatch(r"((?:note-on|note-off|pitch) )(\d+)", name)
            return f"{match[1]}{int(match[2]) + shift}" if match else name
        shifted[shift] = {t: ids.get(other(n), ids[n]) for t, n in data["names"].items()}

    def encode(piece, shift):
        table = shifted[shift]
        return torch.tensor([table[t] for t in piece])

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(len(ids), embedding)
            self.rnn = nn.LSTM(embedding, hidden, batch_first=True)
            self.drop = nn.Dropout(dropout)
            self.output = nn.Linear(hidden, len(data["labels"]))

        def forward(self, tokens, lengths):
            x, _ = self.rnn(self.embedding(tokens))
            mask = torch.arange(tokens.shape[1])[None] < lengths[:, None]
            pooled = (self.drop(x) * mask[..., None]).sum(1) / lengths[:, None]
            return self.output(pooled)

    def batches(cuts):
        for i in range(0, len(cuts), batch):
            part = cuts[i:i + batch]
            tokens = nn.utils.rnn.pad_sequence([c for _, c in part], batch_first=True)
            yield [p for p, _ in part], tokens, torch.tensor([len(c) for _, c in part])

    model = Model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.003, weight_decay=0.01)
    held = []
    for i in data["valid"]:
        piece = encode(data["pieces"][i], 0)
        count = math.ceil(len(piece) / window)
        held += [(i, piece[k * len(piece) // count:(k + 1) * len(piece) // count])
                 for k in range(count)]
    best, start = None, time.time()
    for epoch in range(epochs):
        cuts = []
        for i in data["train"]:
            piece = encode(data["pieces"][i], rng.randint(-transpose, transpose))
            count = min(excerpts, math.ceil(len(piece) / window))
            for k in range(count):
                spare = max(0, len(piece) - window)
                first = min(spare, int((k + rng.random()) / count * (spare + 1)))
                cuts.append((i, piece[first:first + window]))
        rng.shuffle(cuts)
        model.train()
        for group in optimizer.param_groups:
            group["lr"] = 0.003 * (0.02 + 0.98 * (0.5 + 0.5 * math.cos(math.pi * epoch / epochs)))
        for owners, tokens, lengths in batches(cuts):
            optimizer.zero_grad()
            nn.functional.cross_entropy(
                model(tokens, lengths), torch.tensor(data["truth"][owners])).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1)
            optimizer.step()
        model.eval()
        logits = {i: 0 for i in data["valid"]}
        with torch.no_grad():
            for owners, tokens, lengths in batches(held):
                for i, row, length in zip(owners, model(tokens, lengths), lengths):
                    logits[i] = logits[i] + row * length
        answers = [int(logits[i].argmax()) for i in data["valid"]]
        result = dict(figures(data["truth"][data["valid"]], answers), epoch=epoch + 1)
        if best is None or result["accuracy"] >= best["accuracy"]:
            best = result
        print(f"torch, epoch {epoch + 1}: {result['accuracy']:.3f}", flush=True)
    return dict(best, seconds=time.time() - start,
                parameters=sum(p.numel() for p in model.parameters()))


def write(options, out, rows, extra):
    """The table: a mean over the seeds, and its range where there are several."""
    def cell(results, key):
        values = [100 * r[key] if key == "accuracy" else r[key]
                  for r in results if r.get(key) is not None]
        if not values:
            return "-"
        digits = 1 if key == "accuracy" else 3
        text = f"{np.mean(values):.{digits}f}"
        if len(values) > 1 and max(values) > min(values):
            text += f" ({min(values):.{digits}f} to {max(values):.{digits}f})"
        return text

    lines = []
    for name, results in rows.items():
        first = next(r for key, r in results.items() if key.startswith("musegen"))[0]
        lines += [
            f"## {name}", "",
            f"{first['labels']} labels, learned from {first['learned']} pieces, measured on "
            f"{first['pieces']}.", "",
            "| | accuracy, % | macro F1 | parameters | seconds |", "|---|---|---|---|---|"]
        for method, found in results.items():
            if not found:
                continue
            size = found[0].get("parameters", found[0].get("features"))
            seconds = [r["seconds"] for r in found if "seconds" in r]
            lines.append(
                f"| {method} | {cell(found, 'accuracy')} | {cell(found, 'f1')} | "
                f"{f'{size:,}' if size else '-'} | "
                f"{f'{np.mean(seconds):.0f}' if seconds else '-'} |")
        lines.append("")
    report = pathlib.Path(options.report) if options.report else out / "classification.md"
    report.write_text("\n".join(lines))


if __name__ == "__main__":
    main()
