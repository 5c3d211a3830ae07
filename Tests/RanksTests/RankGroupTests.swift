import Glibc
import Ranks
import Synchronization
import TestSupport
import Testing

struct RankGroupTests {
  /// What a shard has of each of some numbers: of many sizes, so that the order of a sum shows in its last digits.
  static func part(_ shard: Int, _ index: Int) -> Float {
    let bits = UInt64(shard * 7919 + index) &* 0x9E37_79B9_7F4A_7C15
    let mantissa = Float(Int64(bits >> 40) - (1 << 23)) / Float(1 << 23)
    return mantissa * Float(1 << (bits >> 36 & 15))
  }

  static func sum(_ count: Int, shards: Int) -> [Float] {
    (0..<count).map { index in
      (1..<shards).reduce(part(0, index)) { $0 + part($1, index) }
    }
  }

  /// Adds the parts of some shards of each rank in their order.
  static func pass(
    _ group: RankGroup, count: Int, shards: Range<Int>, sum: RankSum = .exact
  ) -> (values: [Float], totals: [Double]) {
    var values = [Float](repeating: .nan, count: count)
    let totals = group.pass(
      &values, sum: sum, totals: 2,
      addTotals: { totals in
        totals[0] += Double(shards.count)
        for shard in shards { totals[1] += 1 / Double(shard + 3) }
      },
      add: { range, part in
        for index in range {
          var value = part[index - range.lowerBound]
          for shard in shards {
            value = shard == 0 ? Self.part(0, index) : value + Self.part(shard, index)
          }
          part[index - range.lowerBound] = value
        }
      })
    return (values, totals)
  }

  @Test(arguments: [(2, 5), (3, 7), (4, 4), (7, 9)])
  func `a sum over ranks is to the bit that over the shards in one process, however they lie`(
    ranks: Int, shards: Int
  ) {
    for count in [0, 1, 4095, 4097, 50_000] {
      let expected = Self.sum(count, shards: shards)
      let totals = (0..<shards).reduce(0.0) { $0 + 1 / Double($1 + 3) }
      let results = ThreadTransport.run(ranks) { group in
        let first = group.rank * shards / ranks
        return Self.pass(
          group, count: count, shards: first..<(group.rank + 1) * shards / ranks)
      }
      #expect(results.count == ranks)
      for result in results {
        #expect(result.values.map(\.bitPattern) == expected.map(\.bitPattern))
        #expect(result.totals == [Double(shards), totals])
      }
    }
  }

  @Test func `the order of the ranks' sum is not any other's`() {
    let numbers = Self.sum(1000, shards: 5)
    let backwards = (0..<1000).map { index in
      (0..<4).reversed().reduce(Self.part(4, index)) { $0 + Self.part($1, index) }
    }
    #expect(numbers != backwards)
  }

