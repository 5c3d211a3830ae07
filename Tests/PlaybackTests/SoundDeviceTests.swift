import Playback
import Testing

@Test func `ALSA's null device is listed`() {
  let devices = SoundDevice.list()
  #expect(devices.contains { $0.name == "null" && !$0.description.isEmpty })
  #expect(Set(devices.map(\.name)).count == devices.count)
}
