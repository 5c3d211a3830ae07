import Foundation
import Music
import Reproducibility
import StandardMIDIFile
import Testing
import Tokenization

@testable import Corpora

/// Kept corpora are of the tokens that vocabularies write today.
struct TokenDigestTests {
  /// The tokens of `midi/` in each version of the cache, by vocabulary.
  ///
  /// Where tokens change on purpose, raise ``CorpusCache/version`` and note here what they have become.
  private static let digests: [Int: [String: String]] = [
    8: [
      "performance": "1185afec7ef90150", "tsd": "0be1b850703adf4d", "remi": "62ad10a9cd65a5b5",
      "pianoroll": "112fceba7057083f",
    ]
  ]

  @Test func `who changes tokens raises the version of the cache`() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let paths = try MIDIFileFinder().findPieces(in: [root.appending(path: "midi").path])
    #expect(paths.count == 72)
    var found: [String: String] = [:]
    for name in VocabularyConfiguration.names {
      let corpus = try Corpus(
        paths: paths, vocabulary: VocabularyConfiguration(named: name).makeVocabulary())
      var hash = StableHash()
      hash.combine(corpus.tokens.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] })
      found[name] = hash.value.hexadecimal
    }
    #expect(Self.digests[CorpusCache.version] == found)
  }
}
