import Glibc
import Recurrent
import Tensors
import Testing

struct BoundCoresTests {
  @Test func `a thread that is bound to one core trains with one thread, in one shard`() throws {
    var all = cpu_set_t()
    let size = MemoryLayout<cpu_set_t>.size
    try #require(sched_getaffinity(0, size, &all) == 0)
    let words = withUnsafeBytes(of: all) { Array($0.bindMemory(to: UInt64.self)) }
    let word = try #require(words.firstIndex { $0 != 0 })
    var one = cpu_set_t()
    withUnsafeMutableBytes(of: &one) {
      $0.storeBytes(
        of: words[word] & (0 &- words[word]), toByteOffset: 8 * word, as: UInt64.self)
    }
    try #require(sched_setaffinity(0, size, &one) == 0)
    defer { _ = sched_setaffinity(0, size, &all) }
    #expect(Machine.boundCoreCount == 1)
    #expect(BackpropagationThroughTime.shards(nil, streams: 64) == 1)
  }
}
