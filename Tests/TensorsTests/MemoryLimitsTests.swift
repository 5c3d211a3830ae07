import Tensors
import Testing

/// What Linux says of memory, in the words of proc(5) and cgroups(7).
struct MemoryLimitsTests {
  private let machine = [
    "/proc/meminfo": "MemTotal:    16000000 kB\nMemFree: 100 kB\nMemAvailable:   8000000 kB\n",
    "/proc/self/status":
      "Name:\tm\nVmPeak:\t 900000 kB\nVmSize:\t 500000 kB\nVmData:\t 200000 kB\n",
    "/proc/self/limits":
      "Max data size    unlimited  unlimited  bytes\nMax address space  unlimited  unlimited  bytes\n",
    "/proc/self/cgroup": "0::/\n",
  ]

  private func limits(_ files: [String: String]) -> MemoryLimits {
    let all = machine.merging(files) { $1 }
    return MemoryLimits { all[$0] }
  }

  @Test func `without limits it is what the machine has available`() {
    let limits = limits([:])
    #expect(limits.available == 8_000_000 * 1024)
    #expect(limits.group == nil && limits.addressSpace == nil && limits.data == nil)
  }

  @Test func `a limit on address space or data counts less what is taken`() {
    func ulimit(_ name: String, _ bytes: Int) -> [String: String] {
      ["/proc/self/limits": "\(name)             \(bytes)            unlimited            bytes\n"]
    }
    let data = limits(ulimit("Max data size", 1 << 30))
    #expect(data.data == 1 << 30 - 200_000 * 1024)
    #expect(data.available == data.data)
    let space = limits(ulimit("Max address space", 1 << 30))
    #expect(space.addressSpace == 1 << 30 - 500_000 * 1024 - Machine.coreCount * (8 << 20))
    #expect(limits(ulimit("Max address space", 1 << 20)).available == 0)
  }

  @Test func `a control group of version 2 and all above it count, less what they can free`() {
    let group = limits([
      "/proc/self/cgroup": "0::/user/one\n",
      "/sys/fs/cgroup/user/one/memory.max": "max\n",
      "/sys/fs/cgroup/user/one/memory.current": "1000\n",
      "/sys/fs/cgroup/user/memory.max": "2000000\n",
      "/sys/fs/cgroup/user/memory.current": "1500000\n",
      "/sys/fs/cgroup/user/memory.stat": "anon 5\ninactive_file 100000\nactive_file 7\n",
      "/sys/fs/cgroup/memory.max": "3000000\n",
      "/sys/fs/cgroup/memory.current": "1500000\n",
    ])
    #expect(group.group == 2_000_000 - 1_500_000 + 100_000)
    #expect(group.available == group.group)
  }

  @Test func `a control group of version 1 counts as well`() {
    let group = limits([
      "/proc/self/cgroup": "12:cpu,cpuacct:/a\n11:memory:/docker/b\n0::/docker/b\n",
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": "5000000\n",
      "/sys/fs/cgroup/memory/memory.usage_in_bytes": "1000000\n",
      "/sys/fs/cgroup/memory/memory.stat": "total_inactive_file 3000000\n",
    ])
    // No more can be freed than is taken.
    #expect(group.group == 5_000_000)
    let none = limits([
      "/proc/self/cgroup": "11:memory:/\n",
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
      "/sys/fs/cgroup/memory/memory.usage_in_bytes": "1000000\n",
    ])
    #expect(none.available == 8_000_000 * 1024)
  }

  @Test func `files that say nothing or nonsense are no limit`() {
    let limits = MemoryLimits { path in path.contains("limits") ? "Max data size" : "::::\n-1" }
    #expect(limits.group == nil && limits.data == nil && limits.addressSpace == nil)
    #expect(MemoryLimits { _ in nil }.available != 0)
    #expect(MemoryLimits.current.available ?? 1 > 0)
  }
}
