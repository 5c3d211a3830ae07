import FileStorage
import Glibc

/// A UDP port at which Open Sound Control is heard, and from which it is sent to whoever wants it.
///
/// It is open on this machine alone.
public final class ControlPort: Sendable {
  /// The number of the port at which it hears.
  public let number: UInt16
  private let descriptor: Int32
  /// Where it sends; nil where nobody wants it.
  private let listener: UInt16?

  /// Opens a port.
  ///
  /// - Parameters:
  ///   - number: where to hear; 0 for any that is free.
  ///   - listener: the port of this machine to which is sent; nil for none.
  /// - Throws: ``PlaybackError`` where the port is taken.
  public init(number: UInt16, sendingTo listener: UInt16? = nil) throws(PlaybackError) {
    let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    var address = Self.address(number)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    var bound: Int32 = -1
    if descriptor >= 0 {
      // The address is read during the calls, and has the size that is told.
      bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
          let code = unsafe bind(descriptor, pointer, length)
          if code != 0 { return code }
          // Which port it is where any would do.
          return unsafe getsockname(descriptor, pointer, &length)
        }
      }
    }
    guard bound == 0 else {
      let problem = FileError(.write, path: "", errno: errno).reason
      if descriptor >= 0 { close(descriptor) }
      throw PlaybackError(.portUnavailable(name: "OSC \(number)", problem: problem))
    }
    self.descriptor = descriptor
    self.number = UInt16(bigEndian: address.sin_port)
    self.listener = listener
  }

  deinit { close(descriptor) }

  /// What has come since the last call, a thousand datagrams at the most, and of bundles few.
  public func receive() -> [ControlMessage] {
    var messages: [ControlMessage] = []
    var datagrams = 0
    var buffer = [UInt8](repeating: 0, count: 65_536)
    // A datagram may be a bundle of thousands.
    while messages.count < 1_000, datagrams < 1_000 {
      datagrams += 1
      // At most buffer.count bytes are written to the array.
      let count = unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe recv(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT))
      }
      guard count >= 0 else { break }
      messages += ControlMessage.messages(in: Array(buffer[..<count]))
    }
    return messages
  }

  /// Sends a message to whoever wants it; one that cannot be sent is lost, as datagrams are.
  public func send(_ message: ControlMessage) {
    guard let listener else { return }
    var address = Self.address(listener)
    let length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bytes = message.bytes
    unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        unsafe bytes.withUnsafeBytes { bytes in
          _ = unsafe sendto(
            descriptor, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT), pointer,
            length)
        }
      }
    }
  }

  /// A port of this machine.
  private static func address(_ number: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = number.bigEndian
    address.sin_addr = in_addr(s_addr: UInt32(0x7F00_0001).bigEndian)
    return address
  }
}
