import CALSA

/// A sound device as ALSA names it.
public struct SoundDevice: Hashable, Sendable {
  /// The name under which it is opened, such as `default` or `plughw:CARD=PCH,DEV=0`.
  public var name: String
  /// What it is, in one line.
  public var description: String

  /// Lists the devices that can play.
  ///
  /// Being listed does not say that a device is free or present; opening it does.
  ///
  /// - Returns: the devices in ALSA's order, usually the most useful first.
  public static func list() -> [SoundDevice] {
    NativeLog.install()
    var hints: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
    guard unsafe snd_device_name_hint(-1, "pcm", &hints) == 0, let first = unsafe hints else {
      return []
    }
    defer { unsafe snd_device_name_free_hint(hints) }
    var devices: [SoundDevice] = []
    // The list ends with a null pointer.
    var next = unsafe first
    while let hint = unsafe next.pointee {
      unsafe next += 1
      let direction = unsafe text(hint, "IOID")
      guard let name = unsafe text(hint, "NAME"), direction == nil || direction == "Output" else {
        continue
      }
      let description = (unsafe text(hint, "DESC") ?? "").split(separator: "\n")
        .joined(separator: ", ")
      devices.append(SoundDevice(name: name, description: description))
    }
    return devices
  }

  /// Copies one of a hint's texts, which ALSA allocates.
  private static func text(_ hint: UnsafeMutableRawPointer, _ key: String) -> String? {
    guard let value = unsafe snd_device_name_get_hint(hint, key) else { return nil }
    defer { unsafe free(value) }
    return unsafe String(cString: value)
  }
}
