import Corpora
import Music
import Tokenization

/// The length in seconds that 99.9 % of the notes of some pieces do not exceed.
///
/// At most 200 pieces are looked at, evenly chosen; nil where they hold no notes.
func longestNoteSeconds(
  of pieces: [Int], in corpus: Corpus, vocabulary: any Vocabulary
) -> Double? {
  let spacing = max(1, pieces.count / 200)
  var lengths: [Double] = []
  for index in stride(from: 0, to: pieces.count, by: spacing) {
    let score = vocabulary.decode(corpus.tokens(ofPiece: pieces[index]))
    let tempoMap = score.tempoMap
    for note in score.tracks.flatMap(\.notes) {
      lengths.append(tempoMap.seconds(atTick: note.end) - tempoMap.seconds(atTick: note.onset))
    }
  }
  guard !lengths.isEmpty else { return nil }
  lengths.sort()
  return lengths[min(lengths.count - 1, lengths.count * 999 / 1000)]
}
