#!/usr/bin/env python3
"""The strongest cheap baseline: n-grams that copy, on the pieces that a model was measured on.

    python Benchmarks/ngrams.py quartet=openscore-quartets -- --tokens remi --velocity-bins 8
    python Benchmarks/ngrams.py --check

What stands behind `--` are the vocabulary's flags, and --valid, as `musegen train` takes them. musegen parts the
pieces as it does for a model (a run of one step, whose description.json tells which ones are held out) and tells
them in tokens. Three layers then give a held-out token's probability:

- n-grams of up to --order tokens over the pieces to learn from, interpolated, by Kneser and Ney (1995) with one
  discount an order, n1 / (n1 + 2 n2);
- n-grams over what has been read of the piece itself, of a token behind up to --own others, interpolated by Witten and
  Bell (1991): what a piece has done is likelier than what others do;
- copying: what followed the longest passage (of --copy tokens or more) that the piece's latest events repeat,
  as likely as such pointers of that length have been right so far.

Each layer is mixed with those before it by weights that are learned as the held-out pieces are read, one for each
length of what is repeated.

Told are nats per token of each layer; a piece's end counts, its start does not, as in `musegen eval`. No conditions
are told and nothing is transposed. Needs numpy.
"""
import argparse
import collections
import json
import math
import pathlib
import subprocess
import sys
import tempfile

import numpy as np


def main():
    split = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", metavar="NAME=FOLDER[,FOLDER...]")
    parser.add_argument("--order", type=int, default=8)
    parser.add_argument("--own", type=int, default=12)
    parser.add_argument("--copy", type=int, nargs="+", default=[32, 24, 16, 12, 8, 5])
    parser.add_argument("--musegen", default=".build/release/musegen")
    parser.add_argument("--check", action="store_true", help="check the arithmetic on toys, and end")
    options = parser.parse_args(sys.argv[1:split])
    if options.check:
        return check()
    print("| pieces | learned from, held out | tokens held out | n-grams | and of the piece | and copying |")
    print("|---|---|---|---|---|---|")
    for item in options.sets:
        name, folders = item.split("=", 1)
        train, held, size = read(options.musegen, folders.split(","), sys.argv[split + 1:])
        losses = measure(train, held, size, options.order, options.own, sorted(options.copy)[::-1])
        cells = " | ".join(f"{loss:.3f}" for loss in losses)
        print(f"| {name} | {len(train)}, {len(held)} | {sum(len(p) - 1 for p in held):,} | {cells} |", flush=True)


def read(musegen, folders, flags):
    """The pieces to learn from and those held out, as lists of numbers, and how many numbers there are."""
    with tempfile.TemporaryDirectory() as place:
        subprocess.run(
            [musegen, "train", *folders, *flags, "--layers", "1", "--hidden", "8", "--embedding", "8", "--recall",
             "none", "--steps", "1", "--batch", "1", "--window", "8", "--run", f"{place}/run",
             "-o", f"{place}/model.safetensors"], check=True, stdout=subprocess.DEVNULL)
        corpus = json.loads(pathlib.Path(place, "run", "description.json").read_text())["corpus"]
    held = set(corpus["heldOut"])
    plain, skip = [], False
    for flag in flags:
        skip = not flag.startswith("--") and skip or flag == "--valid"
        if not skip:
            plain.append(flag)
    files = sorted(str(path) for folder in folders for path in pathlib.Path(folder).rglob("*.mid"))
    files = [path for path in files if path not in corpus["leftOut"] and path not in held]
    numbers = collections.defaultdict(lambda: len(numbers))

    def tokens(paths):
        lines = subprocess.run(
            [musegen, "tokens", "--json", *plain, *paths], check=True, capture_output=True, text=True).stdout
        return [np.array([numbers[name] for name in json.loads(line)["names"]]) for line in lines.splitlines()]

    train, held = tokens(files), tokens(sorted(held))
    return train, held, len(numbers)