  @Test func `a fast sum and one in bfloat16 are near, and the same on all ranks`() {
    let exact = Self.sum(9000, shards: 4)
    for (sum, tolerance) in [(RankSum.fast, Float(1e-5)), (.bf16, 1.0 / 64)] {
      let results = ThreadTransport.run(4) { group in
        Self.pass(group, count: 9000, shards: group.rank..<group.rank + 1, sum: sum)
      }
      for result in results { #expect(result.values == results[0].values) }
      let scale = (0..<9000).map { index in
        (0..<4).reduce(Float(0)) { $0 + abs(Self.part($1, index)) }
      }
      for index in exact.indices {
        #expect(abs(results[0].values[index] - exact[index]) <= tolerance * scale[index])
      }
      #expect(results[0].values != exact)
    }
  }

  @Test(arguments: RankSum.allCases)
  func `what is ready travels before the rest is there, to the same sum`(sum: RankSum) {
    let sections = [0..<5000, 5000..<5003, 5003..<5003, 5003..<30_000]
    let results = ThreadTransport.run(3) { group -> (values: [Float], asked: [Int]) in
      var values = [Float](repeating: .nan, count: 30_000)
      // The second rank is slower than the others.
      var (looks, asked) = (0, [Int]())
      let totals = group.pass(
        &values, sections: sections, sum: sum, totals: 1,
        isReady: { section in
          looks += 1
          if asked.last != section { asked.append(section) }
          return looks > section * (group.rank == 1 ? 40 : 4)
        },
        addTotals: { $0[0] += 1 },
        add: { range, part in
          for index in range {
            let place = index - range.lowerBound
            part[place] = (group.rank == 0 ? 0 : part[place]) + Self.part(group.rank, index)
          }
        })
      return (totals == [3] ? values : [], asked)
    }
    let expected = Self.sum(30_000, shards: 3)
    for result in results {
      #expect(result.asked == result.asked.sorted())
      #expect(result.values == results[0].values)
      guard sum == .exact else { continue }
      #expect(result.values.map(\.bitPattern) == expected.map(\.bitPattern))
    }
    #expect(results[0].values.count == 30_000)
  }

  @Test func `a mean over ranks is that of their sum in their order`() {
    let results = ThreadTransport.run(3) { group in
      var values = (0..<9000).map { Self.part(group.rank, $0) }
      group.average(&values)
      return values
    }
    let expected = Self.sum(9000, shards: 3).map { $0 / 3 }
    for result in results { #expect(result.map(\.bitPattern) == expected.map(\.bitPattern)) }
  }

  @Test func `numbers of which each rank has some come together, minus zero too`() {
    let results = ThreadTransport.run(3) { group in
      var values = [Float](repeating: Float(group.rank + 1), count: 10)
      values[group.rank * 3] = -0.0
      group.assemble(&values, own: [group.rank * 3..<group.rank * 3 + 3])
      return values.map(\.bitPattern)
    }
    let expected: [Float] = [-0.0, 1, 1, -0.0, 2, 2, -0.0, 3, 3]
    for result in results { #expect(Array(result.prefix(9)) == expected.map(\.bitPattern)) }
  }

  @Test(arguments: [1, 2, 3, 5, 8, 13]) func `what the first rank says reaches all`(count: Int) {
    let results = ThreadTransport.run(count) { group -> [RankGroup.Order] in
      let orders: [RankGroup.Order] = [.next(seconds: 1.1), .gather, .end(code: 74)]
      guard group.leads else { return orders.compactMap { _ in try? group.follow() } }
      for order in orders { try? group.lead(order) }
      return orders
    }
    for result in results { #expect(result == [.next(seconds: 1.1), .gather, .end(code: 74)]) }
  }

  @Test func `the first rank waits for one that still reads, whatever it tells`() {
    let results = ThreadTransport.run(2, prepare: { $0.waitsForReceivers = true }) {
      group -> [UInt8]? in
      group.patience = .milliseconds(200)
      if !group.leads { RankGroup.sleep(.milliseconds(900)) }
      return try? group.settle([7, 8])
    }
    #expect(results == [[7, 8], [7, 8]])
  }

  @Test func `ranks on which a fact is another all say which, of the first that is`() {
    let results = ThreadTransport.run(3) { group -> String? in
      do throws(RankError) {
        _ = try group.settle([])
        try group.compare([
          ("musegen", "1"), ("music", group.rank == 2 ? "b" : "a"),
          ("settings", group.rank == 1 ? "y" : "x"),
        ])
        return nil
      } catch {
        return error.description
      }
    }
    let line = "rank 2 (thread2): found music b, expected a as on rank 0 (thread0)"
    #expect(results == [line, line, line])
  }

  @Test(arguments: [false, true])
  func `a rank that fails before the work begins tells all why`(isSettled: Bool) {
    let results = ThreadTransport.run(4) { group -> RankError? in
      if group.rank == 2 {
        if isSettled { _ = try? group.settle([]) }
        group.end(code: 66, message: "midi: no such folder")
        return nil
      }
      do throws(RankError) {
        _ = try group.settle([])
        try group.compare([("music", "a")])
        return nil
      } catch {
        return error
      }
    }
    #expect(results.count == 4)
    for (rank, result) in results.enumerated() where rank != 2 {
      #expect(
        result?.reason
          == .failed(rank: 2, host: "thread2", message: "midi: no such folder", code: 66))
    }
  }

  @Test func `where another version cannot read what was settled, the versions are told`() {
    let results = ThreadTransport.run(3) { group -> String? in
      group.facts = [("musegen", group.rank == 1 ? "2" : "1")]
      do throws(RankError) {
        _ = try group.settle([])
        if group.rank == 1 {
          group.end(code: 69, message: "the first rank's settings cannot be read")
          return nil
        }
        try group.compare([("music", "a")])
        return nil
      } catch {
        return error.description
      }
    }
    let line = "rank 1 (thread1): found musegen 2, expected 1 as on rank 0 (thread0)"
    #expect(results == [line, nil, line])
  }

  @Test func `the first rank's failure ends the others with its exit code`() {
    let results = ThreadTransport.run(3) { group -> RankError? in
      if group.leads {
        group.end(code: 64, message: "no such flag")
        return nil
      }
      do throws(RankError) {
        _ = try group.settle([])
        return nil
      } catch {
        group.end(code: 0)
        return error
      }
    }
    for result in results.dropFirst() { #expect(result?.reason == .ended(code: 64)) }
  }

  @Test(arguments: [0, 2])
  func `who is to stop waits only so long for ranks that have left without a word`(rank: Int) {
    let begin = ContinuousClock.now
    let results = ThreadTransport.run(3) { group -> RankError? in
      if group.rank == rank {
        if group.leads { _ = try? group.settle([]) }
        group.end(code: 130, message: "stopped", within: .milliseconds(300))
      }
      return group.failure
    }
    #expect(results[rank] != nil)
    #expect(ContinuousClock.now - begin < .seconds(20))
  }

  @Test func `a rank that is gone is named soon, and one that is busy is waited for`() {
    let begin = ContinuousClock.now
    let results = ThreadTransport.run(4) { group -> RankError? in
      group.silence = .milliseconds(600)
      do throws(RankError) {
        _ = try group.settle([])
        try group.compare([("music", "a")])
      } catch {
        return error
      }
      // Busy for longer than a rank may be silent.
      if group.rank == 1 { usleep(1_500_000) }
      var values = [Float](repeating: 0, count: 9000)
      _ = group.pass(&values) { _, _ in }
      guard group.failure == nil else { return group.failure }
      // Gone without a word.
      if group.rank == 2 { return nil }
      _ = group.pass(&values) { _, _ in }
      return group.failure
    }
    for rank in [0, 1, 3] { #expect(results[rank]?.reason == .silent(ranks: [2], seconds: 0)) }
    #expect(ContinuousClock.now - begin < .seconds(20))
  }

  @Test func `ranks that end together say farewell and wait for nobody`() {
    let begin = ContinuousClock.now
    let results = ThreadTransport.run(3) { group -> RankError? in
      do throws(RankError) {
        _ = try group.settle([])
        try group.compare([("music", "a")])
        if group.leads { try group.lead(.gather) } else { _ = try group.follow() }
        if !group.leads { _ = try group.follow() }
      } catch {
        return error
      }
      group.end(code: 0)
      return group.failure
    }
    #expect(results.allSatisfy { $0 == nil })
    #expect(ContinuousClock.now - begin < .seconds(4))
  }

  @Test func `a rank that no longer answers is named by the first`() {
    let results = ThreadTransport.run(4) { group -> RankError? in
      group.patience = .milliseconds(300)
      // Gone without a word.
      if group.rank == 2 { return nil }
      var values = [Float](repeating: 0, count: 9000)
      _ = group.pass(&values) { _, _ in }
      return group.failure
    }
    #expect(results[0]?.reason == .silent(ranks: [2], seconds: 0))
    #expect(results[1] != nil && results[3] != nil)
  }
}
