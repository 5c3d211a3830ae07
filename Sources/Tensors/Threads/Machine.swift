import CKernels
import COneDNN
import Glibc

/// What the machine has.
public enum Machine {
  /// The bytes of physical memory, where the system tells.
  public static var physicalMemory: Int? {
    let pages = sysconf(Int32(_SC_PHYS_PAGES))
    let size = sysconf(Int32(_SC_PAGESIZE))
    return pages > 0 && size > 0 ? pages * size : nil
  }

  /// The number of cores that are running.
  public static var coreCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// The number of cores that this process may run on: launchers bind processes to some of them.
  public static var boundCoreCount: Int {
    let count = Int(musegen_bound_cores())
    return count > 0 ? min(count, coreCount) : coreCount
  }

  /// How many threads one of several processes on this machine should run.
  ///
  /// - Parameter processes: how many share the machine.
  /// - Returns: as many as it has cores of its own, one at least.
  public static func threads(sharedBy processes: Int) -> Int {
    min(boundCoreCount, max(1, coreCount / max(1, processes)))
  }
}

/// What the machine's kernels run on.
public enum InstructionSet {
  /// The instruction set of the element-wise kernels: avx512, avx2, neon or portable.
  public static var name: String { unsafe String(cString: kernels.pointee.name) }

  /// What `MUSEGEN_ISA` may hold the kernels down to.
  public static let limits = ["portable", "avx2"]

  /// What `MUSEGEN_ISA` says where it is none of ``limits``, and holds nothing down; nil where all is well.
  public static var unknownLimit: String? {
    guard let limit, !limit.isEmpty, !limits.contains(limit) else { return nil }
    return limit
  }

  private static var limit: String? {
    guard let value = unsafe getenv("MUSEGEN_ISA") else { return nil }
    return unsafe String(cString: value)
  }

  /// Whether `MUSEGEN_ISA=portable` asks for plain code everywhere, products included.
  public static let isPortable = name == "portable" || limit == "portable"

  /// Whether products of bfloat16 run in hardware here, and are therefore worth having.
  public static let multipliesBFloat16: Bool = {
    guard !isPortable else { return false }
    let needed = dnnl_cpu_isa_avx512_core_bf16.rawValue
    return dnnl_get_effective_cpu_isa().rawValue & needed == needed
  }()

  /// Which instructions oneDNN's products run on, by its own number: of two machines of the same one they round
  /// alike.
  public static var productsName: String {
    isPortable ? "portable" : String(dnnl_get_effective_cpu_isa().rawValue, radix: 16)
  }

  /// Whether products of bytes run in hardware here.
  public static let multipliesInt8 = unsafe kernels.pointee.multiplies_int8 != 0
}

// The table of kernels for this CPU; it lives as long as the process.
nonisolated(unsafe) let kernels = unsafe musegen_kernels()
