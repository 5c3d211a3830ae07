import Foundation
import Recurrent
import Testing

@testable import Evaluation

/// Two models on the same pieces, beside SciPy's figures (`Fixtures/paired.py`).
struct PairedComparisonTests {
  private struct Reference: Decodable {
    var t: [[Double]]
    var equal: Losses
    var ratio: Losses

    struct Losses: Decodable {
      var first: [Double]
      var second: [Double]
      var units: [Int]?
      var value: Double?
      var low: Double
      var high: Double
      var bootstrapLow: Double?
      var bootstrapHigh: Double?
    }
  }

  private let reference: Reference

  init() throws {
    let url = try #require(Bundle.module.url(forResource: "Fixtures/paired", withExtension: "json"))
    reference = try JSONDecoder().decode(Reference.self, from: Data(contentsOf: url))
  }

  private func likelihood(_ nats: [Double], notes: [Int]? = nil) -> Likelihood {
    let pieces = nats.enumerated().map { number, nats in
      PieceLikelihood(
        path: "\(number).mid", nats: nats, tokens: 3 * (notes?[number] ?? 1),
        notes: notes?[number] ?? 1, frames: 0, seconds: 10)
    }
    return Likelihood(pieces: pieces, total: WindowLoss())
  }

  @Test func `quantiles of Student's distribution are SciPy's to ten digits`() {
    for pair in reference.t {
      let found = StudentDistribution(degrees: pair[0]).quantile(twoSided: 0.95)
      #expect(abs(found / pair[1] - 1) < 1e-10, "\(pair[0])")
    }
  }

  @Test func `files whose names differ in their normal form only are two`() {
    let composed = "caf\u{E9}.mid", decomposed = "cafe\u{301}.mid"
    func likelihood(_ nats: [(String, Double)]) -> Likelihood {
      Likelihood(
        pieces: nats.map {
          PieceLikelihood(path: $0, nats: $1, tokens: 1, notes: 1, frames: 0, seconds: 1)
        }, total: WindowLoss())
    }
    let comparison = PairedComparison(
      likelihood([(composed, 1), (decomposed, 2)]), likelihood([(decomposed, 3), (composed, 4)]),
      sharesTokens: true)
    #expect(comparison.unpaired.isEmpty)
    #expect(comparison.pairs.map { [$0.first.nats, $0.second.nats] } == [[1, 4], [2, 3]])
  }

  @Test func `a file that is read with a part given and whole is paired as it is read`() {
    func likelihood(_ readings: [(part: String?, nats: Double)]) -> Likelihood {
      Likelihood(
        pieces: readings.map {
          PieceLikelihood(
            path: "a.mid", nats: $0.nats, tokens: 1, notes: 1, frames: 0, seconds: 1,
            givenPart: $0.part)
        }, total: WindowLoss())
    }
    let both = likelihood([("highest", 2), (nil, 5)])
    for (other, pairs, unpaired) in [
      ([("highest", 3), (nil, 7)], [[2, 3], [5, 7]], 0),
      // Who writes whole pieces alone predicts other notes than who hears a part of them.
      ([(nil, 7)], [[5, 7]], 1), ([("1", 3)], [], 3),
    ] as [([(String?, Double)], [[Double]], Int)] {
      let comparison = PairedComparison(
        both, likelihood(other.map { (part: $0.0, nats: $0.1) }), sharesTokens: false)
      #expect(comparison.pairs.map { [$0.first.nats, $0.second.nats] } == pairs)
      #expect(comparison.unpaired.count == unpaired)
    }
  }

