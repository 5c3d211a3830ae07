import Music
import StandardMIDIFile
import Tokenization

/// Lets every vocabulary decode any tokens, and checks what must hold of the music.
///
/// The first byte chooses the vocabulary, the second the decoder's limits; each two more are a token.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTokens(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = UnsafeBufferPointer(start: start, count: count)
  guard count >= 4 else { return 0 }
  let vocabulary = vocabularies[Int(bytes[0]) % vocabularies.count]
  let tokens = stride(from: 2, to: count - 1, by: 2).map { index in
    Token((Int(bytes[index]) << 8 | Int(bytes[index + 1])) % vocabulary.count)
  }
  check(tokens, of: vocabulary, limits: bytes[1])
  return 0
}

private let vocabularies: [any Vocabulary] = {
  var withAll = MetricalConfiguration()
  withAll.pedal = true
  var configurations: [VocabularyConfiguration] = [
    .performance(), .tsd(), .remi(), .pianoroll(), .tsd(withAll), .remi(withAll),
  ]
  configurations.append(
    .merged(
      base: .performance(),
      merges: [MergedVocabulary.Merge(60, 61), .init(64, 190)]))
  return configurations.map { configuration in
    guard let vocabulary = try? configuration.makeVocabulary() else {
      preconditionFailure("\(configuration) makes no vocabulary")
    }
    return vocabulary
  }
}()

private func check(_ tokens: [Token], of vocabulary: any Vocabulary, limits: UInt8) {
  var decoder = vocabulary.makeDecoder()
  if limits & 1 != 0 { decoder.polyphony = Int(limits >> 4) }
  if limits & 2 != 0 { decoder.longestNoteSeconds = Double(limits >> 4) / 4 }
  if limits & 4 != 0 { decoder.bound = .seconds(Double(limits >> 4)) }
  var settled = 0.0
  var messages: [TimedMessage] = []
  for (index, token) in tokens.enumerated() {
    decoder.consume(token)
    precondition(decoder.settledSeconds >= settled, "what is settled stays settled")
    settled = decoder.settledSeconds
    if index % 8 == 7 { messages += decoder.takeSettledMessages() }
  }
  decoder.finish()
  messages += decoder.takeSettledMessages()
  precondition(
    zip(messages, messages.dropFirst()).allSatisfy { $0.seconds <= $1.seconds },
    "messages come in playing order")
  let score = decoder.score
  precondition(score == score.sorted(), "a decoder's score is in order")
  for track in score.tracks {
    for note in track.notes {
      precondition(note.onset >= 0 && note.duration >= 0 && note.end <= score.endTick)
    }
  }
  guard let file = try? MIDIFile(bytes: score.midiFile().bytes()) else {
    preconditionFailure("a score's file is not read")
  }
  precondition(file.warnings.isEmpty, "a score's file is valid")
  precondition(
    vocabulary.decode(vocabulary.encode(score)) == vocabulary.quantise(score),
    "decode(encode(score)) is quantise(score)")

  var grammar = vocabulary.makeGrammar()
  for token in [vocabulary.start] + tokens {
    let allowed = grammar.allowed
    precondition(!allowed.isEmpty, "there is always a token that may come")
    if allowed[token] { grammar.advance(token) }
  }
}
