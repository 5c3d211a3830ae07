import Glibc
import Recurrent
import Tensors
import Testing

/// Threads on a machine of which a process may use some cores only.
struct BoundCoresTests {
  private typealias Affinity = @convention(c) (pid_t, Int, UnsafeMutableRawPointer) -> Int32

  /// Reads or sets the cores on which the calling thread may run, a bit each; Glibc's module does not have these.
  private func call(_ name: String, _ cores: inout [UInt64]) throws {
    guard let symbol = unsafe dlsym(nil, name) else {
      Issue.record("\(name) not found")
      return
    }
    let function = unsafe unsafeBitCast(symbol, to: Affinity.self)
    let result = unsafe cores.withUnsafeMutableBytes { bytes in
      guard let start = bytes.baseAddress else { return Int32(-1) }
      return unsafe function(0, bytes.count, start)
    }
    // The system call itself tells how many bytes it wrote.
    try #require(result >= 0)
  }

  @Test func `a thread that is bound to one core trains with one thread, in one shard`() throws {
    var all = [UInt64](repeating: 0, count: 16)
    try call("sched_getaffinity", &all)
    let word = try #require(all.firstIndex { $0 != 0 })
    var one = [UInt64](repeating: 0, count: 16)
    one[word] = all[word] & (0 &- all[word])
    try call("sched_setaffinity", &one)
    defer { try? call("sched_setaffinity", &all) }
    #expect(Machine.boundCoreCount == 1)
    #expect(BackpropagationThroughTime.shards(nil, streams: 64) == 1)
  }
}
