import Foundation
import Reproducibility

/// The page's own files, compiled into the program: the only ones that are served.
enum PageFiles {
  /// A file of the page.
  struct File: Sendable {
    let type: String
    let bytes: [UInt8]
    /// Tells one version of it from another.
    let tag: String

    init(_ type: String, _ bytes: [UInt8]) {
      self.type = type
      self.bytes = bytes
      var hash = StableHash()
      hash.combine(bytes)
      tag = "\"\(hash.value.hexadecimal)\""
    }
  }

  private static let (page, style) = ("text/html; charset=utf-8", "text/css; charset=utf-8")
  private static let module = "text/javascript; charset=utf-8"

  /// The files by their addresses.
  static let all: [String: File] = [
    "/": File(page, PackageResources.index_html),
    "/studio.css": File(style, PackageResources.studio_css),
    "/icon.svg": File("image/svg+xml", PackageResources.icon_svg),
    "/studio.js": File(module, PackageResources.studio_js),
    "/api.js": File(module, PackageResources.api_js),
    "/score.js": File(module, PackageResources.score_js),
    "/roll.js": File(module, PackageResources.roll_js),
    "/sound.js": File(module, PackageResources.sound_js),
    "/sound-worklet.js": File(module, PackageResources.sound_worklet_js),
    "/history.js": File(module, PackageResources.history_js),
    "/make.js": File(module, PackageResources.make_js),
    "/endless.js": File(module, PackageResources.endless_js),
    "/compare.js": File(module, PackageResources.compare_js),
    "/learn.js": File(module, PackageResources.learn_js),
    "/inside.js": File(module, PackageResources.inside_js),
    "/work.js": File(module, PackageResources.work_js),
    "/locks.js": File(module, PackageResources.locks_js),
    "/losses.js": File(module, PackageResources.losses_js),
    "/keyboard.js": File(module, PackageResources.keyboard_js),
    "/playing.js": File(module, PackageResources.playing_js),
    "/focus.js": File(module, PackageResources.focus_js),
  ]
}
