import Synchronization
import Testing

@testable import Corpora

@Suite struct ParallelMapTests {
  @Test(arguments: [0, 1, 7, 1_000, 20_000], [1, 2, 3])
  func `each element is worked on once, and the results are in order`(
    _ count: Int, _ threads: Int
  ) throws {
    let calls = Mutex(0)
    let results = try parallelMap(Array(0..<count), threads: threads) { number in
      calls.withLock { $0 += 1 }
      return 3 * number
    }
    #expect(results == (0..<count).map { 3 * $0 })
    let called = calls.withLock { $0 }
    #expect(called == count)
  }
}