  @Test func `a file that is read in two ways is drawn once, whatever is told of it twice`() throws
  {
    func likelihood(_ nats: [Double], read parts: [String?]) -> Likelihood {
      let pieces = nats.enumerated().flatMap { number, nats in
        parts.map { part in
          PieceLikelihood(
            path: "\(number).mid", nats: nats, tokens: 1, notes: 1, frames: 0, seconds: 1,
            givenPart: part)
        }
      }
      return Likelihood(pieces: pieces, total: WindowLoss())
    }
    let (first, second) = ([5.0, 3, 8, 4], [6.0, 3.5, 7, 6])
    func difference(read parts: [String?]) throws -> PairedComparison.Difference {
      let comparison = PairedComparison(
        likelihood(first, read: parts), likelihood(second, read: parts), sharesTokens: true)
      #expect(comparison.pairs.count == 4 * parts.count)
      #expect(comparison.fileCount == 4 && comparison.firstIsBetter == 3)
      return try #require(comparison.difference(per: .note))
    }
    let once = try difference(read: [nil]), twice = try difference(read: ["highest", nil])
    #expect(once.value == -0.625 && twice.value == once.value)
    #expect(abs(try #require(twice.low) - (try #require(once.low))) < 1e-12)
    #expect(abs(try #require(twice.high) - (try #require(once.high))) < 1e-12)
    #expect(
      likelihood(first, read: ["highest", nil]).mean(per: .note)
        == likelihood(first, read: [nil]).mean(per: .note))
    #expect(likelihood([5], read: ["highest", nil]).mean(per: .note)?.low == nil)
  }

  @Test func `for pieces of equal length the interval is that of the paired t test`() throws {
    let losses = reference.equal
    let comparison = PairedComparison(
      likelihood(losses.first), likelihood(losses.second), sharesTokens: false)
    let difference = try #require(comparison.difference(per: .note))
    #expect(abs(try #require(difference.low) - losses.low) < 1e-9)
    #expect(abs(try #require(difference.high) - losses.high) < 1e-9)
    #expect(!difference.isTold)
    #expect(comparison.difference(per: .token) == nil)
    #expect(comparison.difference(per: .frame) == nil)
    // A second of music has a tenth of a note.
    let perSecond = try #require(comparison.difference(per: .second))
    #expect(abs(perSecond.value * 10 - difference.value) < 1e-12)
    #expect(comparison.firstIsBetter == zip(losses.first, losses.second).count { $0 < $1 })
  }

  @Test func `for others it is that of a ratio of sums, and near to SciPy's bootstrap`() throws {
    let losses = reference.ratio
    let units = try #require(losses.units)
    let comparison = PairedComparison(
      likelihood(losses.first, notes: units), likelihood(losses.second, notes: units),
      sharesTokens: true)
    let difference = try #require(comparison.difference(per: .note))
    let (low, high) = (try #require(difference.low), try #require(difference.high))
    #expect(abs(difference.value - (losses.value ?? 0)) < 1e-12)
    #expect(abs(difference.first - difference.second - difference.value) < 1e-12)
    #expect(abs(low - losses.low) < 1e-12 && abs(high - losses.high) < 1e-12)
    #expect(abs(low - (losses.bootstrapLow ?? 0)) < 0.05 * (high - low))
    #expect(abs(high - (losses.bootstrapHigh ?? 0)) < 0.05 * (high - low))
    #expect(difference.isTold)
    let perToken = try #require(comparison.difference(per: .token))
    #expect(abs(3 * perToken.value - difference.value) < 1e-12)
  }

  @Test func `one piece has no interval, and pieces are paired by their paths`() throws {
    let alone = PairedComparison(likelihood([5]), likelihood([7, 3]), sharesTokens: true)
    let difference = try #require(alone.difference(per: .note))
    #expect(difference.value == -2 && difference.low == nil && difference.high == nil)
    #expect(!difference.isTold)
    #expect(alone.unpaired == ["1.mid"])
    let none = PairedComparison(likelihood([]), likelihood([]), sharesTokens: true)
    #expect(none.difference(per: .note) == nil)
    #expect(likelihood([5]).mean(per: .note)?.low == nil)
    #expect(likelihood([5, 6]).mean(per: .note)?.low != nil)
  }
}