class KneserNey:
    """Interpolated n-grams over pieces; contexts are hashed to 64 bits, so that all is done in arrays."""

    def __init__(self, pieces, size, order):
        self.size, self.order = size, order
        stream, reach = lay(pieces, size)
        # The highest order counts how often a sequence is, the lower ones what kinds of tokens stand before it.
        self.levels = []
        places = np.flatnonzero(reach > 0)
        weights = np.ones(len(places))
        for length in range(order, 0, -1):
            if length < order:
                # One for each different sequence a token longer, and one for each that begins a piece.
                longer = hashes(stream, places, length + 1)
                whole = reach[places] >= length
                keys, first = np.unique(longer[whole], return_index=True)
                kinds = places[whole][first]
                opening = places[reach[places] == length - 1] if length > 1 else places[:0]
                keys, first = np.unique(hashes(stream, opening, length), return_index=True)
                counted = np.concatenate([kinds, opening[first]])
            else:
                counted = places
            counted = counted[reach[counted] >= length - 1]
            grams, index, counts = np.unique(
                hashes(stream, counted, length), return_index=True, return_counts=True)
            contexts = hashes(stream, counted[index] - 1, length - 1)
            names, inverse = np.unique(contexts, return_inverse=True)
            totals = np.bincount(inverse, counts)
            kinds = np.bincount(inverse)
            ones, twos = (counts == 1).sum(), (counts == 2).sum()
            discount = ones / (ones + 2 * twos) if ones and twos else 0.5
            self.levels.append((length, grams, counts, names, totals, kinds, discount))
        self.levels.reverse()

    def probabilities(self, stream, reach, places, tokens):
        """The probability of tokens at places of a stream."""
        result = np.full(len(places), 1 / self.size)
        for length, grams, counts, names, totals, kinds, discount in self.levels:
            context = hashes(stream, places - 1, length - 1)
            at, known = find(names, context)
            known &= reach[places] >= length - 1
            gram = join(context, tokens)
            place, seen = find(grams, gram)
            count = np.where(seen, counts[place], 0)
            total = np.where(known, totals[at], 1)
            mixed = (np.maximum(count - discount, 0) + discount * kinds[at] * result) / total
            result = np.where(known, mixed, result)
        return result


def lay(pieces, size):
    """Pieces end to end with a token of its own before each, and how many tokens of its piece stand before each
    token; -1 for that extra one."""
    stream, reach = [], []
    for piece in pieces:
        stream += [np.array([size]), piece]
        reach += [np.array([-1]), np.arange(len(piece))]
    return np.concatenate(stream).astype(np.uint64), np.concatenate(reach)


PRIME = np.uint64(0x9E3779B97F4A7C15)


def join(hash, token):
    """A hash of a sequence and a token behind it."""
    mixed = (hash ^ (hash >> np.uint64(29))) * PRIME + token.astype(np.uint64) + np.uint64(1)
    return (mixed ^ (mixed >> np.uint64(32))) * np.uint64(0xBF58476D1CE4E5B9)


def hashes(stream, places, length):
    """Hashes of the sequences of so many tokens that end at places."""
    result = np.zeros(len(places), dtype=np.uint64)
    for back in range(length - 1, -1, -1):
        result = join(result, stream[np.maximum(places - back, 0)])
    return result


def find(values, wanted):
    place = np.minimum(np.searchsorted(values, wanted), len(values) - 1)
    return place, values[place] == wanted


class OwnCounts:
    """What has stood where in the piece so far."""

    def __init__(self, order):
        self.order = order
        self.counts = [collections.defaultdict(collections.Counter) for _ in range(order + 1)]

    def probability(self, past, token, below):
        """Witten and Bell's interpolation, above what is known without the piece."""
        for length in range(min(self.order, len(past)) + 1):
            counts = self.counts[length].get(past[len(past) - length:])
            if counts is None:
                break
            total = counts[None]
            kinds = len(counts) - 1
            below = (counts[token] if token in counts else 0) / (total + kinds) + kinds / (total + kinds) * below
        return below

    def reach(self, past):
        """How many of the latest tokens have stood together in the piece before."""
        length = 0
        while length < min(self.order, len(past)) and past[len(past) - length - 1:] in self.counts[length + 1]:
            length += 1
        return length

    def take(self, past, token):
        for length in range(min(self.order, len(past)) + 1):
            counts = self.counts[length][past[len(past) - length:]]
            counts[None] += 1
            counts[token] += 1


def pointers(piece, lengths):
    """At each place what followed the latest of the longest passages that end there, and its length, or None."""
    last = {length: {} for length in lengths}
    found = []
    for place in range(1, len(piece)):
        pointer = None
        for length in lengths:
            if place < length:
                continue
            passage = piece[place - length:place]
            if pointer is None and passage in last[length]:
                pointer = (piece[last[length][passage]], length)
            last[length][passage] = place
        found.append(pointer)
    return found


class Mixture:
    """Two opinions, weighed by how often each has been the better one so far, apart for each situation."""

    def __init__(self):
        self.weights = collections.defaultdict(lambda: [1.0, 1.0])

    def probability(self, situation, first, second):
        ours, theirs = self.weights[situation]
        return (ours * first + theirs * second) / (ours + theirs)

    def learn(self, situation, first, second):
        weights = self.weights[situation]
        total = weights[0] * first + weights[1] * second
        first, second = weights[0] * first / total, weights[1] * second / total
        weights[0] += first
        weights[1] += second


