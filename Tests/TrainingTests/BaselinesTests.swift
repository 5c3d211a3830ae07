import Foundation
import Testing
import Tokenization
import Training

struct BaselinesTests {
  @Test func `a unigram predicts by smoothed frequency`() throws {
    let training: [Token] = [0, 1, 1, 1, 2]
    let heldOut: [Token] = [0, 1, 2]
    let baselines = try #require(
      Baselines(training: [training[...]], heldOut: [heldOut[...]], vocabularySize: 3))
    // Predicted in training: 1 three times, 2 once; one added to each of three tokens.
    #expect(abs(baselines.unigramNats - (-log(4.0 / 7) - log(2.0 / 7)) / 2) < 1e-12)
  }

  @Test func `a bigram knows what follows`() throws {
    let alternating = (0..<1000).map { Token($0 % 2) }
    let baselines = try #require(
      Baselines(
        training: [alternating[...]], heldOut: [alternating[0..<100]], vocabularySize: 2))
    #expect(abs(baselines.unigramNats - log(2)) < 1e-3)
    #expect(baselines.bigramNats < 0.01)
  }

  @Test func `a token never seen before costs no more than the unigram's share of it`() throws {
    let training: [Token] = [0, 0, 0]
    let heldOut: [Token] = [1, 2]
    let baselines = try #require(
      Baselines(training: [training[...]], heldOut: [heldOut[...]], vocabularySize: 3))
    #expect(baselines.bigramNats.isFinite)
    #expect(abs(baselines.bigramNats - baselines.unigramNats) < 1e-12)
  }

  @Test func `pairs are counted alike in a table and where one would be too large`() throws {
    let training = (0..<500).map { Token($0 * $0 % 7) }
    let heldOut = (0..<50).map { Token($0 % 7) }
    func bigram(_ size: Int) throws -> Double {
      let baselines = try #require(
        Baselines(training: [training[...]], heldOut: [heldOut[...]], vocabularySize: size))
      return baselines.bigramNats
    }
    // One more token of the vocabulary changes the smoothing by next to nothing.
    #expect(abs(try bigram(2_048) - bigram(2_049)) < 1e-2)
  }

  @Test func `without held-out pieces there is no baseline`() {
    let training: [Token] = [0, 1]
    #expect(
      Baselines(training: [training[...]], heldOut: [ArraySlice<Token>](), vocabularySize: 2) == nil
    )
  }
}
