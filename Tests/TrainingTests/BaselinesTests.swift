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

  @Test(arguments: [3, 2_049])
  func `a bigram is smoothed by how many kinds of successors a token has`(_ size: Int) throws {
    // 0 is followed by 1 three times and by 2 once, 1 by 0 three times, 2 by 0 once; the last 0 by nothing.
    let training: [Token] = [0, 1, 0, 1, 0, 2, 0, 1, 0]
    let heldOut: [Token] = [0, 2, 0, 0]
    let baselines = try #require(
      Baselines(training: [training[...]], heldOut: [heldOut[...]], vocabularySize: size))
    let total = Double(8 + size)
    // Witten and Bell: of 0, which four pairs of two kinds begin with; of 2, which one does.
    let bigram: [Double] = [(1 + 4 / total) / 6, (1 + 5 / total) / 2, 10 / total / 6]
    let unigram: [Double] = [2 / total, 5 / total, 5 / total]
    func nats(_ shares: [Double]) -> Double { -shares.reduce(0) { $0 + log($1) } / 3 }
    #expect(abs(baselines.bigramNats - nats(bigram)) < 1e-12)
    #expect(abs(baselines.unigramNats - nats(unigram)) < 1e-12)
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