def measure(train, held, size, order, own, lengths):
    model = KneserNey(train, size, order)
    stream, reach = lay(held, size)
    places = np.flatnonzero(reach > 0)
    told = [pointer for piece in held for pointer in pointers(tuple(int(t) for t in piece), lengths)]
    truth = stream[places]
    guess = np.array([pointer[0] if pointer else 0 for pointer in told], dtype=np.uint64)
    below = model.probabilities(stream, reach, places, truth)
    below_guess = model.probabilities(stream, reach, places, guess)
    right = {length: [1, 2] for length in lengths}
    sums = [-float(np.log(below).sum()), 0.0, 0.0]
    index = 0
    own_or_not, copy_or_not = Mixture(), Mixture()
    for piece in held:
        counts = OwnCounts(own)
        piece = tuple(int(token) for token in piece)
        counts.take((), piece[0])
        for place in range(1, len(piece)):
            token, past = piece[place], piece[max(0, place - own):place]
            known = counts.reach(past)
            opinions = below[index], counts.probability(past, token, below[index])
            probability = own_or_not.probability(known, *opinions)
            sums[1] -= math.log(probability)
            if told[index]:
                copied, length = told[index]
                other = own_or_not.probability(
                    known, below_guess[index], counts.probability(past, copied, below_guess[index]))
                score = right[length]
                chance = score[0] / score[1]
                pointed = chance if token == copied else probability * (1 - chance) / (1 - other)
                mixed = copy_or_not.probability(length, probability, pointed)
                copy_or_not.learn(length, probability, pointed)
                probability = mixed
                score[0] += token == copied
                score[1] += 1
            sums[2] -= math.log(probability)
            own_or_not.learn(known, *opinions)
            counts.take(past, token)
            index += 1
    return [total / index for total in sums]


def check():
    """Toys that were worked out by hand, and that probabilities of all tokens sum to 1."""
    pieces = [np.array(piece) for piece in ([0, 1, 2, 1, 2], [0, 1, 1])]
    model = KneserNey(pieces, 3, 2)
    # Bigrams that count: 01 twice, 12 twice, 21, 11: discount 2 / (2 + 2 * 2). Different tokens stand before
    # 1 three (0, 2, 1) and before 2 one; none counts as 1 and 2 do, so the discount is 0.5.
    assert abs(model.levels[1][-1] - 1 / 3) < 1e-12 and abs(model.levels[0][-1] - 1 / 2) < 1e-12
    stream, reach = lay([np.array([0, 1, 2])], 3)
    found = model.probabilities(stream, reach, np.array([3]), np.array([2]))[0]
    unigram = (1 - 0.5 + 0.5 * 2 / 3) / 4
    # Behind 1 stand 2 twice and 1 once.
    assert abs(found - (2 - 1 / 3 + 1 / 3 * 2 * unigram) / 3) < 1e-12, found
    rng = np.random.default_rng(1)
    pieces = [np.concatenate([[0], rng.integers(1, 6, 60)]) for _ in range(20)]
    model = KneserNey(pieces[:15], 6, 4)
    stream, reach = lay(pieces[15:], 6)
    places = np.flatnonzero(reach > 0)
    total = sum(
        model.probabilities(stream, reach, places, np.full(len(places), token)) for token in range(6))
    assert np.allclose(total, 1), total
    own = OwnCounts(2)
    for past, token in (((), 0), ((0,), 1), ((0, 1), 0)):
        own.take(past, token)
    # Of the piece 0 1 0: 0 twice and 1 once, and 1 once behind 0.
    alone = 2 / 5 + 2 / 5 * 0.25
    assert abs(own.probability((1, 0), 0, 0.25) - 1 / 2 * alone) < 1e-12
    assert abs(sum(own.probability((1, 0), token, 0.25) for token in range(4)) - 1) < 1e-12
    assert own.reach((1, 0)) == 1 and own.reach((0, 1)) == 2
    mixture = Mixture()
    mixture.learn(0, 0.1, 0.3)
    # One half each before; then 1 + 1/4 and 1 + 3/4.
    assert abs(mixture.probability(0, 0.1, 0.3) - (1.25 * 0.1 + 1.75 * 0.3) / 3) < 1e-12
    assert pointers((1, 2, 3, 1, 2, 3), [2]) == [None, None, None, None, (3, 2)]
    print("all as by hand")


if __name__ == "__main__":
    main()
