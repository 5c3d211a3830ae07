/// A family of General MIDI's programs, eight each, or the drum kit.
///
/// - Reference: General MIDI System Level 1 (1991), the instrument patch map.
public enum InstrumentFamily: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
  case piano
  case chromaticPercussion = "chromatic-percussion"
  case organ, guitar, bass, strings, ensemble, brass, reed, pipe
  case synthLead = "synth-lead"
  case synthPad = "synth-pad"
  case synthEffects = "synth-effects"
  case ethnic, percussive
  case soundEffects = "sound-effects"
  case drums

  /// The family of a program, 0 to 127; 128 and above are drums.
  public init(program: UInt8) { self = Self.allCases[min(Int(program) / 8, 16)] }

  /// The family's programs; 128 stands for drums.
  public var programs: ClosedRange<UInt8> {
    let first = UInt8(8 * place)
    return self == .drums ? 128...128 : first...first + 7
  }

  /// The order of their programs.
  public static func < (left: InstrumentFamily, right: InstrumentFamily) -> Bool {
    left.place < right.place
  }

  private var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
