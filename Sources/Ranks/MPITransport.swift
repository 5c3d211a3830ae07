import CMPI
import Synchronization

/// Carries bytes between ranks over MPI.
///
/// There is one in a process. Threads take turns.
public final class MPITransport: RankTransport {
  /// Which rank this is, from 0.
  public let rank: Int
  /// How many there are.
  public let count: Int
  /// What this rank's machine is called.
  public let host: String
  /// How many ranks are on this one's machine, itself among them.
  public let localCount: Int
  private let turn = Mutex(())

  /// Whether the program was built with MPI.
  public static var isBuilt: Bool { musegen_mpi_is_built() != 0 }

  /// Joins the processes that a launcher started together with this one.
  ///
  /// - Parameter launcher: what started them.
  /// - Throws: ``RankError`` where the program was built without MPI, or with another than the launcher's.
  public init(joining launcher: Launcher) throws(RankError) {
    guard Self.isBuilt else { throw RankError(.notBuilt(launcher)) }
    let error = musegen_mpi_join()
    guard error == 0 else { throw Self.error(error) }
    rank = Int(musegen_mpi_rank())
    count = Int(musegen_mpi_count())
    localCount = max(1, Int(musegen_mpi_local_count()))
    host = unsafe Self.text { unsafe musegen_mpi_host($0, $1) }
    guard count == launcher.count else {
      let library = unsafe Self.text { unsafe musegen_mpi_library($0, $1) }
      throw RankError(.strangers(launcher, library: library, found: count))
    }
  }

  /// Starts to send bytes.
  ///
  /// - Parameters:
  ///   - bytes: which stay where and as they are until the transfer is done.
  ///   - rank: to whom.
  ///   - tag: what kind of message it is, 0 to 32,767.
  /// - Returns: the transfer.
  /// - Throws: ``RankError`` where the other cannot be reached.
  public func send(
    _ bytes: UnsafeRawBufferPointer, to rank: Int, tag: Int
  ) throws(RankError) -> RankTransfer {
    let number = turn.withLock { _ in
      unsafe musegen_mpi_send(bytes.baseAddress, bytes.count, Int32(rank), Int32(tag))
    }
    return try Self.transfer(number)
  }

  /// Starts to receive bytes.
  ///
  /// - Parameters:
  ///   - bytes: where they go, as many as the other sends; not to be touched until the transfer is done.
  ///   - rank: from whom.
  ///   - tag: what kind of message it is.
  /// - Returns: the transfer.
  /// - Throws: ``RankError`` where the other cannot be reached.
  public func receive(
    into bytes: UnsafeMutableRawBufferPointer, from rank: Int, tag: Int
  ) throws(RankError) -> RankTransfer {
    let number = turn.withLock { _ in
      unsafe musegen_mpi_receive(bytes.baseAddress, bytes.count, Int32(rank), Int32(tag))
    }
    return try Self.transfer(number)
  }

  /// Starts to add up floats over all ranks, in whatever order is fastest.
  ///
  /// - Parameters:
  ///   - values: this rank's, which stay where and as they are until the transfer is done.
  ///   - sums: as many, which become the sums; not to be touched until then.
  /// - Returns: the transfer.
  /// - Throws: ``RankError`` where another cannot be reached.
  public func sum(
    _ values: UnsafeBufferPointer<Float>, into sums: UnsafeMutableBufferPointer<Float>
  ) throws(RankError) -> RankTransfer {
    precondition(values.count == sums.count, "\(sums.count) sums of \(values.count) values")
    let number = turn.withLock { _ in
      unsafe musegen_mpi_sum(values.baseAddress, sums.baseAddress, values.count)
    }
    return try Self.transfer(number)
  }

  /// Whether a transfer is done; to be asked until it is, and not again.
  ///
  /// - Throws: ``RankError`` where it failed.
  public func isDone(_ transfer: RankTransfer) throws(RankError) -> Bool {
    let found = turn.withLock { _ in musegen_mpi_is_done(Int32(transfer.number)) }
    guard found >= 0 else { throw Self.error(-found) }
    return found > 0
  }

  /// Says farewell to the others, who do the same.
  public func leave() { turn.withLock { _ in musegen_mpi_leave() } }

  private static func transfer(_ number: Int32) throws(RankError) -> RankTransfer {
    guard number >= 0 else { throw error(-number) }
    return RankTransfer(number: Int(number))
  }

  private static func error(_ number: Int32) -> RankError {
    unsafe RankError(.library(text { unsafe musegen_mpi_error(number, $0, $1) }))
  }

  /// A text that the shim writes.
  private static func text(_ write: (UnsafeMutablePointer<CChar>?, Int) -> Void) -> String {
    var bytes = [CChar](repeating: 0, count: 1024)
    unsafe bytes.withUnsafeMutableBufferPointer { buffer in
      unsafe write(buffer.baseAddress, buffer.count)
    }
    return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
