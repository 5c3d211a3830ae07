import CALSA

extension SequencerPort {
  /// A port that takes MIDI messages.
  public struct Address: Hashable, Sendable {
    /// The name under which it is opened, such as `128:0`.
    public var name: String
    /// The client's and the port's own names.
    public var description: String
  }

  /// Lists the ports that take MIDI messages.
  ///
  /// - Returns: the ports, by client and number.
  /// - Throws: ``PlaybackError`` where there is no sequencer.
  public static func list() throws(PlaybackError) -> [Address] {
    let sequencer = try unsafe open()
    defer { unsafe snd_seq_close(sequencer) }
    var allocatedClient: OpaquePointer?
    var allocatedPort: OpaquePointer?
    guard unsafe snd_seq_client_info_malloc(&allocatedClient) == 0 else { return [] }
    defer { unsafe snd_seq_client_info_free(allocatedClient) }
    guard unsafe snd_seq_port_info_malloc(&allocatedPort) == 0 else { return [] }
    defer { unsafe snd_seq_port_info_free(allocatedPort) }
    let (client, port) = unsafe (allocatedClient, allocatedPort)

    var addresses: [Address] = []
    let wanted = UInt32(SND_SEQ_PORT_CAP_WRITE | SND_SEQ_PORT_CAP_SUBS_WRITE)
    unsafe snd_seq_client_info_set_client(client, -1)
    while unsafe snd_seq_query_next_client(sequencer, client) >= 0 {
      let number = unsafe snd_seq_client_info_get_client(client)
      unsafe snd_seq_port_info_set_client(port, number)
      unsafe snd_seq_port_info_set_port(port, -1)
      while unsafe snd_seq_query_next_port(sequencer, port) >= 0 {
        guard unsafe snd_seq_port_info_get_capability(port) & wanted == wanted else { continue }
        let names = unsafe [snd_seq_client_info_get_name(client), snd_seq_port_info_get_name(port)]
        addresses.append(
          Address(
            name: "\(number):\(unsafe snd_seq_port_info_get_port(port))",
            description: unsafe names.compactMap { unsafe $0.map { unsafe String(cString: $0) } }
              .joined(separator: ", ")))
      }
    }
    return addresses
  }
}
